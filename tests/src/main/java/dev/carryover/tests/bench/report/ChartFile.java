package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.section.Chart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The drawings beside the Markdown page: {@code charts/step-1.png}. */
public final class ChartFile {
  private ChartFile() {}

  /** Where a section's chart is, from the page. */
  static String path(String section, int index) {
    return "charts/%s-%d.png".formatted(section, index + 1);
  }

  /** False on a machine without fonts, where there are no drawings. */
  public static boolean drawn() {
    return ChartDrawing.possible();
  }

  /** Draws all charts into a folder; nothing where the machine has no fonts. */
  public static void writeAll(List<SectionRun> runs, Path folder) throws IOException {
    if (!drawn()) {
      return;
    }
    for (SectionRun run : runs) {
      List<Chart> charts = run.result() == null ? List.of() : run.result().charts();
      for (int i = 0; i < charts.size(); i++) {
        Path file = folder.resolve(path(run.section(), i));
        Files.createDirectories(file.getParent());
        Files.write(file, ChartDrawing.png(charts.get(i), ChartColors.LIGHT));
      }
    }
  }
}
