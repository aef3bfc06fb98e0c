package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LogitsTest {
  private static final long SEED = 20260311L;
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  @Test
  void severalOutputsBecomeTheirSoftmax() {
    Random random = new Random(SEED);
    for (int outputs : new int[] {2, 3, 10, 100}) {
      float[] logits = new float[outputs];
      double sum = 0;
      for (int o = 0; o < outputs; o++) {
        logits[o] = (float) (5 * random.nextGaussian());
        sum += Math.exp(logits[o]);
      }
      float[] probabilities = logits.clone();
      Logits.toProbabilities(probabilities);
      for (int o = 0; o < outputs; o++) {
        assertThat((double) probabilities[o])
            .as("seed=%d, output %d of %d", SEED, o, outputs)
            .isCloseTo(Math.exp(logits[o]) / sum, CLOSE);
      }
    }
  }

  @Test
  void aSingleOutputBecomesItsLogistic() {
    for (float logit : new float[] {-30f, -1f, 0f, 0.5f, 30f}) {
      float[] probability = {logit};
      Logits.toProbabilities(probability);
      assertThat((double) probability[0]).isCloseTo(1 / (1 + Math.exp(-logit)), CLOSE);
    }
  }

  @Test
  void largeLogitsDoNotOverflow() {
    float[] logits = {3e38f, -3e38f, 3e38f};
    Logits.toProbabilities(logits);
    assertThat(logits).containsExactly(0.5f, 0f, 0.5f);
  }

  @Test
  void notANumberIsNotHidden() {
    float[] several = {1f, Float.NaN};
    Logits.toProbabilities(several);
    assertThat(several).contains(Float.NaN);
    float[] single = {Float.NaN};
    Logits.toProbabilities(single);
    assertThat(single).containsExactly(Float.NaN);
  }
}
