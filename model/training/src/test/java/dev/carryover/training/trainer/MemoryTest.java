package dev.carryover.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.model.spec.Cell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A training step allocates nothing that stays, on the Java heap or outside it. */
class MemoryTest {
  private static final int STEPS = 2_000;
  private static final int WARM_UP = 500;
  private static final long LARGEST_GROWTH_KB = 24 * 1024;
  private static final Path STATUS = Path.of("/proc/self/status");

  /** In a process of its own, whose heap is all there from the beginning. */
  @Test
  void memoryOfTheProcessDoesNotGrowOverTwoThousandSteps() throws Exception {
    assumeTrue(Files.exists(STATUS), "the memory of a process is read from /proc, which is absent");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xms192m",
            "-Xmx192m",
            "-XX:+AlwaysPreTouch",
            "-cp",
            System.getProperty("java.class.path"),
            Steps.class.getName());
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertThat(process.waitFor()).as(output).isZero();
    // One leaked [T*B, 4H] block a step would come to 256 MiB.
    assertThat(Long.parseLong(output.substring(output.lastIndexOf('\n') + 1)))
        .as("growth in KiB")
        .isLessThan(LARGEST_GROWTH_KB);
  }

  /** Prints by how many KiB the process has grown. */
  static final class Steps {
    private Steps() {}

    public static void main(String[] arguments) throws IOException {
      try (TrainingThroughput run =
          new TrainingThroughput(TrainingThroughput.Workload.of(Cell.LSTM, 16, 32, 16), 2)) {
        for (int i = 0; i < WARM_UP; i++) {
          run.step();
        }
        long before = residentKb();
        for (int i = 0; i < STEPS; i++) {
          run.step();
        }
        System.out.println(residentKb() - before);
      }
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
}
