package dev.carryover.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StateLayoutTest {
  @Test
  void lstmStateIsHAndThenCOfEachLayer() {
    StateLayout layout = new StateLayout(3, 7, 2);

    assertThat(layout.floats()).isEqualTo(42);
    assertThat(layout.hOffset(0)).isEqualTo(0);
    assertThat(layout.cOffset(0)).isEqualTo(7);
    assertThat(layout.hOffset(2)).isEqualTo(28);
    assertThat(layout.cOffset(2)).isEqualTo(35);
  }

  @Test
  void otherCellsHaveHAlone() {
    StateLayout layout = new StateLayout(2, 64, 1);

    assertThat(layout.floats()).isEqualTo(128);
    assertThat(layout.hOffset(1)).isEqualTo(64);
    assertThatThrownBy(() -> layout.cOffset(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("only the LSTM has a cell state c; this state has h alone");
    assertThatThrownBy(() -> layout.hOffset(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void stateThatFitsNoArrayIsRefused() {
    assertThatThrownBy(() -> new StateLayout(64, Integer.MAX_VALUE / 64, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 layers of 2 vectors of 33554431 floats do not fit one array");
    assertThatThrownBy(() -> new StateLayout(0, 4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 layers of 1 vectors of 4 floats");
  }
}
