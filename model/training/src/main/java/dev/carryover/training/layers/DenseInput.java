package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;

/** Vectors: features, or the outputs of the layer below. */
final class DenseInput implements LayerInput {
  private final Matrix values;
  private final Matrix gradient;

  /**
   * @param values {@code [T*B, I]}
   * @param gradient grows by the gradient of the values; {@code null} when nobody wants it
   */
  DenseInput(Matrix values, Matrix gradient) {
    this.values = values;
    this.gradient = gradient;
  }

  @Override
  public void project(Matrix weight, Matrix sums) {
    sums.product(values, false, weight, true, false);
  }

  @Override
  public void backward(Matrix sumsGradient, Matrix weight, Matrix weightGradient) {
    weightGradient.product(sumsGradient, true, values, false, true);
    if (gradient != null) {
      gradient.product(sumsGradient, false, weight, false, true);
    }
  }
}
