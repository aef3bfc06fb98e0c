package dev.carryover.tests.bench.command;

import dev.carryover.tests.bench.decoding.DecodingSection;
import dev.carryover.tests.bench.history.HistorySection;
import dev.carryover.tests.bench.latency.LatencySection;
import dev.carryover.tests.bench.operator.OperatorBenchmark;
import dev.carryover.tests.bench.pipeline.WholeJobSection;
import dev.carryover.tests.bench.section.Section;
import dev.carryover.tests.bench.state.StateSection;
import dev.carryover.tests.bench.step.StepSection;
import dev.carryover.tests.bench.swap.SwapSection;
import dev.carryover.tests.bench.training.TrainingSection;
import java.util.List;
import java.util.stream.Collectors;

/** All sections, in the order of the report. */
final class Sections {
  private static final List<Section> ALL =
      List.of(
          new StepSection(),
          new OperatorBenchmark(),
          new WholeJobSection(),
          new LatencySection(),
          new HistorySection(),
          new StateSection(),
          new SwapSection(),
          new DecodingSection(),
          new TrainingSection());

  private Sections() {}

  static List<Section> all() {
    return ALL;
  }

  /**
   * A section by its name.
   *
   * @throws IllegalArgumentException if there is none; the message lists them
   */
  static Section named(String name) {
    return ALL.stream()
        .filter(section -> section.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no section '%s'; choose among %s".formatted(name, names())));
  }

  static String names() {
    return ALL.stream().map(Section::name).collect(Collectors.joining(", "));
  }
}
