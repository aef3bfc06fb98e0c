package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.model.spec.Attention;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.KernelProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A step allocates nothing, for every cell, with token and with feature input; neither does one of
 * encoder and decoder, for every attention.
 *
 * <p>Each kind of kernels is measured in a JVM of its own, as it runs in production: where vectors
 * of two widths have been used in one process, the compiler's type profiles of the Vector API hold
 * both, and it boxes vectors that it keeps in registers otherwise.
 *
 * <p>What the compiler makes of the Vector API of JDK 17 also depends on the order in which it
 * happens to compile; now and then a loop stays boxed in one process and not in the next. A step
 * that allocates by itself does so in every process: one of {@value #PROCESSES} that comes to zero
 * proves that it does not.
 */
class SteadyStateAllocationTest {
  private static final int PROCESSES = 3;

  /** The flag that the README advises: every kernel is compiled alone. */
  private static final String ALONE =
      "-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*";

  @Test
  void scalarStepsAllocateNothing() throws Exception {
    assertNothingAllocated(List.of(), KernelChoice.SCALAR);
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void vectorStepsAllocateNothing(int bits) throws Exception {
    int widest = widestVectors();
    assumeTrue(
        bits <= widest, "skipped: this CPU has vectors of %d bits at most".formatted(widest));
    List<String> flags = new ArrayList<>(TestingJvm.VECTORS);
    flags.add(ALONE);
    flags.add("-D" + KernelProvider.LANE_BITS + "=" + bits);
    assertNothingAllocated(flags, KernelChoice.SIMD);
  }

  /** The width that the runtime takes unless it is told another. */
  private static int widestVectors() {
    String name = KernelProvider.select(KernelChoice.SIMD).kernels().name();
    return Integer.parseInt(name.substring("simd".length()));
  }

  private static void assertNothingAllocated(List<String> flags, KernelChoice kernels)
      throws Exception {
    List<String> lines = new ArrayList<>();
    int exit = 1;
    for (int process = 0; process < PROCESSES && exit != 0; process++) {
      lines.clear();
      exit = TestingJvm.run(flags, lines, TestingAllocationMeter.class, kernels.toString());
    }
    assertThat(lines)
        .filteredOn(line -> line.contains("bytes in window"))
        .hasSize(5 * Equations.values().length + Attention.values().length)
        .allMatch(line -> line.contains(": 0 bytes in window "));
  }
}
