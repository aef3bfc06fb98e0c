package dev.carryover.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TransductionMetricsTest {
  private static int[] ids(int... ids) {
    return ids;
  }

  @Test
  void anAnswerIsRightWhenItEqualsOneOfItsReferences() {
    TransductionMetrics.Tally tally = new TransductionMetrics.Tally();
    tally.add(3, ids(1, 2), List.of(ids(1, 3), ids(1, 2)));
    tally.add(3, ids(1, 2, 9), List.of(ids(5, 6, 7, 8), ids(1, 2, 3, 4)));
    TransductionMetrics.Part all = tally.metrics().all();
    assertThat(all.wordErrorRate()).isEqualTo(0.5);
    assertThat(all.tokenErrorRate()).isEqualTo(2 / 6.0);
    assertThat(tally.metrics().metrics())
        .containsEntry("sequence_accuracy", 0.5)
        .containsEntry("word_error_rate", 0.5);
  }

  @Test
  void distanceCountsWhatIsPutInLeftOutAndReplaced() {
    assertThat(TransductionMetrics.distance(ids(), ids(1, 2))).isEqualTo(2);
    assertThat(TransductionMetrics.distance(ids(1, 2, 3), ids(2, 3))).isEqualTo(1);
    assertThat(TransductionMetrics.distance(ids(1, 2, 3), ids(1, 9, 3))).isEqualTo(1);
    assertThat(TransductionMetrics.distance(ids(1, 2, 3, 4), ids(2, 3, 5, 4))).isEqualTo(2);
    // A token that no vocabulary holds equals none.
    assertThat(TransductionMetrics.distance(ids(1, 2), ids(1, -1))).isEqualTo(1);
  }

  @Test
  void quartersHoldAboutAsManyAndDoNotTearALengthApart() {
    TransductionMetrics.Tally tally = new TransductionMetrics.Tally();
    IntStream.rangeClosed(1, 20).forEach(i -> tally.add(i, ids(i), List.of(ids(i > 10 ? 0 : i))));
    List<TransductionMetrics.Part> quarters = tally.metrics().quarters();
    assertThat(quarters)
        .extracting(TransductionMetrics.Part::shortest)
        .containsExactly(1, 6, 11, 16);
    assertThat(quarters)
        .extracting(TransductionMetrics.Part::longest)
        .containsExactly(5, 10, 15, 20);
    assertThat(quarters)
        .extracting(TransductionMetrics.Part::wordErrorRate)
        .containsExactly(0.0, 0.0, 1.0, 1.0);

    TransductionMetrics.Tally same = new TransductionMetrics.Tally();
    IntStream.range(0, 9).forEach(i -> same.add(4, ids(1), List.of(ids(1))));
    assertThat(same.metrics().quarters()).hasSize(1);
    assertThat(new TransductionMetrics.Tally().metrics().all().wordErrorRate()).isZero();
  }

  @Test
  void everyLengthHasAPart() {
    TransductionMetrics.Tally tally = new TransductionMetrics.Tally();
    tally.add(7, ids(1), List.of(ids(2)));
    tally.add(2, ids(1), List.of(ids(1)));
    tally.add(7, ids(1), List.of(ids(1)));
    List<TransductionMetrics.Part> lengths = tally.metrics().lengths();
    assertThat(lengths).extracting(TransductionMetrics.Part::shortest).containsExactly(2, 7);
    assertThat(lengths).extracting(TransductionMetrics.Part::longest).containsExactly(2, 7);
    assertThat(lengths).extracting(TransductionMetrics.Part::count).containsExactly(1L, 2L);
    assertThat(lengths)
        .extracting(TransductionMetrics.Part::wordErrorRate)
        .containsExactly(0.0, 0.5);
    assertThat(new TransductionMetrics.Tally().metrics().lengths()).isEmpty();
  }
}
