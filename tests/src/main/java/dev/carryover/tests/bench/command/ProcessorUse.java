package dev.carryover.tests.bench.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * How many processors others keep busy: what the system counts less what this process and its ended
 * children used. Unknown where there is no {@code /proc}.
 */
final class ProcessorUse {
  private static final Path PROC = Path.of("/proc");
  private static final double TICKS_PER_SECOND = 100;

  private final double ticks;
  private final long nanos;

  private ProcessorUse(double ticks, long nanos) {
    this.ticks = ticks;
    this.nanos = nanos;
  }

  static ProcessorUse now() {
    return new ProcessorUse(ticksOfOthers(PROC), System.nanoTime());
  }

  /** Processors that others used since then; NaN if unknown. */
  double since(ProcessorUse earlier) {
    return (ticks - earlier.ticks) / TICKS_PER_SECOND / ((nanos - earlier.nanos) / 1e9);
  }

  /** The load average of the last minute; NaN if unknown. */
  static double loadAverage() {
    try {
      return Double.parseDouble(Files.readString(PROC.resolve("loadavg")).split(" ")[0]);
    } catch (IOException | NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** User, nice, system, interrupts and stolen of all, less those of this process and children. */
  static double ticksOfOthers(Path proc) {
    try {
      List<String> all = fields(Files.readString(proc.resolve("stat")).lines().findFirst().get());
      double busy = 0;
      for (int field : new int[] {1, 2, 3, 6, 7, 8}) {
        busy += Double.parseDouble(all.get(field));
      }
      String self = Files.readString(proc.resolve("self/stat"));
      // The name of the program stands in brackets and may hold blanks.
      List<String> own = fields(self.substring(self.lastIndexOf(')') + 1).strip());
      for (int field = 11; field <= 14; field++) {
        busy -= Double.parseDouble(own.get(field));
      }
      return busy;
    } catch (IOException | RuntimeException e) {
      return Double.NaN;
    }
  }

  private static List<String> fields(String line) {
    return Arrays.asList(line.split(" +"));
  }
}
