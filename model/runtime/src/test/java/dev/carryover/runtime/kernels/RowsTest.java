package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class RowsTest {
  @Test
  void aRowIsWidenedToAMultipleOf32() {
    Rows rows = new Rows(3, 33);
    assertThat(rows.capacity()).isEqualTo(3);
    assertThat(rows.stride()).isEqualTo(64);
    assertThat(rows.values()).hasSize(192).containsOnly(0f);
    assertThat(rows.offset(2)).isEqualTo(128);
    assertThat(new Rows(1, 32).stride()).isEqualTo(32);
  }

  @Test
  void sizesThatAreNotPositiveAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rows(0, 5))
        .withMessage("rows need a positive size, got capacity 0 and width 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rows(5, -1))
        .withMessage("rows need a positive size, got capacity 5 and width -1");
  }

  @Test
  void aBlockBeyondTheLargestArrayIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rows(1 << 26, 5))
        .withMessage(
            "a micro-batch of 67108864 rows of 32 floats does not fit one array:"
                + " lower the batch size");
  }
}
