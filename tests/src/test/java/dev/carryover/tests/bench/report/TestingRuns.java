package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.report.SectionRun.Load;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import java.util.List;
import java.util.Map;

/** Runs with one of everything. */
final class TestingRuns {
  static final Machine MACHINE =
      new Machine("Some <CPU>", 2, List.of("L1 data 48 KiB"), "Linux amd64", "Some VM 17");

  private TestingRuns() {}

  static SectionRun good() {
    return run("alpha", new Load(0.1, 0.02), null, result());
  }

  static SectionRun busy() {
    return run("busy", new Load(3.5, Double.NaN), null, result());
  }

  static SectionRun failed() {
    return run("beta", new Load(0, 0), "A gives 1 where B gives 2; nothing was timed", null);
  }

  private static SectionRun run(String name, Load load, String failure, SectionResult result) {
    return new SectionRun(
        name,
        "Section " + name,
        "2026-01-31 12:00",
        90,
        "1a2b3c4",
        MACHINE,
        load,
        List.of("-Xmx1g"),
        false,
        3,
        Map.of("keys", "10"),
        failure,
        result);
  }

  private static SectionResult result() {
    return SectionResult.builder()
        .method("What was measured, with `code` & <marks>, *marked*.")
        .table(
            ResultTable.titled("µs per row")
                .words("cell")
                .numbers("B", "time")
                .row("gru|lstm", 32, "0.25")
                .build())
        .chart(
            Chart.lines("Curves", "H", "µs")
                .logarithmicX()
                .logarithmicY()
                .curve("one", new double[] {64, 128, 256}, new double[] {0.2, Double.NaN, 3.5})
                .curve("two", new double[] {64, 128, 256}, new double[] {1, 2, 300})
                .build())
        .chart(
            Chart.bars("Bars", "keys", "events/s", List.of("1 k", "1 M"))
                .bars("heap", 2_000_000, Double.NaN)
                .bars("RocksDB", 200_000, 100_000)
                .build())
        .target(Target.atLeast("fast enough", 8.04, 8, Target.Unit.TIMES))
        .target(Target.atMost("small enough", 1.301, 1.3, Target.Unit.TIMES))
        .target(Target.atLeast("wide enough", Double.NaN, 0.85, Target.Unit.SHARE))
        .bound("The cache.")
        .fact("kernels", "simd512")
        .raw("samples", List.of(1.5, 2.5))
        .build();
  }
}
