package dev.carryover.training.layers;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Recurrent layers one above the other, in one or two directions, with dropout after each: forward
 * over a batch, and back.
 *
 * <p>Shapes: reads {@code [T*B, I]}, gives {@code [T*B, D*H]} with D = 1 or 2 directions, forward
 * before backward.
 *
 * <p>Belongs to one thread, with its buffers; the weights may be shared with other threads. What a
 * pass gives is good until the next pass.
 */
public final class RecurrentStack {
  private final Shape shape;
  private final Precision precision;
  private final RecurrentLayer[][] layers;
  private final Buffer[] joined;
  private final Buffer[] outputGradients;
  private final Buffer[] directionGradients;
  private final Dropout[] dropout;
  private final List<GradientMonitor> monitors = new ArrayList<>();
  private SequenceInput batch;
  private boolean dropped;

  /**
   * What a stack consists of, and so which parameters it has.
   *
   * @param prefix what the names of its parameters begin with, such as {@code rnn.}
   * @param cell the equations of a step
   * @param gruReset where a GRU applies its reset gate
   * @param hiddenSize {@code H}
   * @param layers {@code L}
   * @param bidirectional whether every layer reads the sequence from both ends; the next then reads
   *     {@code 2H}
   * @param bias whether the cells have biases
   */
  public record Shape(
      String prefix,
      Cell cell,
      GruReset gruReset,
      int hiddenSize,
      int layers,
      boolean bidirectional,
      boolean bias) {
    /** 1 or 2. */
    public int directions() {
      return bidirectional ? 2 : 1;
    }

    /** What the top gives at a step: {@code H} or {@code 2H}. */
    public int topSize() {
      return directions() * hiddenSize;
    }

    /** The name of a tensor of a layer: {@code weight_ih}, {@code weight_hh} or a bias. */
    String tensor(String kind, int layer, boolean reverse) {
      return prefix + kind + "_l" + layer + (reverse ? "_reverse" : "");
    }

    /** Adds the shape of every parameter, in PyTorch's order. Biases are single rows. */
    void putShapes(int inputSize, Map<String, int[]> shapes) {
      int gateRows = cell.gates() * hiddenSize;
      for (int layer = 0; layer < layers; layer++) {
        for (int direction = 0; direction < directions(); direction++) {
          boolean reverse = direction == 1;
          int reads = layer == 0 ? inputSize : topSize();
          shapes.put(tensor("weight_ih", layer, reverse), new int[] {gateRows, reads});
          shapes.put(tensor("weight_hh", layer, reverse), new int[] {gateRows, hiddenSize});
          if (bias) {
            shapes.put(tensor("bias_ih", layer, reverse), new int[] {1, gateRows});
            shapes.put(tensor("bias_hh", layer, reverse), new int[] {1, gateRows});
          }
        }
      }
    }

    /** One layer of the stack, for a pass step by step. */
    public RecurrentLayer newLayer(
        Parameters weights, Parameters gradients, int layer, boolean reverse) {
      return RecurrentLayer.of(
          cell,
          gruReset,
          LayerParameters.of(weights, this, layer, reverse),
          LayerParameters.of(gradients, this, layer, reverse),
          reverse);
    }
  }

  /**
   * A stack over given weights.
   *
   * @param weights shared, never written by this
   * @param gradients what the backward passes add to
   * @param dropout the share of values dropped after every layer in training
   */
  public RecurrentStack(Shape shape, Parameters weights, Parameters gradients, double dropout) {
    this.shape = shape;
    precision = weights.precision();
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
        layers[layer][direction] = shape.newLayer(weights, gradients, layer, direction == 1);
      }
      joined[layer] = new Buffer(precision, shape.topSize());
      outputGradients[layer] = new Buffer(precision, shape.topSize());
      this.dropout[layer] = dropout > 0 ? new Dropout(precision, shape.topSize(), dropout) : null;
    }
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
  void monitorGradients(int layer, GradientMonitor monitor) {
    while (monitors.size() <= layer) {
      monitors.add(null);
    }
    monitors.set(layer, monitor);
  }

  /**
   * The outputs of the top layer at all steps, {@code [T*B, D*H]}.
   *
   * @param bottom what layer 0 reads
   * @param initial the states to begin with; {@code null} is 0
   * @param last becomes the states at the end, unless {@code null}; may be {@code initial}
   * @param withDropout whether values are dropped
   * @param seed decides which
   */
  public Matrix forward(
      SequenceInput input,
      LayerInput bottom,
      List<LayerState> initial,
      List<LayerState> last,
      boolean withDropout,
      long seed) {
    batch = input;
    dropped = withDropout && dropout[0] != null;
    Matrix below = null;
    for (int layer = 0; layer < layers.length; layer++) {
      LayerInput layerInput =
          layer == 0
              ? bottom
              : new DenseInput(below, outputGradients[layer - 1].rows(batch.cells()));
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
    return below;
  }

  private LayerState state(List<LayerState> states, int layer, int direction) {
    return states == null ? null : states.get(layer * shape.directions() + direction);
  }

  /**
   * Back through the last forward pass; adds to the gradients.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, D*H]}; overwritten
   * @param last the gradient of the states at the end; {@code null} is 0
   * @param initial becomes the gradient of the states at the beginning, unless {@code null}
   */
  public void backward(Matrix outputs, List<LayerState> last, List<LayerState> initial) {
    Matrix gradient = outputs;
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
