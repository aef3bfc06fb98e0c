package dev.carryover.deploy.demo;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how far a run is: a bar on a terminal, else a line for every tenth. Belongs to one thread.
 */
public final class Progress implements AutoCloseable {

  private final String task;
  private final long whole;
  private final PrintWriter lines;
  private final LinesAboveBar terminal;
  private final ProgressBar bar;
  private long tenths;

  private Progress(
      String task, long whole, PrintWriter lines, LinesAboveBar terminal, ProgressBar bar) {
    this.task = task;
    this.whole = whole;
    this.lines = lines;
    this.terminal = terminal;
    this.bar = bar;
  }

  /**
   * A display of a task that is {@code whole} when it is done.
   *
   * @param lines where the lines go
   */
  public static Progress of(String task, long whole, PrintWriter lines) {
    if (System.console() == null) {
      return new Progress(task, whole, lines, null, null);
    }
    LinesAboveBar terminal = new LinesAboveBar(System.err);
    ProgressBar bar =
        new ProgressBarBuilder()
            .setConsumer(terminal)
            .setTaskName(task)
            .setInitialMax(whole)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .showSpeed()
            .build();
    return new Progress(task, whole, lines, terminal, bar);
  }

  /** Shows that so much is done. */
  public void stepTo(long done) {
    if (bar != null) {
      bar.stepTo(done);
      return;
    }
    long reached = whole == 0 ? 10 : 10 * done / whole;
    if (reached > tenths) {
      tenths = reached;
      lines.printf("%s: %,d of %,d (%d %%)%n", task, done, whole, 10 * reached);
      lines.flush();
    }
  }

  /** Prints a line, above the bar if there is one. */
  public void line(String line) {
    if (terminal != null) {
      terminal.line(line, lines);
    } else {
      lines.println(line);
      lines.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
