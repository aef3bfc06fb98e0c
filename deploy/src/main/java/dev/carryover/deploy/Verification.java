package dev.carryover.deploy;

import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.runtime.verify.RecordedCases;
import dev.carryover.runtime.verify.RecordedCasesException;
import dev.carryover.runtime.verify.RecordedTransduction;
import dev.carryover.runtime.verify.Recording;
import dev.carryover.runtime.verify.Replay;
import dev.carryover.runtime.verify.ReplayReport;
import dev.carryover.runtime.verify.TransductionReplay;
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

  /**
   * Loads a model and replays what was recorded of it.
   *
   * @throws IllegalArgumentException if the model cannot be stepped
   * @throws IllegalStateException if the kernels asked for cannot be had
   */
  static Verification of(
      ModelFile file, Recording recording, RuntimeOptions options, double tolerance)
      throws RecordedCasesException {
    boolean transduces = file.config().task() == Task.SEQ2SEQ;
    if (transduces && recording instanceof RecordedTransduction transduction) {
      return new Verification(
          TransductionReplay.run(Seq2SeqModel.load(file, options), transduction), tolerance);
    }
    if (!transduces && recording instanceof RecordedCases steps) {
      return new Verification(Replay.run(RecurrentModel.load(file, options), steps), tolerance);
    }
    throw new IllegalArgumentException(
        "%s is a recording of %s, and model %s has the task %s; use the recording of this model"
            .formatted(
                recording.source(),
                transduces ? "steps" : "a transduction",
                file.config().modelId(),
                file.config().task()));
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
