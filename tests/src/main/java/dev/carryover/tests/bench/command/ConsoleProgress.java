package dev.carryover.tests.bench.command;

import dev.carryover.tests.bench.section.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a section is: a bar on a terminal, else a line a step. */
final class ConsoleProgress implements Progress, AutoCloseable {
  private final String section;
  private final boolean terminal;
  private final PrintWriter out;
  private final long begin = System.nanoTime();
  private int expected;
  private int begun;
  private ProgressBar bar;

  ConsoleProgress(String section, boolean terminal, PrintWriter out) {
    this.section = section;
    this.terminal = terminal;
    this.out = out;
  }

  @Override
  public void expect(int steps) {
    expected = steps;
    if (terminal && bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(section)
              .setInitialMax(steps)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(500)
              .build();
    }
  }

  @Override
  public void step(String what) {
    begun++;
    if (bar != null) {
      // What begins is not done yet.
      bar.stepTo(begun - 1);
      bar.setExtraMessage(" " + what);
      return;
    }
    Duration passed = Duration.ofNanos(System.nanoTime() - begin);
    out.printf(
        "%s [%d/%d] %d:%02d %s%n",
        section, begun, expected, passed.toMinutes(), passed.toSecondsPart(), what);
    out.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.stepTo(expected);
      bar.close();
    }
  }
}
