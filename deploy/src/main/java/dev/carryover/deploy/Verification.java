package dev.carryover.deploy;

import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.verify.RecordedCases;
import dev.carryover.runtime.verify.RecordedCasesException;
import dev.carryover.runtime.verify.Replay;
import dev.carryover.runtime.verify.ReplayReport;
import dev.carryover.runtime.verify.VectorError;
import java.util.Locale;

/**
 * A replay held against a tolerance, as text.
 *
 * @param report what the replay found
 * @param tolerance the largest relative error that passes
 */
record Verification(ReplayReport report, double tolerance) {

  static final double DEFAULT_TOLERANCE = 1e-5;

  static Verification of(RecurrentModel model, RecordedCases cases, double tolerance)
      throws RecordedCasesException {
    return new Verification(Replay.run(model, cases), tolerance);
  }

  boolean passed() {
    return report.within(tolerance);
  }

  /** One line: passed or not, by how much, and where it is worst. */
  String verdict() {
    VectorError worst = report.worst();
    return String.format(
        Locale.ROOT,
        "%s: largest relative error %.2e (%s, step %d), tolerance %.0e, %d steps, kernels %s",
        passed() ? "PASS" : "FAIL",
        worst.relative(),
        worst.vector(),
        worst.step(),
        tolerance,
        report.steps(),
        report.kernels());
  }

  /** A row for each vector. */
  String table() {
    TextTable table =
        new TextTable("vector", "relative error", "absolute error", "worst step", "steps");
    for (VectorError error : report.errors()) {
      table.row(
          error.vector(),
          String.format(Locale.ROOT, "%.2e", error.relative()),
          String.format(Locale.ROOT, "%.2e", error.absolute()),
          Integer.toString(error.step()),
          Integer.toString(error.steps()));
    }
    return table.toString();
  }
}
