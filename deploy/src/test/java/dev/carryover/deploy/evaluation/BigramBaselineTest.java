package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class BigramBaselineTest {

  private final BigramBaseline baseline =
      BigramBaseline.train(List.of(List.of("5", "22", "11"), List.of("5", "5", "22", "11")));

  @Test
  void whatWasTrainedIsNormal() {
    assertThat(baseline.isAnomalous(List.of("5", "22", "11"))).isFalse();
    assertThat(baseline.isAnomalous(List.of("5", "5", "5", "22", "11"))).isFalse();
  }

  @Test
  void aPairThatWasNeverSeenIsAnomalous() {
    assertThat(baseline.isAnomalous(List.of("5", "11"))).isTrue();
    assertThat(baseline.isAnomalous(List.of("5", "22", "7"))).isTrue();
  }

  @Test
  void startingOrStoppingWhereNoneDidIsAnomalous() {
    assertThat(baseline.isAnomalous(List.of("22", "11"))).isTrue();
    assertThat(baseline.isAnomalous(List.of("5", "22"))).isTrue();
    assertThat(baseline.isAnomalous(List.of())).isTrue();
  }

  @Test
  void pairsAreCountedOnceWithTheEdges() {
    assertThat(baseline.pairs()).as("edge-5, 5-5, 5-22, 22-11, 11-edge").isEqualTo(5);
  }

  @Test
  void nothingToLearnFromIsRefused() {
    assertThatThrownBy(() -> BigramBaseline.train(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
  }
}
