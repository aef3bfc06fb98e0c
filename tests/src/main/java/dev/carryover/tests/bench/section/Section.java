package dev.carryover.tests.bench.section;

import java.util.List;
import java.util.Map;

/**
 * A part of the benchmarks' report: measures one thing beside its peers. It runs in a JVM of its
 * own, made with {@link #jvmFlags} and {@link #environment}, and checks every answer before it
 * times it.
 *
 * <p>Standard output and standard error of that JVM are shown to the user; what is measured comes
 * back as the result only.
 */
public interface Section {
  /** The name on the command line: lower-case letters. */
  String name();

  /** The heading in the report. */
  String title();

  /**
   * Flags of the JVM besides those that Carryover always starts with (the Vector API module, the
   * kernels' {@code CompileCommand}, the opens that Flink needs). A heap and a collector belong
   * here.
   */
  default List<String> jvmFlags() {
    return List.of("-Xmx2g", "-XX:+UseParallelGC");
  }

  /** Variables of the JVM's environment; {@code OMP_NUM_THREADS} is 1 unless said otherwise. */
  default Map<String, String> environment() {
    return Map.of();
  }

  /** What may be set with {@code --set section.option=value}. */
  default List<SectionOption> options() {
    return List.of();
  }

  /**
   * Measures.
   *
   * @return what was found
   * @throws IllegalStateException if an answer is wrong; the message names both values. Nothing of
   *     this section is shown then but the message, and the command ends with 1
   * @throws Exception if the section cannot run; treated alike
   */
  SectionResult run(BenchSettings settings, Progress progress) throws Exception;
}
