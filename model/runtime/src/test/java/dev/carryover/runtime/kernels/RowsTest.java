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
  void aPartIsTheSameRowsUnderOtherNumbers() {
    Rows rows = new Rows(5, 32);
    Rows part = rows.part(2, 3);
    assertThat(part.capacity()).isEqualTo(3);
    assertThat(part.stride()).isEqualTo(32);
    assertThat(part.values()).isSameAs(rows.values());
    assertThat(part.offset(1)).isEqualTo(rows.offset(3));
    assertThat(part.part(1, 2).offset(1)).isEqualTo(rows.offset(4));
    assertThat(rows.first()).isTrue();
    assertThat(rows.part(0, 1).first()).isTrue();
    assertThat(part.first()).isFalse();
  }

  @Test
  void aPartBeyondTheRowsIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rows(5, 32).part(3, 3))
        .withMessage("the 3 rows from 3 on are not all among 5 rows");
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
