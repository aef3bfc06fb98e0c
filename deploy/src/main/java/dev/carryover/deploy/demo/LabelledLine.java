package dev.carryover.deploy.demo;

import java.util.Locale;

/** Lines for the terminal that begin with what they are about, in a column of its own. */
public final class LabelledLine {

  private LabelledLine() {}

  /**
   * A line, with the line feed at its end.
   *
   * @param label what it is about; empty if that is said in a line above
   * @param format the rest, as {@link String#format} has it
   */
  public static String of(String label, String format, Object... values) {
    return String.format(
        Locale.ROOT, "%-10s %s\n", label, String.format(Locale.ROOT, format, values));
  }
}
