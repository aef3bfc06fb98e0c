package dev.carryover.training.seq2seq;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.training.layers.Buffer;
import dev.carryover.training.layers.Dropout;
import dev.carryover.training.layers.LayerState;
import dev.carryover.training.layers.LinearHead;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.RecurrentLayer;
import dev.carryover.training.layers.RecurrentStack;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.List;

/**
 * Writes a target token by token: embedding, recurrent layers, attention and head, at step t:
 *
 * <pre>
 * additive      context = attend(h before the step)    x = [embedding; context]
 * dot, general  x = embedding                          context = attend(h after the step)
 * y = W [h; context] + b                               h, query: of the top layer
 * </pre>
 *
 * <p>Shapes: tokens {@code [T*B]}, outputs {@code [T*B, V]}. Belongs to one thread; what a pass
 * gives is good until the next.
 */
final class Decoder {
  /*
   * A step reads the one before, so layers advance together, one step at a time. Under teacher
   * forcing the products of embedding and head are one for all steps, as are, on the way back, those
   * of all weights. A row that is over goes on reading; its gradient is 0 from there.
   */
  private final int embeddingSize;
  private final int hiddenSize;
  private final boolean contextBefore;
  private final AttentionLayer attention;
  private final Matrix embedding;
  private final Matrix embeddingGradient;
  private final RecurrentLayer[] layers;
  private final Dropout[] dropout;
  private final LinearHead head;
  private final Buffer inputs;
  private final Buffer inputGradients;
  private final Buffer headInputs;
  private final Buffer outputGradients;
  private final Buffer between;
  private final Buffer queryGradient;
  private int rows;
  private int steps;
  private int[] fed = new int[0];
  private boolean dropped;

