package dev.carryover.training.report;

import java.util.List;
import java.util.Locale;

/** Numbers as block characters, for terminals. */
final class BlockText {
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final int LONGEST_LABEL = 24;

  private BlockText() {}

  /** A line per step under a heading that says what the characters mean. */
  static String table(
      String description, StateTrace.Plane plane, List<StateTrace.Step> steps, int width) {
    if (width < 1) {
      throw new IllegalArgumentException(
          "the units have a width of " + width + " characters; it is at least 1");
    }
    int units = plane.values()[0].length;
    int group = (units + width - 1) / width;
    boolean signed = plane.scale() == Figure.Scale.SIGNED;
    double high = signed ? limit(plane.values()) : 1;
    double low = signed ? -high : 0;
    int label = Math.max(5, steps.stream().mapToInt(step -> label(step).length()).max().orElse(0));
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s of layer %d: %s from %.3g (%c) to %.3g (%c)%n",
            description,
            plane.layer(),
            group == 1 ? units + " units" : units + " units, " + group + " to a character,",
            low,
            BLOCKS.charAt(0),
            high,
            BLOCKS.charAt(BLOCKS.length() - 1)));
    text.append(
        String.format(
            Locale.ROOT, "%5s  %-" + label + "s  %6s  %5s%n", "step", "input", "nats", "rank"));
    for (int t = 0; t < steps.size(); t++) {
      StateTrace.Step step = steps.get(t);
      text.append(
          String.format(
              Locale.ROOT,
              "%5d  %-" + label + "s  %6s  %5s  ",
              t,
              label(step),
              Float.isNaN(step.surprisal())
                  ? ""
                  : String.format(Locale.ROOT, "%.2f", step.surprisal()),
              step.rank() < 0 ? "" : step.rank()));
      float[] values = plane.values()[t];
      for (int from = 0; from < units; from += group) {
        text.append(block(furthest(values, from, Math.min(units, from + group)), low, high));
      }
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String label(StateTrace.Step step) {
    return label(step.input(), LONGEST_LABEL);
  }

  /** A token to be read beside others: escaped, its spaces visible, cut when it is too long. */
  static String label(String token, int longest) {
    String text = printable(token).replace(' ', '␣');
    return text.codePointCount(0, text.length()) <= longest
        ? text
        : text.substring(0, text.offsetByCodePoints(0, longest - 1)) + "…";
  }

  /** A text in which what cannot be seen, and what XML cannot hold, is written as an escape. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> printable.append("\\n");
                case '\r' -> printable.append("\\r");
                case '\t' -> printable.append("\\t");
                default -> {
                  boolean hidden =
                      Character.isISOControl(c)
                          || Character.getType(c) == Character.SURROGATE
                          || (c & 0xFFFE) == 0xFFFE;
                  if (hidden) {
                    printable.append(String.format(Locale.ROOT, "\\u%04x", c));
                  } else {
                    printable.appendCodePoint(c);
                  }
                }
              }
            });
    return printable.toString();
  }

  private static double limit(float[][] values) {
    double limit = 1e-6;
    for (float[] row : values) {
      for (float value : row) {
        limit = Float.isFinite(value) ? Math.max(limit, Math.abs(value)) : limit;
      }
    }
    return limit;
  }

  private static float furthest(float[] values, int from, int to) {
    float furthest = 0;
    for (int i = from; i < to; i++) {
      if (Math.abs(values[i]) > Math.abs(furthest)) {
        furthest = values[i];
      }
    }
    return furthest;
  }

  /** The block of a value; values outside the range have that of its end. */
  static char block(double value, double low, double high) {
    double share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    return BLOCKS.charAt((int) Math.round(share * (BLOCKS.length() - 1)));
  }
}
