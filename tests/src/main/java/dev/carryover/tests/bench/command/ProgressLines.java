package dev.carryover.tests.bench.command;

import dev.carryover.tests.bench.section.Progress;
import java.io.PrintStream;
import java.util.Locale;

/** Progress as lines between two processes: {@code @expect 12}, {@code @step 64 keys}. */
final class ProgressLines implements Progress {
  private static final String EXPECT = "@expect ";
  private static final String STEP = "@step ";

  private final PrintStream out;

  ProgressLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void expect(int steps) {
    out.printf(Locale.ROOT, "%s%d%n", EXPECT, steps);
    out.flush();
  }

  @Override
  public void step(String what) {
    out.println(STEP + what.replace('\n', ' '));
    out.flush();
  }

  /** Passes a line on; false if it is none of these. */
  static boolean pass(String line, Progress to) {
    if (line.startsWith(EXPECT)) {
      to.expect(Integer.parseInt(line.substring(EXPECT.length())));
      return true;
    }
    if (line.startsWith(STEP)) {
      to.step(line.substring(STEP.length()));
      return true;
    }
    return false;
  }
}
