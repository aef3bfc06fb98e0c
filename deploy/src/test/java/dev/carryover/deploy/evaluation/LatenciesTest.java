package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  @Test
  void percentilesAreValuesThatWereSeen() {
    Latencies latencies = new Latencies(1);
    for (int i = 100; i >= 1; i--) {
      latencies.add(i);
    }
    assertThat(latencies.percentile(0.5)).isEqualTo(Duration.ofNanos(50));
    assertThat(latencies.percentile(0.99)).isEqualTo(Duration.ofNanos(99));
    assertThat(latencies.percentile(1)).isEqualTo(Duration.ofNanos(100));
    assertThat(latencies.percentile(0.001)).isEqualTo(Duration.ofNanos(1));
  }

  @Test
  void withoutAnyTheyAreZero() {
    assertThat(new Latencies(0).percentile(0.99)).isZero();
  }
}
