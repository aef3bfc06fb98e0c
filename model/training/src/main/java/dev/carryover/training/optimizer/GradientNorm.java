package dev.carryover.training.optimizer;

/** The Euclidean norm over all gradients, and clipping by it (Pascanu et al. 2013). */
public final class GradientNorm {
  private GradientNorm() {}

  /** The norm of a vector, summed in double. */
  public static double of(float[] gradient) {
    double sum = 0;
    for (float value : gradient) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /**
   * Scales a gradient so that its norm is at most {@code largest}; a norm that is not finite leaves
   * it as it is.
   *
   * @return the norm before
   */
  public static double clip(float[] gradient, double largest) {
    double norm = of(gradient);
    if (norm > largest && norm < Double.POSITIVE_INFINITY) {
      float factor = (float) (largest / norm);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= factor;
      }
    }
    return norm;
  }
}
