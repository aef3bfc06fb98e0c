package dev.carryover.deploy.lessons;

import dev.carryover.model.spec.Attention;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.IOException;

/**
 * Two models of the same sizes, trained on the same data for as many updates: one without
 * attention, one with.
 *
 * @param without attention
 * @param with attention
 */
record AttentionPair(TrainedModel without, TrainedModel with) {

  /**
   * Trains both.
   *
   * @throws IllegalArgumentException when the recipe has no attention
   */
  static AttentionPair train(LessonRun run, PairData data)
      throws IOException, TrainingException, InterruptedException {
    TrainingPlan plan = run.plan();
    if (plan.attention() == Attention.NONE) {
      throw new IllegalArgumentException(
          "training.attention is none, and the lesson compares a model with attention to one without; say additive, dot or general");
    }
    TrainingPlan without = plan.with("attention-size", 0).with("attention", "none");
    return new AttentionPair(
        run.train("without attention", "without-attention", without, data),
        run.train("with attention", "with-attention", plan, data));
  }

  /** What was trained, in one line. */
  String summary() {
    return "%s, encoder of %d x %d%s, decoder of %d x %d, seed %d; %,d parameters without attention, %,d with (%s)"
        .formatted(
            with.plan().cell(),
            with.plan().layers(),
            with.model().config().encoderDecoder().encoderHiddenSize(),
            with.plan().bidirectionalEncoder() ? " in two directions" : "",
            with.plan().layers(),
            with.plan().hiddenSize(),
            with.plan().seed(),
            without.history().parameters(),
            with.history().parameters(),
            with.plan().attention());
  }
}
