package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeOptionsTest {
  @Test
  void defaultsTakeTheFastestKernelsAndFoldUpTo64MiB() {
    assertThat(RuntimeOptions.DEFAULTS)
        .isEqualTo(
            new RuntimeOptions(KernelChoice.AUTO, 64L * 1024 * 1024, WeightPrecision.FP32, 0.02));
  }

  @Test
  void oneOptionIsChangedAtATime() {
    assertThat(
            RuntimeOptions.DEFAULTS
                .withKernels(KernelChoice.SCALAR)
                .withFoldedEmbeddingBytes(0)
                .withWeights(WeightPrecision.BF16)
                .withWeightTolerance(0.5))
        .isEqualTo(new RuntimeOptions(KernelChoice.SCALAR, 0, WeightPrecision.BF16, 0.5));
  }

  @Test
  void aNegativeBudgetIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withFoldedEmbeddingBytes(-1))
        .withMessage("the budget of folded embeddings is -1 bytes: use zero or more");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, Double.NaN})
  void aToleranceThatIsNoShareIsRefused(double tolerance) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withWeightTolerance(tolerance))
        .withMessage(
            "the tolerance of rounded weights is %s: use a share of the largest output, zero or more",
            tolerance);
  }

  @Test
  void kernelsAndWeightsAreAlwaysChosen() {
    assertThatNullPointerException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withKernels(null))
        .withMessage("kernels");
    assertThatNullPointerException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withWeights(null))
        .withMessage("weights");
  }
}
