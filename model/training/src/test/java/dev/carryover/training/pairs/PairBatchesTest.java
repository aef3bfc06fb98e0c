package dev.carryover.training.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.BatchOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairBatchesTest {
  private static final BatchOptions OPTIONS = BatchOptions.DEFAULTS.withBatchSize(8);

  private static PairData data(List<Pair> pairs) {
    return new PairData(
        Vocabulary.of(List.of("a", "b", "c"), null, null, null),
        Vocabulary.of(List.of("x", "<", ">"), "<", ">", null),
        pairs,
        List.of(),
        "test");
  }

  private static PairData random(int count) {
    Random random = new Random(4);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<int[]> targets = new ArrayList<>();
      for (int j = 0; j <= i % 3; j++) {
        targets.add(new int[1 + random.nextInt(9)]);
      }
      pairs.add(new Pair("w" + i, new int[1 + random.nextInt(9)], targets));
    }
    return data(pairs);
  }

  @Test
  void rowsStandStepByStepWithBeginEndAndPadding() {
    PairData data =
        data(
            List.of(
                new Pair("ab", new int[] {0, 1}, List.of(new int[] {0})),
                new Pair("b", new int[] {1}, List.of(new int[] {0, 0}))));
    PairBatch batch = PairBatches.inOrder(data, data.training(), OPTIONS).get(0);
    assertThat(batch.sourceLengths()).containsExactly(1, 2);
    assertThat(batch.sources()).containsExactly(1, 0, 0, 1);
    assertThat(batch.targets()).containsExactly(0, 0, 0, 2, 2, 0);
    assertThat(batch.fed()).containsExactly(1, 1, 0, 0, 0, 2);
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 1, 0);
    assertThat(batch.targetCount()).isEqualTo(5);
    assertThat(batch.tokenCount()).isEqualTo(8);
    PairBatch second = batch.rows(1, 2);
    assertThat(second.sourceSteps()).isEqualTo(2);
    assertThat(second.targets()).containsExactly(0, 2);
  }

  @Test
  void everyTargetIsThereOnceInEveryEpochAndEpochsDiffer() {
    PairData data = random(300);
    long targets = data.training().stream().mapToLong(pair -> pair.targets().size()).sum();
    List<String> epochs = new ArrayList<>();
    for (int epoch : new int[] {0, 1, 0}) {
      PairBatches batches = PairBatches.ofEpoch(data, data.training(), OPTIONS, epoch);
      long rows = 0;
      StringBuilder lengths = new StringBuilder();
      for (int i = 0; i < batches.size(); i++) {
        rows += batches.get(i).size();
        lengths.append(Arrays.toString(batches.get(i).sourceLengths()));
      }
      assertThat(rows).isEqualTo(targets);
      epochs.add(lengths.toString());
    }
    assertThat(epochs.get(1)).isNotEqualTo(epochs.get(0));
    assertThat(epochs.get(2)).isEqualTo(epochs.get(0));
  }

  @Test
  void noBatchIsLargerThanItsBound() {
    PairData data = random(100);
    BatchOptions narrow = OPTIONS.withMaximumPaddedTokens(40);
    PairBatches batches = PairBatches.ofEpoch(data, data.training(), narrow, 0);
    for (int i = 0; i < batches.size(); i++) {
      PairBatch batch = batches.get(i);
      assertThat(batch.size() * (batch.sourceSteps() + batch.targetSteps()))
          .isLessThanOrEqualTo(40);
    }
    assertThatThrownBy(
            () -> PairBatches.ofEpoch(data, data.training(), OPTIONS.withMaximumPaddedTokens(9), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not fit a batch of 9; raise maximum-padded-tokens");
  }

  @Test
  void targetsThatCannotBeLearnedAreLeftOut() {
    PairData data =
        data(
            List.of(
                new Pair("a", new int[] {0}, List.of(new int[] {Pair.UNKNOWN}, new int[] {0}))));
    PairBatches batches = PairBatches.inOrder(data, data.training(), OPTIONS);
    assertThat(batches.size()).isEqualTo(1);
    assertThat(batches.get(0).size()).isEqualTo(1);
  }
}
