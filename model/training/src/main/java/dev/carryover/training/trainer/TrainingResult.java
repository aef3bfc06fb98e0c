package dev.carryover.training.trainer;

import dev.carryover.model.file.ModelFile;
import java.util.Optional;

/**
 * What a run has led to.
 *
 * @param model the model of the best epoch, self-tested; empty for tasks that only run inside the
 *     training module (label), whose weights are in the state_dict alone
 * @param history what happened
 * @param bestLoss the validation loss of that epoch, for seq2seq the share of wrong answers, or the
 *     training loss without validation
 * @param interrupted whether it was stopped before its end, and can be resumed
 */
public record TrainingResult(
    Optional<ModelFile> model, RunHistory history, double bestLoss, boolean interrupted) {
  /**
   * The model of the best epoch.
   *
   * @throws IllegalStateException for a task whose model cannot be served
   */
  public ModelFile best() {
    return model.orElseThrow(
        () ->
            new IllegalStateException(
                "the task's model has no model file; take the weights from the state_dict"));
  }
}
