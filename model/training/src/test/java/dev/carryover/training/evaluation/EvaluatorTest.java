package dev.carryover.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.SequenceModel;
import dev.carryover.runtime.Session;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluatorTest {
  private static final long SEED = 11;

  @Test
  void nextTokenScoresEveryTokenAndTheEnd() {
    RecurrentModel model =
        RecurrentModel.load(TestingModels.nextToken(TestingModels.VOCABULARY, SEED));
    List<TrainingSequence> sequences = tokenSequences(40, 3, 7);
    double nats = 0;
    long tokens = 0;
    long first = 0;
    for (TrainingSequence sequence : sequences) {
      float[] state = model.newState();
      Session session = model.newSession(1);
      for (int step = 0; step <= sequence.length(); step++) {
        session.clear();
        if (step < sequence.length()) {
          session.addToken(state, sequence.tokens()[step]);
        } else {
          session.addEnd(state);
        }
        session.run();
        nats += session.surprisal(0);
        first += session.rank(0) == 0 ? 1 : 0;
        tokens++;
        session.readState(0, state);
      }
    }

    NextTokenMetrics metrics =
        (NextTokenMetrics)
            Evaluator.evaluate(model, sequences, false, EvaluationOptions.DEFAULTS.withThreads(2));

    assertThat(metrics.tokens()).isEqualTo(tokens);
    assertThat(metrics.natsPerToken()).isCloseTo(nats / tokens, within(1e-9));
    assertThat(metrics.topAccuracy(1)).isEqualTo((double) first / tokens);
    assertThat(metrics.topAccuracy(10)).isEqualTo(1);
    assertThat(metrics.perplexity()).isCloseTo(Math.exp(nats / tokens), within(1e-9));
    assertThat(metrics.bitsPerToken())
        .isCloseTo(metrics.natsPerToken() / Math.log(2), within(1e-12));
    assertThat(metrics.metrics())
        .containsOnlyKeys(
            "nats_per_token",
            "bits_per_token",
            "perplexity",
            "top_1_accuracy",
            "top_3_accuracy",
            "top_5_accuracy",
            "top_10_accuracy");
  }

  @Test
  void streamScoresAllButItsFirstTokenAndNoEnd() {
    RecurrentModel model = RecurrentModel.load(TestingModels.nextToken(TestingModels.PLAIN, SEED));

    NextTokenMetrics metrics =
        (NextTokenMetrics)
            Evaluator.evaluate(
                model, tokenSequences(1, 0, 3), true, EvaluationOptions.DEFAULTS.withThreads(1));

    assertThat(metrics.tokens()).isEqualTo(tokenSequences(1, 0, 3).get(0).length() - 1);
  }

  @Test
  void resultIsTheSameToTheBitOnAnyThreadsAndInAnyBatch() {
    RecurrentModel next =
        RecurrentModel.load(TestingModels.nextToken(TestingModels.VOCABULARY, SEED));
    RecurrentModel regress = RecurrentModel.load(TestingModels.regress(2, SEED));
    List<TrainingSequence> tokens = tokenSequences(100, 3, 7);
    List<TrainingSequence> features = featureSequences(100, 2);
    EvaluationOptions one = EvaluationOptions.DEFAULTS.withThreads(1).withBatchSize(1);
    EvaluationOptions many = EvaluationOptions.DEFAULTS.withThreads(3).withBatchSize(7);

    assertThat(Evaluator.evaluate(next, tokens, false, many))
        .isEqualTo(Evaluator.evaluate(next, tokens, false, one));
    assertThat(Evaluator.evaluate(regress, features, false, many))
        .isEqualTo(Evaluator.evaluate(regress, features, false, one));
    assertThat(ScoredSequence.score(next, tokens, many))
        .isEqualTo(ScoredSequence.score(next, tokens, one));
  }

  @Test
  void classifierIsAskedAfterTheLastStepOrAtEvery() {
    RecurrentModel model = RecurrentModel.load(TestingModels.classify(3, SEED));
    List<TrainingSequence> features = featureSequences(30, 1);
    List<TrainingSequence> last =
        features.stream().map(s -> s.withLabels(new int[] {s.length() % 3})).toList();
    List<TrainingSequence> every =
        features.stream().map(s -> s.withLabels(new int[s.length()])).toList();

    ClassificationMetrics ofLast =
        (ClassificationMetrics)
            Evaluator.evaluate(model, last, false, EvaluationOptions.DEFAULTS.withThreads(2));
    ClassificationMetrics ofEvery =
        (ClassificationMetrics)
            Evaluator.evaluate(model, every, false, EvaluationOptions.DEFAULTS.withThreads(2));

    assertThat(ofLast.count()).isEqualTo(30);
    assertThat(ofEvery.count())
        .isEqualTo(features.stream().mapToInt(TrainingSequence::length).sum());
    assertThat(ofEvery.actual(0)).isEqualTo(ofEvery.count());
    assertThat(ofEvery.accuracy()).isEqualTo(ofEvery.recall(0));
  }

  @Test
  void binaryClassifierSaysTheSecondLabelWhenItsOutputIsPositive() {
    RecurrentModel model = RecurrentModel.load(TestingModels.classify(1, SEED));
    List<TrainingSequence> sequences =
        featureSequences(50, 1).stream().map(s -> s.withLabels(new int[] {1})).toList();
    float[] state = model.newState();
    float[] output = new float[1];
    Session session = model.newSession(1);
    int positive = 0;
    for (TrainingSequence sequence : sequences) {
      model.initialState(state);
      for (float[] features : sequence.features()) {
        session.clear();
        session.addFeatures(state, features);
        session.run();
        session.readState(0, state);
        session.readOutput(0, output);
      }
      positive += output[0] > 0 ? 1 : 0;
    }

    ClassificationMetrics metrics =
        (ClassificationMetrics)
            Evaluator.evaluate(model, sequences, false, EvaluationOptions.DEFAULTS);

    assertThat(metrics.labels()).containsExactly("0", "1");
    assertThat(metrics.said(1)).isEqualTo(positive).isBetween(1L, 49L);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void labelsOfEveryStepAreThoseOfTheLargestOutput(boolean bidirectional) {
    ModelFile file = TestingModels.label(3, bidirectional, SEED);
    Random random = new Random(SEED);
    List<TrainingSequence> sequences =
        featureSequences(40, 1).stream()
            .map(s -> s.withLabels(random.ints(s.length(), 0, 3).toArray()))
            .toList();
    float[][][] outputs =
        SequenceModel.load(file)
            .ofFeatures(sequences.stream().map(TrainingSequence::features).toList());
    long[][] expected = new long[3][3];
    for (int i = 0; i < outputs.length; i++) {
      for (int step = 0; step < outputs[i].length; step++) {
        float[] o = outputs[i][step];
        int said = o[0] >= o[1] && o[0] >= o[2] ? 0 : o[1] >= o[2] ? 1 : 2;
        expected[sequences.get(i).labels()[step]][said]++;
      }
    }

    EvaluationOptions options = EvaluationOptions.DEFAULTS.withThreads(2).withBatchSize(7);
    ClassificationMetrics metrics =
        (ClassificationMetrics) Evaluator.evaluate(file, sequences, false, options);

    assertThat(metrics.confusion()).as("seed=%d", SEED).isDeepEqualTo(expected);
    assertThat(metrics.metrics()).containsOnlyKeys("accuracy", "macro_f1");
    assertThat(Evaluator.evaluate(SequenceModel.load(file), sequences, options).confusion())
        .isDeepEqualTo(expected);
  }

  @Test
  void whatReadsWholeSequencesTellsLabelsOnly() {
    SequenceModel model = SequenceModel.load(TestingModels.regress(1, SEED));

    assertThatThrownBy(
            () -> Evaluator.evaluate(model, featureSequences(1, 1), EvaluationOptions.DEFAULTS))
        .hasMessage(
            "model 'model' has the task regress; only classify and label tell labels, step the"
                + " others");
  }

  @Test
  void precisionAndRecallComeFromTheConfusionMatrix() {
    ClassificationMetrics metrics =
        new ClassificationMetrics(
            List.of("a", "b", "c"), new long[][] {{8, 2, 0}, {1, 4, 0}, {0, 0, 0}});

    assertThat(metrics.accuracy()).isEqualTo(12.0 / 15);
    assertThat(metrics.precision(0)).isEqualTo(8.0 / 9);
    assertThat(metrics.recall(0)).isEqualTo(0.8);
    assertThat(metrics.f1(1)).isEqualTo(8.0 / 11);
    assertThat(metrics.f1(2)).isZero();
    assertThat(metrics.macroF1()).isCloseTo((16.0 / 19 + 8.0 / 11) / 3, within(1e-12));
  }

  @Test
  void regressionOfWhatTheModelSaysHasNoErrorAndOfItsMeanHasR2OfZero() {
    RecurrentModel model = RecurrentModel.load(TestingModels.regress(2, SEED));
    List<TrainingSequence> features = featureSequences(20, 1);
    List<TrainingSequence> exact = new ArrayList<>();
    float[] state = model.newState();
    Session session = model.newSession(1);
    for (TrainingSequence sequence : features) {
      float[][] values = new float[sequence.length()][2];
      model.initialState(state);
      for (int step = 0; step < sequence.length(); step++) {
        session.clear();
        session.addFeatures(state, sequence.features()[step]);
        session.run();
        session.readState(0, state);
        session.readOutput(0, values[step]);
      }
      exact.add(sequence.withValues(values));
    }
    List<TrainingSequence> off =
        exact.stream()
            .map(
                s -> {
                  float[][] values = new float[s.length()][];
                  for (int i = 0; i < values.length; i++) {
                    values[i] = new float[] {s.values()[i][0] + 2, s.values()[i][1]};
                  }
                  return s.withValues(values);
                })
            .toList();

    RegressionMetrics perfect =
        (RegressionMetrics) Evaluator.evaluate(model, exact, false, EvaluationOptions.DEFAULTS);
    RegressionMetrics shifted =
        (RegressionMetrics) Evaluator.evaluate(model, off, false, EvaluationOptions.DEFAULTS);

    assertThat(perfect.mse()).isZero();
    assertThat(perfect.r2()).isEqualTo(1);
    assertThat(shifted.mse()).isCloseTo(2, within(1e-5));
    assertThat(shifted.mae()).isCloseTo(1, within(1e-5));
    assertThat(shifted.r2()).isLessThan(1);
  }

  @Test
  void progressEndsWithAllStepsDone() {
    RecurrentModel model =
        RecurrentModel.load(TestingModels.nextToken(TestingModels.VOCABULARY, SEED));
    AtomicLong done = new AtomicLong();
    AtomicLong all = new AtomicLong();

    Evaluator.evaluate(
        model,
        tokenSequences(30, 3, 7),
        false,
        EvaluationOptions.DEFAULTS.withProgress(
            (steps, total) -> {
              done.set(steps);
              all.set(total);
            }));

    assertThat(done.get()).isEqualTo(all.get()).isPositive();
  }

  @Test
  void whatIsLackingIsSaidWithItsSequence() {
    RecurrentModel model = RecurrentModel.load(TestingModels.classify(3, SEED));
    List<TrainingSequence> sequences = featureSequences(1, 1);

    assertThatThrownBy(
            () -> Evaluator.evaluate(model, sequences, false, EvaluationOptions.DEFAULTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no label; evaluate on sequences that have one");
    assertThatThrownBy(
            () -> Evaluator.evaluate(model, List.of(), false, EvaluationOptions.DEFAULTS))
        .hasMessage("there are 0 sequences to evaluate on; give at least 1, or hold some back");
    assertThatThrownBy(() -> ScoredSequence.score(model, sequences, EvaluationOptions.DEFAULTS))
        .hasMessage("model 'model' has the task classify; only next-token models score tokens");
  }

  private static List<TrainingSequence> tokenSequences(int count, int from, int to) {
    Random random = new Random(SEED);
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sequences.add(
          TrainingSequence.ofTokens(
              "k" + i, random.ints(2 + random.nextInt(30), from, to).toArray()));
    }
    return sequences;
  }

  private static List<TrainingSequence> featureSequences(int count, int values) {
    Random random = new Random(SEED);
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[][] features = new float[1 + random.nextInt(12)][2];
      float[][] targets = new float[features.length][values];
      for (int step = 0; step < features.length; step++) {
        features[step][0] = random.nextFloat() * 4;
        features[step][1] = random.nextFloat() * 4;
        targets[step][0] = random.nextFloat();
      }
      TrainingSequence sequence = TrainingSequence.ofFeatures("k" + i, features);
      sequences.add(values > 1 ? sequence.withValues(targets) : sequence);
    }
    return sequences;
  }
}
