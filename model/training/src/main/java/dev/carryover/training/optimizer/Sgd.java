package dev.carryover.training.optimizer;

/** {@code b = momentum * b + g}, {@code w = w - rate * b}. */
final class Sgd extends Optimizer {
  private final float momentum;

  Sgd(int size, double momentum) {
    super(new float[size]);
    this.momentum = (float) momentum;
  }

  @Override
  void update(float[] weights, float[] gradient, double learningRate, long step) {
    float[] buffer = memory().get(0);
    float rate = (float) learningRate;
    for (int i = 0; i < weights.length; i++) {
      float b = momentum * buffer[i] + gradient[i];
      buffer[i] = b;
      weights[i] -= rate * b;
    }
  }
}