  /**
   * @param attention {@code null} for none
   * @param dropout the share of values dropped after every layer in training
   */
  Decoder(
      ModelConfig config,
      Parameters weights,
      Parameters gradients,
      AttentionLayer attention,
      double dropout) {
    EncoderDecoder parts = config.encoderDecoder();
    this.attention = attention;
    embeddingSize = config.inputSize();
    hiddenSize = config.hiddenSize();
    contextBefore = parts.attention().feedsDecoder();
    embedding = weights.matrix(TensorShapes.TARGET_EMBEDDING);
    embeddingGradient = gradients.matrix(TensorShapes.TARGET_EMBEDDING);
    RecurrentStack.Shape stack =
        new RecurrentStack.Shape(
            TensorShapes.DECODER_PREFIX,
            config.cell(),
            config.gruReset(),
            hiddenSize,
            config.layers(),
            false,
            config.bias());
    Precision precision = weights.precision();
    layers = new RecurrentLayer[config.layers()];
    this.dropout = new Dropout[config.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] = stack.newLayer(weights, gradients, layer, false);
      this.dropout[layer] = dropout > 0 ? new Dropout(precision, hiddenSize, dropout) : null;
    }
    head = new LinearHead(weights, gradients, "head");
    inputs = new Buffer(precision, parts.decoderInputSize(embeddingSize));
    inputGradients = new Buffer(precision, parts.decoderInputSize(embeddingSize));
    headInputs = new Buffer(precision, parts.headInputSize(hiddenSize));
    outputGradients = new Buffer(precision, hiddenSize);
    between = new Buffer(precision, hiddenSize);
    queryGradient = new Buffer(precision, hiddenSize);
    assert (attention == null) == (parts.attention() == Attention.NONE);
  }

  /**
   * Writes.
   *
   * @param steps {@code T}, at most
   * @param initial the state of every layer
   * @param withDropout whether values are dropped
   * @param seed decides which
   * @return the outputs of all steps, or {@code null} when the feeding wanted no more of them
   */
  Matrix forward(
      int rows,
      int steps,
      Feeding feeding,
      List<LayerState> initial,
      boolean withDropout,
      long seed) {
    this.rows = rows;
    this.steps = steps;
    dropped = withDropout && dropout[0] != null;
    if (fed.length < rows * steps) {
      fed = new int[rows * steps];
    }
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer].begin(rows, steps, initial.get(layer));
      if (dropped) {
        dropout[layer].begin(rows * steps, seed * 31 + layer);
      }
    }
    int[] tokens = new int[rows];
    for (int step = 0; step < steps; step++) {
      feeding.feed(step, tokens);
      System.arraycopy(tokens, 0, fed, step * rows, rows);
      Matrix read = block(headInputs, step);
      advance(step, tokens, read);
      if (feeding.readsOutputs() && !feeding.wrote(step, head.forward(read))) {
        return null;
      }
    }
    return head.forward(headInputs.rows(steps * rows));
  }

  private Matrix block(Buffer buffer, int step) {
    return buffer.rows(steps * rows).rows(step * rows, rows);
  }

  private void advance(int step, int[] tokens, Matrix read) {
    RecurrentLayer top = layers[layers.length - 1];
    Matrix x = block(inputs, step);
    x.gather(embedding, tokens, 0);
    if (contextBefore) {
      attention.attend(step, top.stateBefore(step));
      attention.store(x, embeddingSize);
      attention.store(read, hiddenSize);
    }
    Matrix state = null;
    for (int layer = 0; layer < layers.length; layer++) {
      state = layers[layer].advance(step, x);
      x = dropped ? dropout[layer].forward(state, step * rows) : state;
    }
    read.setColumns(0, x);
    if (attention != null && !contextBefore) {
      attention.attend(step, state);
      attention.store(read, hiddenSize);
    }
  }

  /**
   * Back through the last forward pass, which came to its end; adds to the gradients of the
   * weights.
   *
   * @param outputs the gradient of the outputs
   * @param initial becomes that of the states to begin with
   * @param source becomes that of the encoder's outputs, {@code [S*B, D*He]}; {@code null} without
   *     attention
   */
  void backward(Matrix outputs, List<LayerState> initial, Matrix source) {
    Matrix read = head.backward(outputs);
    Matrix top = outputGradients.rows(steps * rows);
    top.copyColumns(read, 0);
    if (dropped) {
      dropout[layers.length - 1].backward(top, 0);
    }
    for (RecurrentLayer layer : layers) {
      layer.beginBackward();
    }
    if (attention != null) {
      attention.beginBackward(steps);
    }
    for (int step = steps - 1; step >= 0; step--) {
      retreat(step, read.rows(step * rows, rows), top.rows(step * rows, rows));
    }
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer].endBackward(layerInputs(layer), initial.get(layer));
    }
    embeddingGradient.scatterAdd(inputGradients.rows(steps * rows), fed, 0);
    if (attention != null) {
      RecurrentLayer last = layers[layers.length - 1];
      attention.endBackward(contextBefore ? last.statesBefore() : last.statesAfter(), source);
    }
  }

  private Matrix layerInputs(int layer) {
    if (layer == 0) {
      return inputs.rows(steps * rows);
    }
    return dropped ? dropout[layer - 1].all() : layers[layer - 1].statesAfter();
  }

  private void retreat(int step, Matrix read, Matrix output) {
    RecurrentLayer top = layers[layers.length - 1];
    Matrix query = queryGradient.rows(rows);
    if (attention != null) {
      attention.addContextGradient(read, hiddenSize);
      if (!contextBefore) {
        attention.backward(step, query);
        top.addStateGradient(query);
      }
    }
    Matrix gradient = output;
    for (int layer = layers.length - 1; layer > 0; layer--) {
      Matrix below = between.rows(rows);
      layers[layer].retreat(step, gradient, below);
      if (dropped) {
        dropout[layer - 1].backward(below, step * rows);
      }
      gradient = below;
    }
    Matrix x = block(inputGradients, step);
    layers[0].retreat(step, gradient, x);
    if (contextBefore) {
      attention.addContextGradient(x, embeddingSize);
      attention.backward(step, query);
      top.addStateGradient(query);
    }
  }
}
