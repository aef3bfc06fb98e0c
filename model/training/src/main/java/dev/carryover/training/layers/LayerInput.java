package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;

/** What a recurrent layer reads at all steps at once, and where the gradient of it goes. */
public interface LayerInput {
  /** {@code sums [T*B, G*H] = input * weight^T}, with {@code weight [G*H, I]}. */
  void project(Matrix weight, Matrix sums);

  /** Adds to the gradient of {@code weight}, and to that of the input where it is wanted. */
  void backward(Matrix sumsGradient, Matrix weight, Matrix weightGradient);
}
