package dev.carryover.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final Vocabulary SPECIAL =
      Vocabulary.of(List.of("<unk>", "<bos>", "<eos>", "a", "b", "c"), "<bos>", "<eos>", "<unk>");
  private static final Vocabulary PLAIN = Vocabulary.of(List.of("a", "b", "c"), null, null, null);

  @Test
  void nextTokenReadsTheBeginTokenFirstAndLearnsTheEndTokenLast() {
    TrainingData data = tokens(SPECIAL, false, new int[] {3, 4}, new int[] {5});

    Batch batch = Batches.inOrder(data, data.training(), BatchOptions.DEFAULTS).get(0);

    // The shorter row is first: rows are sorted by length.
    assertThat(batch.lengths()).containsExactly(2, 3);
    assertThat(batch.tokens()).containsExactly(1, 1, 5, 3, 0, 4);
    assertThat(batch.targets()).containsExactly(5, 3, 2, 4, -1, 2);
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 0, 1);
    assertThat(batch.targetCount()).isEqualTo(5);
    assertThat(batch.restarts()).containsOnly(true);
  }

  @Test
  void nextTokenWithoutSpecialTokensLearnsWhatFollowsAlone() {
    TrainingData data = tokens(PLAIN, false, new int[] {0, 1, 2}, new int[] {1});

    Batch batch = Batches.inOrder(data, data.training(), BatchOptions.DEFAULTS).get(0);

    assertThat(batch.size()).isEqualTo(1);
    assertThat(batch.tokens()).containsExactly(0, 1);
    assertThat(batch.targets()).containsExactly(1, 2);
  }

  @Test
  void everySequenceComesOnceInAnEpochAndNoBatchIsLargerThanAllowed() {
    long seed = 3;
    TrainingData data = random(seed, 500);
    BatchOptions options = BatchOptions.DEFAULTS.withBatchSize(16).withMaximumPaddedTokens(200);

    for (int epoch = 0; epoch < 3; epoch++) {
      List<String> seen = new ArrayList<>();
      for (Batch batch : Batches.ofEpoch(data, data.training(), options, epoch)) {
        assertThat(batch.size()).isLessThanOrEqualTo(16);
        assertThat(batch.size() * batch.steps()).as("seed=%d", seed).isLessThanOrEqualTo(200);
        for (int row = 0; row < batch.size(); row++) {
          seen.add(Arrays.toString(inputs(batch, row)));
        }
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(allInputs(data));
    }
  }

  @Test
  void seedAndEpochAloneDecideTheOrder() {
    TrainingData data = random(4, 300);
    BatchOptions options = BatchOptions.DEFAULTS.withBatchSize(8);

    assertThat(order(data, options, 0)).isEqualTo(order(data, options, 0));
    assertThat(order(data, options, 0)).isNotEqualTo(order(data, options, 1));
    assertThat(order(data, options, 0)).isNotEqualTo(order(data, options.withSeed(2), 0));
  }

  @Test
  void bucketsKeepPaddingSmall() {
    TrainingData data = random(5, 2000);
    long cells = 0;
    long steps = 0;
    for (Batch batch : Batches.ofEpoch(data, data.training(), BatchOptions.DEFAULTS, 0)) {
      cells += (long) batch.size() * batch.steps();
      steps += IntStream.of(batch.lengths()).sum();
    }

    assertThat((double) steps / cells).isGreaterThan(0.9);
  }

  @Test
  void windowsContinueASequenceInTheSameRowUntilItEnds() {
    TrainingData data = random(6, 40);
    BatchOptions options = BatchOptions.DEFAULTS.withBatchSize(4).withWindow(5);

    TreeMap<Integer, List<Integer>> rows = new TreeMap<>();
    List<String> seen = new ArrayList<>();
    for (Batch batch : Batches.ofEpoch(data, data.training(), options, 0)) {
      assertThat(batch.size()).isEqualTo(4);
      assertThat(batch.steps()).isLessThanOrEqualTo(5);
      for (int row = 0; row < 4; row++) {
        if (batch.restarts()[row] && rows.containsKey(row)) {
          seen.add(rows.remove(row).toString());
        }
        for (int token : inputs(batch, row)) {
          rows.computeIfAbsent(row, r -> new ArrayList<>()).add(token);
        }
      }
    }
    rows.values().forEach(row -> seen.add(row.toString()));

    assertThat(seen).containsExactlyInAnyOrderElementsOf(allInputs(data));
  }

  @Test
  void streamIsReadInParallelRowsThatGoOnFromWindowToWindow() {
    int[] stream = IntStream.range(0, 101).map(i -> i % 3).toArray();
    TrainingData data = tokens(PLAIN, true, stream);
    BatchOptions options = BatchOptions.DEFAULTS.withBatchSize(4).withWindow(10);

    Batches batches = Batches.inOrder(data, data.training(), options);

    assertThat(batches.size()).isEqualTo(3);
    for (int index = 0; index < 3; index++) {
      Batch batch = batches.get(index);
      assertThat(batch.restarts()).containsOnly(index == 0);
      assertThat(batch.steps()).isEqualTo(index < 2 ? 10 : 5);
      for (int row = 0; row < 4; row++) {
        for (int step = 0; step < batch.steps(); step++) {
          int place = row * 25 + index * 10 + step;
          assertThat(batch.tokens()[step * 4 + row]).isEqualTo(stream[place]);
          assertThat(batch.targets()[step * 4 + row]).isEqualTo(stream[place + 1]);
        }
      }
    }
  }

  @Test
  void everyEpochCutsAStreamInOtherPlaces() {
    TrainingData data = tokens(PLAIN, true, new Random(1).ints(1000, 0, 3).toArray());
    BatchOptions options = BatchOptions.DEFAULTS.withBatchSize(2).withWindow(50);

    int[] first = Batches.ofEpoch(data, data.training(), options, 0).get(0).tokens();
    int[] second = Batches.ofEpoch(data, data.training(), options, 1).get(0).tokens();

    assertThat(first).isNotEqualTo(second);
    assertThat(first).isEqualTo(Batches.ofEpoch(data, data.training(), options, 0).get(0).tokens());
  }

  @Test
  void classifierLearnsTheLabelAfterTheLastTokenAndFeaturesAreNormalized() {
    TrainingData data =
        TrainingData.builder()
            .task(Task.CLASSIFY)
            .features(FeatureSchema.of(List.of("x"), new float[] {10}, new float[] {2}))
            .labels(List.of("no", "yes"))
            .training(
                List.of(
                    TrainingSequence.ofFeatures("k", new float[][] {{10}, {14}})
                        .withLabels(new int[] {1})))
            .build();

    Batch batch = Batches.inOrder(data, data.training(), BatchOptions.DEFAULTS).get(0);

    assertThat(batch.features()).containsExactly(0f, 2f);
    assertThat(batch.targets()).containsExactly(Batch.NO_TARGET, 1);
    assertThat(batch.tokens()).isNull();
  }

  @Test
  void regressionLearnsTheValuesOfEveryStep() {
    TrainingData data =
        TrainingData.builder()
            .task(Task.REGRESS)
            .features(FeatureSchema.unscaled(1))
            .valueCount(2)
            .training(
                List.of(
                    TrainingSequence.ofFeatures("k", new float[][] {{1}, {2}})
                        .withValues(new float[][] {{1, 2}, {3, 4}})))
            .build();

    Batch batch = Batches.inOrder(data, data.training(), BatchOptions.DEFAULTS).get(0);

    assertThat(batch.values()).containsExactly(1, 2, 3, 4);
    assertThat(batch.mask()).containsExactly(1, 1);
    assertThat(batch.targets()).isNull();
  }

  @Test
  void rowsOfABatchCanBeTakenApart() {
    TrainingData data = tokens(SPECIAL, false, new int[] {3}, new int[] {4, 5}, new int[] {5, 4});
    Batch batch = Batches.inOrder(data, data.training(), BatchOptions.DEFAULTS).get(0);

    Batch part = batch.rows(1, 3);

    assertThat(part.lengths()).containsExactly(3, 3);
    assertThat(inputs(part, 0)).isEqualTo(inputs(batch, 1));
    assertThat(part.targetCount()).isEqualTo(6);
    assertThat(batch.rows(0, 1).targetCount() + part.targetCount()).isEqualTo(batch.targetCount());
  }

  @Test
  void whatCannotBePutInABatchIsToldWithBothValues() {
    TrainingData data = tokens(SPECIAL, false, new int[50]);
    BatchOptions small = BatchOptions.DEFAULTS.withMaximumPaddedTokens(40);

    assertThatThrownBy(() -> Batches.inOrder(data, data.training(), small))
        .hasMessage(
            "sequence of s0, 50 tokens takes 51 steps and a batch holds 40; set a window, or raise"
                + " the maximum");
    TrainingData single = tokens(PLAIN, false, new int[] {1});
    assertThatThrownBy(() -> Batches.inOrder(single, single.training(), BatchOptions.DEFAULTS))
        .hasMessage(
            "there is nothing to learn of 1 sequences of at most 1 steps; give longer ones");
    assertThatThrownBy(() -> small.withWindow(10))
        .hasMessage(
            "a window of 10 steps by 32 rows is 320 steps and the maximum is 40; make one smaller");
  }

  private static String order(TrainingData data, BatchOptions options, int epoch) {
    StringBuilder order = new StringBuilder();
    for (Batch batch : Batches.ofEpoch(data, data.training(), options, epoch)) {
      order.append(Arrays.toString(batch.tokens()));
    }
    return order.toString();
  }

  private static int[] inputs(Batch batch, int row) {
    return IntStream.range(0, batch.lengths()[row])
        .map(step -> batch.tokens()[step * batch.size() + row])
        .toArray();
  }

  private static List<String> allInputs(TrainingData data) {
    List<String> inputs = new ArrayList<>();
    for (TrainingSequence sequence : data.training()) {
      inputs.add(
          Arrays.toString(
              IntStream.concat(IntStream.of(1), IntStream.of(sequence.tokens())).toArray()));
    }
    return inputs;
  }

  private static TrainingData random(long seed, int count) {
    Random random = new Random(seed);
    int[][] sequences = new int[count][];
    for (int i = 0; i < count; i++) {
      sequences[i] = random.ints(1 + random.nextInt(30), 3, 6).toArray();
    }
    return tokens(SPECIAL, false, sequences);
  }

  private static TrainingData tokens(Vocabulary vocabulary, boolean continuous, int[]... tokens) {
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int[] sequence : tokens) {
      sequences.add(TrainingSequence.ofTokens("s" + sequences.size(), sequence));
    }
    return TrainingData.builder()
        .task(Task.NEXT_TOKEN)
        .vocabulary(vocabulary)
        .continuous(continuous)
        .training(sequences)
        .build();
  }
}
