package dev.carryover.deploy.evaluation;

import java.util.Map;
import java.util.function.Predicate;

/**
 * How a detector's verdicts compare with the labels; positive means anomalous.
 *
 * @param truePositives anomalous and found
 * @param falsePositives normal, but reported
 * @param falseNegatives anomalous, but missed
 * @param trueNegatives normal and left alone
 */
public record ConfusionMatrix(
    int truePositives, int falsePositives, int falseNegatives, int trueNegatives) {

  /**
   * Counts the verdicts of a detector.
   *
   * @param labels what each key really is; true = anomalous
   * @param detector what it is taken for
   */
  public static ConfusionMatrix of(Map<String, Boolean> labels, Predicate<String> detector) {
    int truePositives = 0;
    int falsePositives = 0;
    int falseNegatives = 0;
    int trueNegatives = 0;
    for (Map.Entry<String, Boolean> label : labels.entrySet()) {
      boolean reported = detector.test(label.getKey());
      if (label.getValue()) {
        truePositives += reported ? 1 : 0;
        falseNegatives += reported ? 0 : 1;
      } else {
        falsePositives += reported ? 1 : 0;
        trueNegatives += reported ? 0 : 1;
      }
    }
    return new ConfusionMatrix(truePositives, falsePositives, falseNegatives, trueNegatives);
  }

  /** The share of what was reported that is anomalous; 0 if nothing was reported. */
  public double precision() {
    return ratio(truePositives, truePositives + falsePositives);
  }

  /** The share of what is anomalous that was reported; 0 if nothing is anomalous. */
  public double recall() {
    return ratio(truePositives, truePositives + falseNegatives);
  }

  /** The harmonic mean of precision and recall; 0 if both are. */
  public double f1() {
    return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
