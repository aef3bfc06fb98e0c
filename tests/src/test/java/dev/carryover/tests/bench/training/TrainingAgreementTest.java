package dev.carryover.tests.bench.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Cell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class TrainingAgreementTest {
  private static final int THREADS = 2;

  @ParameterizedTest
  @EnumSource(
      value = Cell.class,
      names = {"GRU", "LSTM"})
  void bothGiveTheGradientOfTheSameNetwork(Cell cell) throws Exception {
    TrainingSizes sizes = TrainingAgreement.small(cell);

    assertThat(TrainingAgreement.require(sizes, THREADS))
        .as(sizes.toString())
        .isLessThanOrEqualTo(TrainingAgreement.TOLERANCE);
  }

  @Test
  void anotherGradientIsNotTimed() {
    TrainingSizes sizes = new TrainingSizes(Cell.GRU, 1, 1, 1);

    assertThatThrownBy(
            () ->
                TrainingAgreement.require(new float[] {1f, 0.5f}, new float[] {1f, 0.501f}, sizes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Carryover's gradient is 0.5 where libtorch's is 0.501")
        .hasMessageContaining("nothing was timed");
  }
}
