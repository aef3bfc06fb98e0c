package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelChoiceTest {
  @ParameterizedTest
  @EnumSource
  void everyChoiceIsReadAsItIsWritten(KernelChoice choice) {
    assertThat(KernelChoice.parse(choice.toString())).isEqualTo(choice);
  }

  @Test
  void choicesAreWrittenInLowerCase() {
    assertThat(KernelChoice.values())
        .extracting(KernelChoice::toString)
        .containsExactly("auto", "scalar", "simd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "SIMD", "simd512", "avx"})
  void anotherWordIsRefused(String word) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.parse(word))
        .withMessage("kernels '" + word + "' are not known: use auto, scalar or simd");
  }
}
