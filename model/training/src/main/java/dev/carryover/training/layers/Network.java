package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.List;

/**
 * Embedding or features, a stack of recurrent layers in one or two directions, dropout, and a
 * linear head: forward over a batch, and back.
 *
 * <p>Belongs to one thread, with its buffers and its gradients; the weights may be shared with
 * other networks that only read them. What a pass gives is good until the next pass.
 *
 * <pre>{@code
 * Matrix outputs = network.forward(input, null, null);
 * double loss = criterion.sum(outputs, targets);
 * network.backward(criterion.gradient(targets, 1.0 / count), null, null);
 * }</pre>
 */
public final class Network {
  private final NetworkShape shape;
  private final Precision precision;
  private final Embedding embedding;
  private final Buffer features;
  private final RecurrentLayer[][] layers;
  private final Buffer[] joined;
  private final Buffer[] outputGradients;
  private final Buffer[] directionGradients;
  private final Dropout[] dropout;
  private final LinearHead head;
  private final Parameters gradients;
  private final List<GradientMonitor> monitors = new ArrayList<>();
  private SequenceInput batch;
  private boolean dropped;

  /**
   * A network over given weights.
   *
   * @param weights shared, never written by this
   * @param dropout the share of values dropped between layers and before the head in training
   */
  public Network(NetworkShape shape, Parameters weights, double dropout) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException(
          "dropout is " + dropout + "; it is at least 0 and below 1, the share that is dropped");
    }
    this.shape = shape;
    precision = weights.matrix("head.weight").precision();
    gradients = Parameters.zeros(precision, shape);
    boolean tokenInput = shape.vocabularySize() > 0;
    embedding =
        tokenInput
            ? new Embedding(
                weights.matrix("embedding.weight"), gradients.matrix("embedding.weight"))
            : null;
    features = new Buffer(precision, shape.inputSize());
    layers = new RecurrentLayer[shape.layers()][shape.directions()];
    joined = new Buffer[shape.layers()];
    outputGradients = new Buffer[shape.layers()];
    this.dropout = new Dropout[shape.layers()];
    directionGradients = new Buffer[shape.directions()];
    for (int direction = 0; direction < shape.directions(); direction++) {
      directionGradients[direction] = new Buffer(precision, shape.hiddenSize());
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int direction = 0; direction < shape.directions(); direction++) {
        boolean reverse = direction == 1;
        layers[layer][direction] =
            RecurrentLayer.of(
                shape,
                LayerParameters.of(weights, shape, layer, reverse),
                LayerParameters.of(gradients, shape, layer, reverse),
                reverse);
      }
      joined[layer] = new Buffer(precision, shape.topSize());
      outputGradients[layer] = new Buffer(precision, shape.topSize());
      this.dropout[layer] = dropout > 0 ? new Dropout(precision, shape.topSize(), dropout) : null;
    }
    head = new LinearHead(weights, gradients);
  }

  /** The gradients that {@link #backward} adds to. */
  public Parameters gradients() {
    return gradients;
  }

  /** What the network consists of. */
  public NetworkShape shape() {
    return shape;
  }

  /**
   * States of zeros for up to {@code rows} rows: of layer 0, its reverse direction if it has one,
   * of layer 1, and so on.
   */
  public List<LayerState> newStates(int rows) {
    List<LayerState> states = new ArrayList<>();
    for (int i = 0; i < shape.layers() * shape.directions(); i++) {
      states.add(
          LayerState.zeros(precision, rows, shape.hiddenSize(), shape.cell().stateVectors() == 2));
    }
    return states;
  }

  /** Shows a monitor the gradient of the state of a layer in the passes to come. */
  public void monitorGradients(int layer, GradientMonitor monitor) {
    while (monitors.size() <= layer) {
      monitors.add(null);
    }
    monitors.set(layer, monitor);
  }

  /**
   * The head's outputs at all steps, {@code [T*B, O]}, without dropout.
   *
   * @param initial the states to begin with; {@code null} is 0
   * @param last becomes the states at the end, unless {@code null}; may be {@code initial}
   */
  public Matrix forward(SequenceInput input, List<LayerState> initial, List<LayerState> last) {
    return forward(input, initial, last, false, 0);
  }

  /** As {@link #forward}, with dropout that follows from a seed. */
  public Matrix forwardWithDropout(
      SequenceInput input, List<LayerState> initial, List<LayerState> last, long seed) {
    return forward(input, initial, last, true, seed);
  }

  private Matrix forward(
      SequenceInput input,
      List<LayerState> initial,
      List<LayerState> last,
      boolean withDropout,
      long seed) {
    batch = input;
    dropped = withDropout && dropout[0] != null;
    Matrix below = null;
    for (int layer = 0; layer < layers.length; layer++) {
      LayerInput layerInput = layer == 0 ? bottom() : hiddenInput(layer, below);
      Matrix outputs = null;
      for (int direction = 0; direction < layers[layer].length; direction++) {
        Matrix one =
            layers[layer][direction].forward(
                input, layerInput, state(initial, layer, direction), state(last, layer, direction));
        if (shape.bidirectional()) {
          outputs = joined[layer].rows(input.cells());
          outputs.setColumns(direction * shape.hiddenSize(), one);
        } else {
          outputs = one;
        }
      }
      below = dropped ? dropout[layer].forward(outputs, seed * 31 + layer) : outputs;
    }
    return head.forward(below);
  }

  private LayerInput bottom() {
    if (embedding != null) {
      embedding.begin(batch.tokens(), batch.cells());
      return embedding;
    }
    Matrix x = features.rows(batch.cells());
    x.write(batch.features(), 0);
    return new DenseInput(x, null);
  }

  private LayerInput hiddenInput(int layer, Matrix below) {
    return new DenseInput(below, outputGradients[layer - 1].rows(batch.cells()));
  }

  private LayerState state(List<LayerState> states, int layer, int direction) {
    return states == null ? null : states.get(layer * shape.directions() + direction);
  }

  /**
   * Back through the last forward pass; adds to {@link #gradients}.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, O]}
   * @param last the gradient of the states at the end; {@code null} is 0
   * @param initial becomes the gradient of the states at the beginning, unless {@code null}
   */
  public void backward(Matrix outputs, List<LayerState> last, List<LayerState> initial) {
    Matrix gradient = head.backward(outputs);
    for (int layer = layers.length - 1; layer >= 0; layer--) {
      if (dropped) {
        dropout[layer].backward(gradient);
      }
      if (layer > 0) {
        outputGradients[layer - 1].rows(batch.cells()).fill(0);
      }
      for (int direction = 0; direction < layers[layer].length; direction++) {
        Matrix one = gradient;
        if (shape.bidirectional()) {
          one = directionGradients[direction].rows(batch.cells());
          one.copyColumns(gradient, direction * shape.hiddenSize());
        }
        layers[layer][direction].backward(
            one,
            state(last, layer, direction),
            state(initial, layer, direction),
            layer < monitors.size() ? monitors.get(layer) : null);
      }
      gradient = layer > 0 ? outputGradients[layer - 1].rows(batch.cells()) : null;
    }
  }
}
