package dev.carryover.deploy.lessons;

import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingPlan;

/**
 * What was trained for a lesson.
 *
 * @param name in tables and legends
 * @param plan how it was trained
 * @param history of the run
 * @param model of the best epoch
 */
record TrainedModel(String name, TrainingPlan plan, RunHistory history, Seq2SeqModel model) {

  /** The last epoch of the run. */
  RunHistory.Epoch lastEpoch() {
    return history.epochs().get(history.epochs().size() - 1);
  }
}
