package dev.carryover.deploy.cutover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.deploy.logs.TestingLog;
import dev.carryover.schemas.StatePolicy;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CutoverSettingsTest {

  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final HdfsLog TEN_HOURS =
      TestingLog.builder().event(HOUR, "a", "5").event(11 * HOUR, "a", "6").build();

  @Test
  void theCutoverIsInTheMiddleUnlessSaidOtherwise() {
    Times times = settings(Optional.empty()).times(TEN_HOURS);
    assertThat(times).isEqualTo(new Times(HOUR, 5 * HOUR, 6 * HOUR, 11 * HOUR));
    assertThat(times.hourOf(times.cutoverMs())).isEqualTo(5);
    assertThat(times.hourCount()).isEqualTo(11);
    assertThat(settings(Optional.of(2.5)).times(TEN_HOURS).cutoverMs())
        .isEqualTo(HOUR + 5 * HOUR / 2);
  }

  @Test
  void aCutoverOutsideOfTheStreamIsRefused() {
    for (double hours : new double[] {0, -1, 10, Double.NaN}) {
      assertThatThrownBy(() -> settings(Optional.of(hours)).times(TEN_HOURS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "--swap-at is "
                  + hours
                  + "; allowed is above 0 and below 10.0, the hours of the stream");
    }
  }

  private static CutoverSettings settings(Optional<Double> swapAt) {
    return new CutoverSettings(swapAt, StatePolicy.DRAIN, 1);
  }
}
