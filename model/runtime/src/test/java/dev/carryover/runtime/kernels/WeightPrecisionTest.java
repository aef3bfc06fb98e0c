package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightPrecisionTest {
  private static final long SEED = 20261120L;

  /** What stands on the right is a float whose last 16 bits are zero. */
  @ParameterizedTest
  @CsvSource({
    "0x1p0, 0x1p0",
    "0x1.01p0, 0x1.00p0", // a tie: the last bit of 1.00 is zero
    "0x1.03p0, 0x1.04p0", // a tie: the last bit of 1.02 is one
    "0x1.010002p0, 0x1.02p0",
    "0x1.00fffep0, 0x1.00p0",
    "0x1.ffp3, 0x1p4", // the fraction overflows into the exponent
    "0x1.fep-126, 0x1.fep-126",
    "0x0.01p-126, 0x0.00p-126", // subnormal, a tie
    "0x0.03p-126, 0x0.04p-126",
    "0x0.000002p-126, 0",
    "0x0.ffp-126, 0x1p-126",
    "0x1.fep127, 0x1.fep127",
    "0x1.fefffep127, 0x1.fep127",
    "0x1.fffffep127, 0x1.fep127" // would be infinity
  })
  void aWeightIsRoundedToTheNearestAndOfTiesToTheEven(String weight, String nearest) {
    float value = Float.parseFloat(weight.contains("p") ? weight : weight + "f");
    float expected = Float.parseFloat(nearest.contains("p") ? nearest : nearest + "f");
    assertThat(WeightPrecision.BF16.round(value)).isEqualTo(expected);
    assertThat(WeightPrecision.BF16.round(-value)).isEqualTo(-expected);
  }

  @Test
  void noBf16IsNearer() {
    Random random = new Random(SEED);
    for (int i = 0; i < 100_000; i++) {
      float weight = Float.intBitsToFloat(random.nextInt());
      if (Float.isFinite(weight)) {
        float rounded = WeightPrecision.BF16.round(weight);
        int bits = Float.floatToRawIntBits(rounded);
        assertThat(bits & 0xffff).as("tail of %a", rounded).isZero();
        double off = Math.abs((double) rounded - weight);
        for (int neighbour : new int[] {bits - 0x10000, bits + 0x10000}) {
          float other = Float.intBitsToFloat(neighbour);
          if (Float.isFinite(other)) {
            assertThat(off)
                .as("seed=%d: %a for %a", SEED, rounded, weight)
                .isLessThanOrEqualTo(Math.abs((double) other - weight));
          }
        }
      }
    }
  }

  @Test
  void whatIsNotFiniteStaysSo() {
    assertThat(WeightPrecision.BF16.round(Float.NaN)).isNaN();
    assertThat(WeightPrecision.BF16.round(Float.intBitsToFloat(0x7fffffff))).isNaN();
    assertThat(WeightPrecision.BF16.round(Float.NEGATIVE_INFINITY))
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void fp32KeepsEveryBit() {
    float[] weights = {0.1f, -0f, Float.MIN_VALUE, -Float.MAX_VALUE};
    assertThat(WeightPrecision.FP32.round(weights)).isEqualTo(weights).isNotSameAs(weights);
  }

  @ParameterizedTest
  @EnumSource
  void everyPrecisionIsReadAsItIsWritten(WeightPrecision precision) {
    assertThat(WeightPrecision.parse(precision.toString())).isEqualTo(precision);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "BF16", "fp16"})
  void anotherWordIsRefused(String word) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightPrecision.parse(word))
        .withMessage("weights '" + word + "' are not known: use fp32 or bf16");
  }
}
