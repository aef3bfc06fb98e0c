package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.model.spec.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A training step allocates nothing that stays, on the Java heap or outside it. */
class MemoryTest {
  private static final int STEPS = 2_000;
  private static final int WARM_UP = 200;
  private static final long LARGEST_GROWTH_KB = 32 * 1024;
  private static final Path STATUS = Path.of("/proc/self/status");

  @Test
  void memoryOfTheProcessDoesNotGrowOverTwoThousandSteps() throws IOException {
    assumeTrue(Files.exists(STATUS), "the memory of a process is read from /proc, which is absent");
    // One leaked [T*B, 4H] block a step would come to 256 MiB.
    try (TrainingThroughput run = new TrainingThroughput(Cell.LSTM, 16, 32, 16, 2)) {
      for (int i = 0; i < WARM_UP; i++) {
        run.step();
      }
      touchTheWholeHeap();
      long before = residentKb();
      for (int i = 0; i < STEPS; i++) {
        run.step();
      }
      assertThat(residentKb() - before).isLessThan(LARGEST_GROWTH_KB);
    }
  }

  /** Fills the young generation once, so that ordinary garbage adds no pages later. */
  private static void touchTheWholeHeap() {
    long kept = 0;
    for (long bytes = 0; bytes < 2 * Runtime.getRuntime().totalMemory(); bytes += 1 << 20) {
      kept += new byte[1 << 20].length;
    }
    assertThat(kept).isPositive();
  }

  private static long residentKb() throws IOException {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
