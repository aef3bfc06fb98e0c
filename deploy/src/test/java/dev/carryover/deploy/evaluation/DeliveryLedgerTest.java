package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveryLedgerTest {

  private final DeliveryLedger ledger = new DeliveryLedger();

  @Test
  void everythingOnceInAnyOrderLeavesNothingToSay() {
    ledger.deliver("a", 10, 2);
    ledger.deliver("b", 10, 1);
    ledger.deliver("a", 10, 1);
    ledger.deliver("a", 99, 1);
    assertThat(ledger.delivered()).isEqualTo(4);
    assertThat(ledger.doubled()).isZero();
    assertThat(ledger.holes()).isZero();
    assertThat(ledger.sequences()).isEqualTo(3);
    assertThat(ledger.stepsByKey()).isEqualTo(Map.of("a", 3L, "b", 1L));
  }

  @Test
  void theSameStepTwiceIsDoubled() {
    assertThat(ledger.deliver("a", 10, 1)).isTrue();
    assertThat(ledger.deliver("a", 10, 1)).isFalse();
    assertThat(ledger.doubled()).isEqualTo(1);
    assertThat(ledger.stepsByKey()).containsEntry("a", 1L);
  }

  @Test
  void stepsAreCountedFromOne() {
    assertThatThrownBy(() -> ledger.deliver("a", 10, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Step 0 of key a");
  }

  @Test
  void aStepThatIsLeftOutIsAHole() {
    ledger.deliver("a", 10, 1);
    ledger.deliver("a", 10, 4);
    assertThat(ledger.holes()).isEqualTo(2);
  }
}
