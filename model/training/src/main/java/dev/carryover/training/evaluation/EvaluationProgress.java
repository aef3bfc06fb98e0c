package dev.carryover.training.evaluation;

/** Hears how far an evaluation is. Calls come one at a time, from any thread. */
@FunctionalInterface
public interface EvaluationProgress {
  /** Hears and says nothing. */
  EvaluationProgress SILENT = (done, total) -> {};

  /**
   * Called every now and then, and when all is done.
   *
   * @param done steps so far
   * @param total all steps
   */
  void advanced(long done, long total);
}
