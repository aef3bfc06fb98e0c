package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.ResultTable.Column;
import dev.carryover.tests.bench.section.SectionResult;
import java.util.List;
import java.util.stream.Collectors;

/** The report as Markdown, with charts as files beside it. */
public final class MarkdownReport {
  private final StringBuilder text = new StringBuilder();

  private MarkdownReport() {}

  /**
   * The whole page.
   *
   * @param runs the sections in their order
   * @param charts whether there are drawings to refer to, at {@link ChartFile#path}
   */
  public static String of(List<SectionRun> runs, boolean charts) {
    MarkdownReport report = new MarkdownReport();
    report.text.append("# Benchmarks\n\n");
    runs.stream()
        .map(SectionRun::machine)
        .distinct()
        .forEach(machine -> report.paragraph(machine.toString()));
    ResultTable targets = TargetTable.of(runs);
    if (!targets.rows().isEmpty()) {
      report.text.append("## Targets\n\n");
      report.table(targets);
    }
    for (SectionRun run : runs) {
      report.section(run, charts);
    }
    return report.text.toString();
  }

  private void section(SectionRun run, boolean charts) {
    text.append("## ").append(run.title()).append("\n\n");
    run.warning().ifPresent(warning -> paragraph("**" + warning + "**"));
    if (run.failure() != null) {
      paragraph("**No figures: " + run.failure() + "**");
      paragraph(run.circumstances() + ".");
      return;
    }
    SectionResult result = run.result();
    result.method().forEach(this::paragraph);
    paragraph("%s. Flags `%s`.".formatted(run.circumstances(), String.join(" ", run.flags())));
    if (!result.facts().isEmpty()) {
      result.facts().forEach((name, value) -> text.append("- %s: %s%n".formatted(name, value)));
      text.append('\n');
    }
    result.tables().forEach(this::titledTable);
    for (int i = 0; charts && i < result.charts().size(); i++) {
      Chart chart = result.charts().get(i);
      paragraph("![%s](%s)".formatted(chart.title(), ChartFile.path(run.section(), i)));
    }
    if (!result.bounds().isEmpty()) {
      paragraph("What bounds it:");
      result.bounds().forEach(bound -> text.append("- ").append(bound).append('\n'));
      text.append('\n');
    }
  }

  private void paragraph(String paragraph) {
    text.append(paragraph).append("\n\n");
  }

  private void titledTable(ResultTable table) {
    paragraph("**" + table.title() + "**");
    table(table);
  }

  private void table(ResultTable table) {
    row(table.columns().stream().map(Column::name).toList());
    row(table.columns().stream().map(column -> column.numeric() ? "---:" : "---").toList());
    table.rows().forEach(this::row);
    text.append('\n');
  }

  private void row(List<String> cells) {
    text.append(
        cells.stream()
            .map(cell -> cell.replace("|", "\\|").replace("\n", " "))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }
}
