package dev.carryover.deploy.cutover;

import java.util.Locale;

/**
 * Bars by the hour as text: a column an hour, a mark for so many, the digit being the revision.
 * Those of the first revision stand below those of the second.
 */
final class HourChart {

  private static final int ROWS = 6;
  private static final int AXIS_EVERY = 6;

  private HourChart() {}

  /**
   * Draws.
   *
   * @param title what is counted
   * @param first of revision 1, by hour
   * @param second of revision 2, for the same hours
   * @param cutoverHour the hour that is marked
   */
  static String text(String title, int[] first, int[] second, int cutoverHour) {
    int highest = 1;
    for (int hour = 0; hour < first.length; hour++) {
      highest = Math.max(highest, first[hour] + second[hour]);
    }
    int unit = unit(highest);
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT, "%s (a mark = up to %,d, by revision %d or %d)\n", title, unit, 1, 2));
    int rows = 1;
    for (int hour = 0; hour < first.length; hour++) {
      rows = Math.max(rows, marks(first[hour], unit) + marks(second[hour], unit));
    }
    for (int row = rows; row >= 1; row--) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%8s |", ""));
      for (int hour = 0; hour < first.length; hour++) {
        int ones = marks(first[hour], unit);
        int all = ones + marks(second[hour], unit);
        line.append(row <= ones ? '1' : row <= all ? '2' : ' ');
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    StringBuilder rule = new StringBuilder("-".repeat(first.length));
    rule.setCharAt(Math.min(cutoverHour, first.length - 1), '^');
    text.append(String.format(Locale.ROOT, "%8s +%s  (^ the cutover)\n", "", rule));
    StringBuilder axis = new StringBuilder();
    for (int hour = 0; hour < first.length; hour += AXIS_EVERY) {
      axis.append(String.format(Locale.ROOT, "%-" + AXIS_EVERY + "d", hour));
    }
    text.append(String.format(Locale.ROOT, "%8s  %s h\n", "", axis.toString().stripTrailing()));
    return text.toString();
  }

  /** The least of 1, 2, 5, 10, 20 ... of which so many rows reach the highest. */
  private static int unit(int highest) {
    int unit = 1;
    for (int step = 0; (long) unit * ROWS < highest; step++) {
      unit = step % 3 == 1 ? unit / 2 * 5 : unit * 2;
    }
    return unit;
  }

  private static int marks(int count, int unit) {
    return (count + unit - 1) / unit;
  }
}
