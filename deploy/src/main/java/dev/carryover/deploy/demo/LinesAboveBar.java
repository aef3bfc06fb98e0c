package dev.carryover.deploy.demo;

import java.io.PrintStream;
import java.io.PrintWriter;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;

/**
 * The last line of a terminal, where a bar is drawn, and lines that are printed above it. Safe for
 * use by several threads: the bar draws itself from one of its own.
 */
final class LinesAboveBar extends ConsoleProgressBarConsumer {

  private final PrintStream terminal;
  private String bar = "";

  LinesAboveBar(PrintStream terminal) {
    super(terminal);
    this.terminal = terminal;
  }

  @Override
  public synchronized void accept(String text) {
    bar = text;
    super.accept(text);
  }

  /** Prints a line to {@code out}, which is shown on the same terminal. */
  synchronized void line(String line, PrintWriter out) {
    terminal.print('\r' + " ".repeat(Math.min(bar.length(), getMaxRenderedLength())) + '\r');
    terminal.flush();
    out.println(line);
    out.flush();
    super.accept(bar);
  }
}
