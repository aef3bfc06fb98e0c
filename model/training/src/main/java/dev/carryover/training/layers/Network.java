package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
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
  private final Embedding embedding;
  private final Buffer features;
  private final RecurrentStack stack;
  private final LinearHead head;
  private final Parameters gradients;

  /**
   * A network over given weights.
   *
   * @param weights shared, never written by this
   * @param dropout the share of values dropped between layers and before the head in training
   */
  public Network(NetworkShape shape, Parameters weights, double dropout) {
    this.shape = shape;
    gradients = Parameters.zeros(weights.precision(), shape);
    boolean tokenInput = shape.vocabularySize() > 0;
    embedding =
        tokenInput
            ? new Embedding(
                weights.matrix("embedding.weight"), gradients.matrix("embedding.weight"))
            : null;
    features = new Buffer(weights.precision(), shape.inputSize());
    stack = new RecurrentStack(shape.stack(), weights, gradients, Dropout.checked(dropout));
    head = new LinearHead(weights, gradients, "head");
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
    return stack.newStates(rows);
  }

  /** Shows a monitor the gradient of the state of a layer in the passes to come. */
  public void monitorGradients(int layer, GradientMonitor monitor) {
    stack.monitorGradients(layer, monitor);
  }

  /**
   * The head's outputs at all steps, {@code [T*B, O]}, without dropout.
   *
   * @param initial the states to begin with; {@code null} is 0
   * @param last becomes the states at the end, unless {@code null}; may be {@code initial}
   */
  public Matrix forward(SequenceInput input, List<LayerState> initial, List<LayerState> last) {
    return head.forward(stack.forward(input, bottom(input), initial, last, false, 0));
  }

  /** As {@link #forward}, with dropout that follows from a seed. */
  public Matrix forwardWithDropout(
      SequenceInput input, List<LayerState> initial, List<LayerState> last, long seed) {
    return head.forward(stack.forward(input, bottom(input), initial, last, true, seed));
  }

  private LayerInput bottom(SequenceInput input) {
    if (embedding != null) {
      embedding.begin(input.tokens(), input.cells());
      return embedding;
    }
    Matrix x = features.rows(input.cells());
    x.write(input.features(), 0);
    return new DenseInput(x, null);
  }

  /**
   * Back through the last forward pass; adds to {@link #gradients}.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, O]}
   * @param last the gradient of the states at the end; {@code null} is 0
   * @param initial becomes the gradient of the states at the beginning, unless {@code null}
   */
  public void backward(Matrix outputs, List<LayerState> last, List<LayerState> initial) {
    stack.backward(head.backward(outputs), last, initial);
  }
}
