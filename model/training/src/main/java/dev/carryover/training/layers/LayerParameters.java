package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;

/**
 * The weights of one layer in one direction, or their gradients, with PyTorch's names and gate
 * order. The biases are {@code null} in a network without.
 *
 * @param inputWeight {@code [G*H, I]}
 * @param hiddenWeight {@code [G*H, H]}
 * @param inputBias {@code [1, G*H]}
 * @param hiddenBias {@code [1, G*H]}
 */
public record LayerParameters(
    Matrix inputWeight, Matrix hiddenWeight, Matrix inputBias, Matrix hiddenBias) {
  static LayerParameters of(
      Parameters parameters, RecurrentStack.Shape shape, int layer, boolean reverse) {
    return new LayerParameters(
        parameters.matrix(shape.tensor("weight_ih", layer, reverse)),
        parameters.matrix(shape.tensor("weight_hh", layer, reverse)),
        shape.bias() ? parameters.matrix(shape.tensor("bias_ih", layer, reverse)) : null,
        shape.bias() ? parameters.matrix(shape.tensor("bias_hh", layer, reverse)) : null);
  }
}
