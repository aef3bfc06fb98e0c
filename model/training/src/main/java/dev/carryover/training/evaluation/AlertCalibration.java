package dev.carryover.training.evaluation;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Alert thresholds, chosen on sequences that hold no anomaly so that at most a stated share of such
 * sequences alerts. No label and no anomaly is looked at.
 *
 * @param thresholds to be stored with the model
 * @param sequences that they were chosen on
 * @param alerting how many of those alert
 */
public record AlertCalibration(AlertThresholds thresholds, int sequences, int alerting) {
  /*
   * How many of n sequences may alert. If the next sequence is drawn as the n were, all n + 1 are
   * equally likely to be the most alarming, the second and so on; so when at most k of the n alert,
   * the next alerts with probability (k + 1) / (n + 1) at most (the conformal bound). k is the most
   * for which that is no more than the stated rate, and 0 where n is too small to vouch for it.
   *
   * What may alert is spent in this order:
   *
   * 1. Tokens that the vocabulary does not hold. A model that never saw one has learned nothing of
   *    them, so its surprisal at them says little; that they come at all is what is to be told.
   * 2. Ends. A model that holds an end for less likely than the rate of false alarms must be
   *    surprised by it: -ln(rate) is the least. Ends have a threshold of their own because they are
   *    one step of many: in a log most sequences are cut short by a failure, and a threshold that
   *    serves all tokens loses them.
   * 3. Tokens. The same surprisal is the least here, and then the rank decides: normal behaviour
   *    that is merely rare is very surprising and yet among the first tokens in its place, while
   *    what never happened there ranks far behind. So the lowest rank is taken that keeps within
   *    what may alert. A rank in the second half of the vocabulary would let almost nothing alert
   *    because of one odd sequence; in its place the rank stays in the middle and the surprisal
   *    rises.
   */

  /**
   * Chooses thresholds.
   *
   * @param normal sequences held back from training, without anomalies
   * @param vocabulary that of the model
   * @param falseAlarmRate the share of sequences that may alert, between 0 and 1
   * @throws IllegalArgumentException when there is no sequence, the vocabulary has one token, or
   *     the rate is none
   */
  public static AlertCalibration calibrate(
      List<ScoredSequence> normal, Vocabulary vocabulary, double falseAlarmRate) {
    if (normal.isEmpty()) {
      throw new IllegalArgumentException(
          "there are 0 sequences to calibrate on; hold some back from training");
    }
    if (!(falseAlarmRate > 0 && falseAlarmRate < 1)) {
      throw new IllegalArgumentException(
          "the rate of false alarms is " + falseAlarmRate + "; it lies between 0 and 1");
    }
    if (vocabulary.size() < 2) {
      throw new IllegalArgumentException(
          "the vocabulary has 1 token, which always ranks first; there is nothing to alert on");
    }
    int allowed = (int) Math.max(0, Math.floor(falseAlarmRate * (normal.size() + 1)) - 1);
    float least = (float) -Math.log(falseAlarmRate);
    boolean unknown =
        vocabulary.unknownId() != Vocabulary.ABSENT
            && normal.stream().filter(s -> holds(s, vocabulary.unknownId())).count() <= allowed / 2;
    float end =
        vocabulary.endId() == Vocabulary.ABSENT
            ? AlertThresholds.NEVER
            : Math.max(least, above(endSurprisals(normal, vocabulary.endId()), allowed / 4));
    Search search = new Search(normal, vocabulary, end, unknown, (float) falseAlarmRate);
    AlertThresholds thresholds = search.lowestRank(least, allowed);
    return new AlertCalibration(thresholds, normal.size(), search.alerting(thresholds));
  }

  /** The lowest rate of false alarms that so many sequences can vouch for. */
  public double lowestRate() {
    return 1.0 / (sequences + 1);
  }

  /** Whether there were enough sequences to vouch for the rate that was asked for. */
  public boolean vouchesForRate() {
    return thresholds.falseAlarmRate() >= (float) lowestRate();
  }

  /** A model with these thresholds in its config and all else as it was. */
  public ModelFile store(ModelFile file) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : file.config().tensorShapes().names()) {
      tensors.put(name, file.tensor(name));
    }
    return ModelFile.of(
        file.config().toBuilder().alerts(thresholds).build(), tensors, file.selfTests());
  }

  private static boolean holds(ScoredSequence sequence, int token) {
    return Arrays.stream(sequence.tokens()).anyMatch(id -> id == token);
  }

  private static float[] endSurprisals(List<ScoredSequence> normal, int end) {
    float[] surprisals = new float[normal.size()];
    for (int i = 0; i < surprisals.length; i++) {
      ScoredSequence sequence = normal.get(i);
      int last = sequence.steps() - 1;
      surprisals[i] = sequence.tokens()[last] == end ? sequence.surprisals()[last] : 0;
    }
    return surprisals;
  }

  /** The least threshold that at most {@code allowed} of the values reach. */
  private static float above(float[] values, int allowed) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return allowed >= sorted.length ? 0 : Math.nextUp(sorted[sorted.length - 1 - allowed]);
  }

  /** Looks for rank and surprisal, the end and the unknown being decided. */
  private record Search(
      List<ScoredSequence> normal, Vocabulary vocabulary, float end, boolean unknown, float rate) {
    AlertThresholds lowestRank(float least, int allowed) {
      int middle = (vocabulary.size() + 1) / 2;
      for (int rank = 1; rank < middle; rank++) {
        AlertThresholds thresholds = thresholds(rank, least);
        if (alerting(thresholds) <= allowed) {
          return thresholds;
        }
      }
      return thresholds(middle, Math.max(least, surprisal(middle, allowed)));
    }

    AlertThresholds thresholds(int rank, float surprisal) {
      return new AlertThresholds(rank, surprisal, end, unknown, rate);
    }

    int alerting(AlertThresholds thresholds) {
      return (int) normal.stream().filter(s -> s.alerts(thresholds, vocabulary)).count();
    }

    /** The least surprisal at which no more than allowed alert with a token of the rank. */
    float surprisal(int rank, int allowed) {
      AlertThresholds others = thresholds(vocabulary.size(), Float.MAX_VALUE);
      int already = alerting(others);
      float[] largest = new float[normal.size()];
      for (int i = 0; i < largest.length; i++) {
        ScoredSequence sequence = normal.get(i);
        if (!sequence.alerts(others, vocabulary)) {
          for (int step = 0; step < sequence.steps(); step++) {
            if (sequence.ranks()[step] >= rank && sequence.tokens()[step] != vocabulary.endId()) {
              largest[i] = Math.max(largest[i], sequence.surprisals()[step]);
            }
          }
        }
      }
      return above(largest, Math.max(0, allowed - already));
    }
  }
}
