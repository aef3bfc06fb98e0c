package dev.carryover.tests.bench.section;

import java.util.List;
import java.util.Locale;

/** How figures are gathered and written: medians, and as many digits as mean something. */
public final class Figures {
  private Figures() {}

  /**
   * Middle of the samples, or the mean of the two in the middle.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static double median(List<Double> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("no samples have no median; measure at least once");
    }
    double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Two digits after the point below 10, one above, none from 1,000 on, with thousands apart. */
  public static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double magnitude = Math.abs(value);
    String format = magnitude < 10 ? "%.2f" : magnitude < 1000 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, value);
  }

  /** A ratio, such as 1.25x. */
  public static String ratio(double value) {
    return Double.isNaN(value) ? "–" : number(value) + "x";
  }

  /** A share of one, such as 85 %. */
  public static String share(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.0f %%", 100 * value);
  }
}
