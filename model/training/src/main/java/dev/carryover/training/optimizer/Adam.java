package dev.carryover.training.optimizer;

/**
 *
 *
 * <pre>
 * m = b1 m + (1 - b1) g      v = b2 v + (1 - b2) g^2
 * w = w (1 - rate * decay) - rate * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)
 * </pre>
 */
final class Adam extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  Adam(int size, double beta1, double beta2, double epsilon, double weightDecay) {
    super(new float[size], new float[size]);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
  }

  @Override
  void update(float[] weights, float[] gradient, double learningRate, long step) {
    double mean = 1 - Math.pow(beta1, step);
    double variance = 1 - Math.pow(beta2, step);
    update(
        weights,
        gradient,
        memory().get(0),
        memory().get(1),
        (float) (learningRate / mean),
        (float) (1 / Math.sqrt(variance)),
        (float) (1 - learningRate * weightDecay));
  }

  private void update(
      float[] w, float[] g, float[] m, float[] v, float rate, float root, float keep) {
    float b1 = (float) beta1;
    float b2 = (float) beta2;
    float c1 = (float) (1 - beta1);
    float c2 = (float) (1 - beta2);
    float e = (float) epsilon;
    for (int i = 0; i < w.length; i++) {
      float gi = g[i];
      float mi = b1 * m[i] + c1 * gi;
      float vi = b2 * v[i] + c2 * gi * gi;
      m[i] = mi;
      v[i] = vi;
      w[i] = w[i] * keep - rate * mi / ((float) Math.sqrt(vi) * root + e);
    }
  }
}
