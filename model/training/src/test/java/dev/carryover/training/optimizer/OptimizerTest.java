package dev.carryover.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  private static final Offset<Float> CLOSE = Offset.offset(1e-6f);
  private static final float[] GRADIENT = {0.1f, -0.2f, 0.3f};

  private static float[] after(Optimizer optimizer, int steps) {
    float[] weights = {1f, -2f, 3f};
    for (int i = 0; i < steps; i++) {
      optimizer.step(weights, new float[] {0.1f * (i + 1), -0.2f, 0.3f}, 0.1);
    }
    return weights;
  }

  /** The expected weights are those of torch.optim's formulas, taken in double. */
  @Test
  void adamFollowsItsFormula() {
    double m = 0;
    double v = 0;
    double w = 1;
    for (int t = 1; t <= 3; t++) {
      double g = 0.1 * t;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= 0.1 * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8);
    }
    assertThat(after(Optimizer.adam(3, 0.9, 0.999, 1e-8), 3)[0]).isCloseTo((float) w, CLOSE);
  }

  @Test
  void theFirstStepOfAdamIsOneLearningRateWhateverTheGradient() {
    assertThat(after(Optimizer.adam(3, 0.9, 0.999, 1e-8), 1))
        .containsExactly(new float[] {0.9f, -1.9f, 2.9f}, CLOSE);
  }

  @Test
  void adamWTakesItsDecayFromTheWeightsAndNotFromTheGradient() {
    assertThat(after(Optimizer.adamW(3, 0.9, 0.999, 1e-8, 0.5), 1))
        .containsExactly(new float[] {0.85f, -1.8f, 2.75f}, CLOSE);
  }

  @Test
  void momentumSumsUpGradients() {
    assertThat(after(Optimizer.sgd(3, 0.5), 2)[1]).isCloseTo(-2 + 0.1f * (0.2f + 0.3f), CLOSE);
    assertThat(after(Optimizer.sgd(3, 0), 2)[1]).isCloseTo(-2 + 0.1f * 0.4f, CLOSE);
  }

  @Test
  void anOptimizerGoesOnFromItsMemory() {
    Optimizer whole = Optimizer.adam(3, 0.9, 0.999, 1e-8);
    float[] weights = {1f, -2f, 3f};
    whole.step(weights, GRADIENT, 0.1);
    Optimizer resumed = Optimizer.adam(3, 0.9, 0.999, 1e-8);
    for (int i = 0; i < 2; i++) {
      System.arraycopy(whole.memory().get(i), 0, resumed.memory().get(i), 0, 3);
    }
    resumed.resume(whole.steps());
    float[] other = weights.clone();
    whole.step(weights, GRADIENT, 0.1);
    resumed.step(other, GRADIENT, 0.1);
    assertThat(other).containsExactly(weights);
  }

  @Test
  void vectorsOfAnotherNetworkAreRefused() {
    assertThatThrownBy(() -> Optimizer.sgd(3, 0).step(new float[2], new float[3], 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 weights, 3 gradients and 3 in the optimizer");
  }

  @Test
  void clippingKeepsTheDirectionAndBoundsTheNorm() {
    float[] gradient = {3f, 4f};
    assertThat(GradientNorm.clip(gradient, 1)).isEqualTo(5);
    assertThat(gradient).containsExactly(new float[] {0.6f, 0.8f}, CLOSE);
    assertThat(GradientNorm.clip(gradient, 2)).isCloseTo(1, Offset.offset(1e-6));
    assertThat(gradient).containsExactly(new float[] {0.6f, 0.8f}, CLOSE);
  }

  @Test
  void schedulesFallAsTheySay() {
    Offset<Double> close = Offset.offset(1e-12);
    assertThat(Schedule.constant().factor(1_000)).isEqualTo(1);
    assertThat(Schedule.step(10, 0.5).factor(9)).isEqualTo(1);
    assertThat(Schedule.step(10, 0.5).factor(20)).isEqualTo(0.25);
    assertThat(Schedule.exponential(10, 0.5).factor(5)).isCloseTo(Math.sqrt(0.5), close);
    assertThat(Schedule.cosine(100, 0.1).factor(0)).isCloseTo(1, close);
    assertThat(Schedule.cosine(100, 0.1).factor(50)).isCloseTo(0.55, close);
    assertThat(Schedule.cosine(100, 0.1).factor(500)).isCloseTo(0.1, close);
    assertThat(Schedule.constant().warmUp(3).factor(0)).isEqualTo(0.25);
    assertThat(Schedule.constant().warmUp(3).factor(3)).isEqualTo(1);
  }
}
