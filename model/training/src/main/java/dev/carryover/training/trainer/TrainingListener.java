package dev.carryover.training.trainer;

import java.nio.file.Path;
import java.time.Duration;

/** Is told how a run goes, on the training thread. */
public interface TrainingListener {
  /** Says nothing. */
  TrainingListener SILENT = new TrainingListener() {};

  /**
   * The run begins, or goes on.
   *
   * @param backend what computes
   * @param model what is trained, in one line
   * @param totalSteps about how many updates there will be
   */
  default void started(String backend, String model, long totalSteps) {}

  /** Something the user should know, in one line. */
  default void warning(String message) {}

  /**
   * The weights were updated.
   *
   * @param step what happened
   * @param totalSteps about how many updates there will be
   * @param left about how long the rest takes
   */
  default void step(RunHistory.Step step, long totalSteps, Duration left) {}

  /** An epoch is done. */
  default void epoch(RunHistory.Epoch epoch) {}

  /** A checkpoint was written. */
  default void checkpoint(Path path) {}
}
