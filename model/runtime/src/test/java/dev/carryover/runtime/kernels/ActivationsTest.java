package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ActivationsTest {
  @Test
  void tanhStaysWithinThreeTenMillionthsOfTheExactValue() {
    double worst = 0;
    for (float x = -12f; x <= 12f; x += 0.0007f) {
      worst = Math.max(worst, Math.abs(Activations.tanh(x) - StrictMath.tanh(x)));
    }
    assertThat(worst).isLessThan(3e-7);
  }

  @Test
  void sigmoidStaysWithinThreeTenMillionthsOfTheExactValue() {
    double worst = 0;
    for (float x = -30f; x <= 30f; x += 0.0013f) {
      worst = Math.max(worst, Math.abs(Activations.sigmoid(x) - 1 / (1 + StrictMath.exp(-x))));
    }
    assertThat(worst).isLessThan(3e-7);
  }

  @Test
  void neitherLeavesItsRangeWhereItSaturates() {
    int nine = Float.floatToIntBits(9f);
    for (int bits = Float.floatToIntBits(7f); bits <= nine; bits++) {
      float x = Float.intBitsToFloat(bits);
      if (!(Activations.tanh(x) <= 1f)
          || !(Activations.tanh(-x) >= -1f)
          || !(Activations.sigmoid(2 * x) <= 1f)
          || !(Activations.sigmoid(-2 * x) >= 0f)) {
        fail("beyond the range at %s", x);
      }
    }
  }

  @Test
  void expStaysWithinTwoTenMillionthsRelative() {
    double worst = 0;
    for (float x = -86.9f; x <= 87f; x += 0.0031f) {
      double exact = StrictMath.exp(x);
      worst = Math.max(worst, Math.abs(Activations.exp(x) - exact) / exact);
    }
    assertThat(worst).isLessThan(2e-7);
  }

  @Test
  void logStaysWithinFourTenQuadrillionthsRelative() {
    double worst = 0;
    int last = Float.floatToIntBits(Float.MAX_VALUE);
    for (int bits = Float.floatToIntBits(Float.MIN_NORMAL); bits < last - 2_003; bits += 2_003) {
      float x = Float.intBitsToFloat(bits);
      double exact = StrictMath.log(x);
      worst = Math.max(worst, Math.abs(Activations.log(x) - exact) / Math.abs(exact));
    }
    for (float x = 0.5f; x < 2f; x += 0.000007f) {
      double exact = StrictMath.log(x);
      worst = Math.max(worst, x == 1f ? 0 : Math.abs((Activations.log(x) - exact) / exact));
    }
    assertThat(worst).isLessThan(4e-16);
  }

  @Test
  void theEdgesOfLogAreThoseOfMathematics() {
    assertThat(Activations.log(1f)).isZero();
    assertThat(Activations.log(0f)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(Activations.log(Float.POSITIVE_INFINITY)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Activations.log(-1f)).isNaN();
    assertThat(Activations.log(Float.NaN)).isNaN();
    assertThat(Activations.log(Float.MIN_VALUE)).isEqualTo(StrictMath.log(Float.MIN_VALUE));
  }

  @Test
  void theEdgesAreWhatASoftmaxNeeds() {
    assertThat(Activations.exp(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Activations.exp(-87.5f)).isZero();
    assertThat(Activations.exp(0f)).isEqualTo(1f);
    assertThat(Activations.exp(Float.NaN)).isNaN();
    assertThat(Activations.tanh(Float.NaN)).isNaN();
    assertThat(Activations.tanh(Float.MAX_VALUE)).isCloseTo(1f, within());
    assertThat(Activations.tanh(-Float.MAX_VALUE)).isCloseTo(-1f, within());
    assertThat(Activations.tanh(0f)).isZero();
  }

  @Test
  void aSumThatOverflowedHasNoGate() {
    for (float infinity : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThat(Activations.tanh(infinity)).isNaN();
      assertThat(Activations.sigmoid(infinity)).isNaN();
    }
  }

  private static Offset<Float> within() {
    return Offset.offset(3e-7f);
  }
}
