package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.carryover.runtime.kernels.KernelChoice;
import org.junit.jupiter.api.Test;

class RuntimeOptionsTest {
  @Test
  void defaultsTakeTheFastestKernelsAndFoldUpTo64MiB() {
    assertThat(RuntimeOptions.DEFAULTS)
        .isEqualTo(new RuntimeOptions(KernelChoice.AUTO, 64L * 1024 * 1024));
  }

  @Test
  void oneOptionIsChangedAtATime() {
    assertThat(RuntimeOptions.DEFAULTS.withKernels(KernelChoice.SCALAR).withFoldedEmbeddingBytes(0))
        .isEqualTo(new RuntimeOptions(KernelChoice.SCALAR, 0));
  }

  @Test
  void aNegativeBudgetIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withFoldedEmbeddingBytes(-1))
        .withMessage("the budget of folded embeddings is -1 bytes: use zero or more");
  }

  @Test
  void kernelsAreAlwaysChosen() {
    assertThatNullPointerException()
        .isThrownBy(() -> RuntimeOptions.DEFAULTS.withKernels(null))
        .withMessage("kernels");
  }
}
