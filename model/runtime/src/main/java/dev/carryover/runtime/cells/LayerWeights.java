package dev.carryover.runtime.cells;

/**
 * The weights of one layer as PyTorch stores them: {@code inputWeights [G*H, I]}, {@code
 * recurrentWeights [G*H, H]}, biases {@code [G*H]}, gate blocks one below the other.
 *
 * @param inputBias {@code b_ih}, zeros for a model without biases
 * @param recurrentBias {@code b_hh}, zeros for a model without biases
 */
public record LayerWeights(
    int inputSize,
    int hiddenSize,
    float[] inputWeights,
    float[] recurrentWeights,
    float[] inputBias,
    float[] recurrentBias) {

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
