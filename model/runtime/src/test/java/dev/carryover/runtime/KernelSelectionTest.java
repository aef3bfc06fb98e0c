package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.runtime.TestingModels.Equations;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which kernels a process takes is decided by its flags, said in one line, and no matter. */
class KernelSelectionTest {
  private static final String MISSING =
      "the module jdk.incubator.vector is not there: start the JVM with"
          + " --add-modules jdk.incubator.vector (several times faster)";

  @Test
  void withoutTheModuleScalarKernelsRunAndTheReasonNamesTheFlag() throws Exception {
    List<String> lines = TestingJvm.run(List.of(), TestingProcessReport.class);
    assertThat(lines)
        .containsExactly(
            "simd: kernels 'simd' were asked for, but " + MISSING + "; or ask for 'auto'",
            "auto: scalar, scalar kernels: " + MISSING,
            "scalar: scalar, scalar kernels, as asked for");
  }

  @Test
  void theWidthOfVectorsCanBeForced() throws Exception {
    assertThat(report("-Dcarryover.simd.bits=128"))
        .containsExactly(
            "simd: simd128, simd128 kernels on jdk.incubator.vector",
            "auto: simd128, simd128 kernels on jdk.incubator.vector",
            "scalar: scalar, scalar kernels, as asked for");
  }

  @Test
  void aWidthThatIsNoneIsRefusedWithItsName() throws Exception {
    for (String bits : List.of("64", "1024", "wide", "")) {
      String refusal =
          "the system property carryover.simd.bits is '%s', which is no width of vectors:"
                  .formatted(bits)
              + " use 128, 256 or 512, or leave it out";
      assertThat(report("-Dcarryover.simd.bits=" + bits))
          .containsExactly(
              "simd: " + refusal,
              "auto: " + refusal,
              "scalar: scalar, scalar kernels, as asked for");
    }
  }

  @Test
  void processesWithAndWithoutVectorsGiveTheSameBits() throws Exception {
    List<String> scalar = TestingJvm.run(List.of(), TestingProcessReport.class, "auto");
    List<String> vector = TestingJvm.run(TestingJvm.VECTORS, TestingProcessReport.class, "simd");
    assertThat(scalar).hasSize(3 + Equations.values().length);
    assertThat(vector.subList(3, vector.size())).isEqualTo(scalar.subList(3, scalar.size()));
  }

  private static List<String> report(String property) throws Exception {
    return TestingJvm.run(
        List.of(TestingJvm.VECTORS.get(0), TestingJvm.VECTORS.get(1), property),
        TestingProcessReport.class);
  }
}
