package dev.carryover.runtime;

import dev.carryover.runtime.kernels.Activations;

/** Turns the outputs of a classifier into probabilities, with the arithmetic of the kernels. */
public final class Logits {
  private Logits() {}

  /**
   * Replaces logits {@code [O]} by probabilities, in place: the softmax of several, the logistic
   * function of a single one.
   */
  public static void toProbabilities(float[] logits) {
    if (logits.length == 1) {
      logits[0] = Activations.sigmoid(logits[0]);
      return;
    }
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    float sum = 0f;
    for (int j = 0; j < logits.length; j++) {
      logits[j] = Activations.exp(logits[j] - max);
      sum += logits[j];
    }
    for (int j = 0; j < logits.length; j++) {
      logits[j] /= sum;
    }
  }
}
