package dev.carryover.training.evaluation;

import java.util.Map;
import java.util.function.Predicate;

/**
 * How a detector's verdicts on keys compare with their labels; positive means anomalous.
 *
 * @param detector its name, as it stands in a table
 * @param found anomalous and reported
 * @param falseAlarms normal, but reported
 * @param missed anomalous, but not reported
 * @param quiet normal and not reported
 */
public record Detection(String detector, int found, int falseAlarms, int missed, int quiet) {
  /**
   * Counts the verdicts of a detector.
   *
   * @param labels what each key really is; true = anomalous
   * @param reports whether the detector reports a key
   */
  public static Detection of(
      String detector, Map<String, Boolean> labels, Predicate<String> reports) {
    int found = 0;
    int falseAlarms = 0;
    int missed = 0;
    int quiet = 0;
    for (Map.Entry<String, Boolean> label : labels.entrySet()) {
      boolean reported = reports.test(label.getKey());
      if (label.getValue()) {
        found += reported ? 1 : 0;
        missed += reported ? 0 : 1;
      } else {
        falseAlarms += reported ? 1 : 0;
        quiet += reported ? 0 : 1;
      }
    }
    return new Detection(detector, found, falseAlarms, missed, quiet);
  }

  /** The share of what was reported that is anomalous; 0 if nothing was reported. */
  public double precision() {
    return ratio(found, found + falseAlarms);
  }

  /** The share of what is anomalous that was reported; 0 if nothing is anomalous. */
  public double recall() {
    return ratio(found, found + missed);
  }

  /** The harmonic mean of precision and recall; 0 if both are. */
  public double f1() {
    return ratio(2 * found, 2 * found + falseAlarms + missed);
  }

  /** The share of normal keys that were reported; 0 if none is normal. */
  public double falseAlarmRate() {
    return ratio(falseAlarms, falseAlarms + quiet);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
