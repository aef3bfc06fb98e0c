package dev.carryover.tests.bench.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.schemas.StatePolicy;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark times gives every event one inference; how fast is not asked here. */
class SwapBenchmarkITCase {
  private static final int RATE = 2_000;

  @TempDir private Path folder;

  @Test
  void aSwapAtOnceLosesAndDoublesNothing() throws Exception {
    SwapRecord record =
        SwapBenchmark.swap(
            folder,
            16,
            SwapBenchmark.load(100, RATE, 3),
            StatePolicy.REPLAY,
            SwapBenchmark.AT_ONCE,
            1);
    assertThat(record.firstOfNewModel()).isGreaterThan(0);
    assertThat(record.percentile(1, 0.99)).isPositive();
  }

  @Test
  void aSwapAtAnEventTimeFallsOnTheEventOfThatTime() throws Exception {
    SwapRecord record =
        SwapBenchmark.swap(
            folder, 16, SwapBenchmark.load(100, RATE, 3), StatePolicy.CARRY, 2 * RATE, 1);
    assertThat(record.firstOfNewModel()).isEqualTo(2 * RATE);
  }
}
