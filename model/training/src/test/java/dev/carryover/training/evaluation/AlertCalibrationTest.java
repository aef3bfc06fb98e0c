package dev.carryover.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AlertCalibrationTest {
  private static final Vocabulary VOCABULARY = vocabulary(30);

  @Test
  void fewerSequencesAlertThanTheRateAllowsAlsoAmongNewOnes() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<ScoredSequence> normal = normal(random, 2000);

      AlertCalibration calibration = AlertCalibration.calibrate(normal, VOCABULARY, 0.02);

      assertThat(calibration.alerting()).as("seed=%d", seed).isLessThanOrEqualTo(39);
      assertThat(calibration.sequences()).isEqualTo(2000);
      assertThat(calibration.vouchesForRate()).isTrue();
      long alerting =
          normal(random, 10_000).stream()
              .filter(s -> s.alerts(calibration.thresholds(), VOCABULARY))
              .count();
      assertThat(alerting).as("seed=%d", seed).isLessThan(400);
    }
  }

  @Test
  void lowerRateGivesNoLowerThresholds() {
    List<ScoredSequence> normal = normal(new Random(1), 3000);
    AlertThresholds loose = AlertCalibration.calibrate(normal, VOCABULARY, 0.05).thresholds();
    AlertThresholds strict = AlertCalibration.calibrate(normal, VOCABULARY, 0.002).thresholds();

    assertThat(strict.rank()).isGreaterThanOrEqualTo(loose.rank());
    assertThat(strict.surprisal()).isGreaterThanOrEqualTo(loose.surprisal());
    assertThat(strict.endSurprisal()).isGreaterThan(loose.endSurprisal());
    assertThat(strict.falseAlarmRate()).isEqualTo(0.002f);
  }

  @Test
  void eventMustBeLessLikelyThanTheRateOfFalseAlarms() {
    List<ScoredSequence> calm =
        IntStream.range(0, 999)
            .mapToObj(i -> sequence(new int[] {5, 2}, new int[2], new float[] {0.1f, 0.1f}))
            .toList();

    AlertThresholds thresholds = AlertCalibration.calibrate(calm, VOCABULARY, 0.01).thresholds();

    assertThat(thresholds)
        .isEqualTo(
            new AlertThresholds(1, (float) -Math.log(0.01), (float) -Math.log(0.01), true, 0.01f));
  }

  @Test
  void oneOddSequenceRaisesTheSurprisalAndNotTheRankBeyondTheMiddle() {
    List<ScoredSequence> normal = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      normal.add(sequence(new int[] {5, 2}, new int[2], new float[] {0.1f, 0.1f}));
    }
    normal.add(sequence(new int[] {6, 2}, new int[] {29, 0}, new float[] {13f, 0.1f}));

    AlertCalibration calibration = AlertCalibration.calibrate(normal, VOCABULARY, 0.004);

    assertThat(calibration.thresholds().rank()).isEqualTo(15);
    assertThat(calibration.thresholds().surprisal()).isEqualTo(Math.nextUp(13f));
    assertThat(calibration.alerting()).isZero();
  }

  @Test
  void unknownTokensAlertUnlessNormalSequencesHoldThem() {
    List<ScoredSequence> normal = new ArrayList<>();
    for (int i = 0; i < 199; i++) {
      int token = i % 20 == 0 ? VOCABULARY.unknownId() : 5;
      normal.add(sequence(new int[] {token, 2}, new int[2], new float[] {0.1f, 0.1f}));
    }

    assertThat(AlertCalibration.calibrate(normal, VOCABULARY, 0.05).thresholds().unknown())
        .isFalse();
    assertThat(AlertCalibration.calibrate(normal, VOCABULARY, 0.5).thresholds().unknown()).isTrue();
  }

  @Test
  void vocabularyWithoutEndAndUnknownTokenHasNoThresholdsForThem() {
    Vocabulary plain = Vocabulary.of(List.of("a", "b", "c", "d"), null, null, null);
    List<ScoredSequence> normal =
        IntStream.range(0, 99)
            .mapToObj(i -> sequence(new int[] {1}, new int[] {0}, new float[] {0.2f}))
            .toList();

    AlertThresholds thresholds = AlertCalibration.calibrate(normal, plain, 0.1).thresholds();

    assertThat(thresholds.endSurprisal()).isEqualTo(AlertThresholds.NEVER);
    assertThat(thresholds.unknown()).isFalse();
  }

  @Test
  void tooFewSequencesCannotVouchForALowRate() {
    List<ScoredSequence> normal = normal(new Random(2), 100);

    AlertCalibration calibration = AlertCalibration.calibrate(normal, VOCABULARY, 0.001);

    assertThat(calibration.vouchesForRate()).isFalse();
    assertThat(calibration.lowestRate()).isEqualTo(1.0 / 101);
    assertThat(calibration.alerting()).isZero();
  }

  @Test
  void thresholdsAreStoredWithTheModelAndNothingElseChanges() {
    ModelFile file = TestingModels.nextToken(TestingModels.VOCABULARY, 3);
    AlertCalibration calibration =
        new AlertCalibration(new AlertThresholds(3, 5f, 6f, true, 0.01f), 10, 0);

    ModelFile stored = calibration.store(file);

    assertThat(stored.config().alerts()).isEqualTo(calibration.thresholds());
    assertThat(stored.config().toBuilder().alerts(null).build()).isEqualTo(file.config());
    for (String name : file.config().tensorShapes().names()) {
      assertThat(stored.tensor(name)).containsExactly(file.tensor(name));
    }
  }

  @Test
  void whatCannotBeCalibratedIsRefused() {
    assertThatThrownBy(() -> AlertCalibration.calibrate(List.of(), VOCABULARY, 0.01))
        .hasMessage("there are 0 sequences to calibrate on; hold some back from training");
    assertThatThrownBy(() -> AlertCalibration.calibrate(normal(new Random(1), 1), VOCABULARY, 1.5))
        .hasMessage("the rate of false alarms is 1.5; it lies between 0 and 1");
  }

  private static ScoredSequence sequence(int[] tokens, int[] ranks, float[] surprisals) {
    return new ScoredSequence("k", tokens, ranks, surprisals);
  }

  /** Surprisal and rank of tokens drawn from a geometric distribution, and an end. */
  private static List<ScoredSequence> normal(Random random, int count) {
    List<ScoredSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int steps = 5 + random.nextInt(20);
      int[] tokens = new int[steps];
      int[] ranks = new int[steps];
      float[] surprisals = new float[steps];
      for (int step = 0; step < steps; step++) {
        tokens[step] = step == steps - 1 ? 2 : 3 + random.nextInt(20);
        ranks[step] = Math.min(29, (int) (-Math.log(1 - random.nextDouble()) / Math.log(3)));
        surprisals[step] = (float) (0.4 + ranks[step] * Math.log(3));
      }
      sequences.add(sequence(tokens, ranks, surprisals));
    }
    return sequences;
  }

  private static Vocabulary vocabulary(int size) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<bos>", "<eos>"));
    for (int i = tokens.size(); i < size; i++) {
      tokens.add("t" + i);
    }
    return Vocabulary.of(tokens, "<bos>", "<eos>", "<unk>");
  }
}
