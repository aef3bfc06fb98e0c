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
  private final ProgressBar bar;
  private long tenths;

  private Progress(String task, long whole, PrintWriter lines, ProgressBar bar) {
    this.task = task;
    this.whole = whole;
    this.lines = lines;
    this.bar = bar;
  }

  /**
   * A display of a task that is {@code whole} when it is done.
   *
   * @param lines where the lines go when there is no terminal
   */
  public static Progress of(String task, long whole, PrintWriter lines) {
    ProgressBar bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(whole)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build();
    return new Progress(task, whole, lines, bar);
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

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
