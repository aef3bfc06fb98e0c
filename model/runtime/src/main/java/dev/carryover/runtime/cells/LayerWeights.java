package dev.carryover.runtime.cells;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.function.UnaryOperator;

/**
 * The weights of one layer as PyTorch stores them: {@code inputWeights [G*H, I]}, {@code
 * recurrentWeights [G*H, H]}, biases {@code [G*H]}, gate blocks one below the other.
 *
 * @param inputBias {@code b_ih}, zeros for a model without biases
 * @param recurrentBias {@code b_hh}, zeros for a model without biases
 * @param precision what the layer packs its weights in
 */
public record LayerWeights(
    int inputSize,
    int hiddenSize,
    float[] inputWeights,
    float[] recurrentWeights,
    float[] inputBias,
    float[] recurrentBias,
    WeightPrecision precision) {

  /**
   * The weights of a layer of a model file, with zeros for biases that it does not have.
   *
   * @param prefix what the names of the stack's tensors begin with
   * @param backward whether they are those of the direction that reads from the end
   * @param precision what the layer packs its weights in
   */
  public static LayerWeights of(
      ModelFile file, String prefix, int layer, boolean backward, WeightPrecision precision) {
    UnaryOperator<String> name = backward ? TensorShapes::reverse : UnaryOperator.identity();
    String input = name.apply(TensorShapes.inputWeight(prefix, layer));
    int[] shape = file.shape(input);
    boolean bias = file.config().bias();
    return new LayerWeights(
        shape[1],
        shape[0] / file.config().cell().gates(),
        file.tensor(input),
        file.tensor(name.apply(TensorShapes.hiddenWeight(prefix, layer))),
        bias ? file.tensor(name.apply(TensorShapes.inputBias(prefix, layer))) : new float[shape[0]],
        bias
            ? file.tensor(name.apply(TensorShapes.hiddenBias(prefix, layer)))
            : new float[shape[0]],
        precision);
  }

  /** The same layer for the inputs {@code from} to {@code to - 1} alone. */
  public LayerWeights inputs(int from, int to) {
    int rows = inputWeights.length / inputSize;
    float[] columns = new float[rows * (to - from)];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(inputWeights, row * inputSize + from, columns, row * (to - from), to - from);
    }
    return new LayerWeights(
        to - from, hiddenSize, columns, recurrentWeights, inputBias, recurrentBias, precision);
  }

  /** Checks the lengths against {@code gates} blocks of H rows. */
  LayerWeights requireGates(int gates) {
    require("input weights", inputWeights.length, (long) gates * hiddenSize * inputSize);
    require("recurrent weights", recurrentWeights.length, (long) gates * hiddenSize * hiddenSize);
    require("input bias", inputBias.length, (long) gates * hiddenSize);
    require("recurrent bias", recurrentBias.length, (long) gates * hiddenSize);
    return this;
  }

  private static void require(String what, int length, long expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          what + " hold " + length + " floats where the layer's sizes take " + expected);
    }
  }
}
