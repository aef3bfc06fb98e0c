package dev.carryover.training.transduction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.training.trainer.TrainingPlan;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SamplingScheduleTest {
  private static final Offset<Double> TOLERANCE = Offset.offset(1e-9);

  private static SamplingSchedule schedule(String kind, double lowest) {
    return SamplingSchedule.of(
        TrainingPlan.DEFAULTS
            .with("scheduled-sampling", kind)
            .with("sampling-epochs", 4)
            .with("sampling-lowest", lowest),
        250);
  }

  @Test
  void teacherForcingReadsTheTargetAlone() {
    assertThat(schedule("none", 0).target(1_000_000)).isEqualTo(1);
  }

  @Test
  void aLineEndsAtTheLowestShare() {
    SamplingSchedule linear = schedule("linear", 0.2);
    assertThat(linear.target(0)).isEqualTo(1);
    assertThat(linear.target(500)).isCloseTo(0.6, TOLERANCE);
    assertThat(linear.target(1000)).isCloseTo(0.2, TOLERANCE);
    assertThat(linear.target(5000)).isEqualTo(0.2);
  }

  @Test
  void theOthersPassOneHalfAfterTheEpochsThatAreSaid() {
    SamplingSchedule exponential = schedule("exponential", 0.1);
    assertThat(exponential.target(0)).isEqualTo(1);
    assertThat(exponential.target(1000)).isCloseTo(0.5, TOLERANCE);
    assertThat(exponential.target(2000)).isCloseTo(0.25, TOLERANCE);
    assertThat(exponential.target(20_000)).isEqualTo(0.1);
    SamplingSchedule sigmoid = schedule("inverse-sigmoid", 0.1);
    assertThat(sigmoid.target(0)).isGreaterThan(0.99);
    assertThat(sigmoid.target(500)).isGreaterThan(0.85);
    assertThat(sigmoid.target(1000)).isCloseTo(0.5, TOLERANCE);
    assertThat(sigmoid.target(20_000)).isEqualTo(0.1);
  }
}
