package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.Target;
import java.util.List;

/** All targets of all sections, with what became of them. */
final class TargetTable {
  private TargetTable() {}

  static ResultTable of(List<SectionRun> runs) {
    ResultTable.Builder table =
        ResultTable.titled("Targets")
            .words("section", "what")
            .numbers("measured", "goal")
            .words("");
    for (SectionRun run : runs) {
      List<Target> targets = run.result() == null ? List.of() : run.result().targets();
      for (Target target : targets) {
        table.row(
            run.section(),
            target.what(),
            target.measuredText(),
            target.goalText(),
            switch (target.outcome()) {
              case MET -> "met";
              case NOT_MET -> "not met";
              case NOT_MEASURED -> "not measured";
            });
      }
    }
    return table.build();
  }
}
