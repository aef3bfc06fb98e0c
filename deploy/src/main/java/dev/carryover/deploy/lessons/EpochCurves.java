package dev.carryover.deploy.lessons;

import dev.carryover.training.report.Figure;
import dev.carryover.training.trainer.RunHistory;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Curves over the epochs of runs that are put side by side. */
final class EpochCurves {

  private EpochCurves() {}

  /** The loss on what was held back, with the target's tokens fed. */
  static Figure loss(List<TrainedModel> models) {
    return draw(
        models,
        "loss",
        "Loss under teacher forcing",
        "On the sources held back, after each epoch: the decoder is fed the right token at every step.",
        "nats per token",
        RunHistory.Epoch::validationLoss);
  }

  /** How often the model's own greedy answer is right. */
  static Figure sequencesRight(List<TrainedModel> models) {
    return draw(
        models,
        "free-running",
        "Free running: answers that are right",
        "On the sources held back, after each epoch: the decoder is fed what it wrote itself.",
        "%",
        epoch -> 100 * epoch.metrics().get("sequence_accuracy"));
  }

  /** How many tokens of the model's own greedy answer are right. */
  static Figure tokensRight(List<TrainedModel> models) {
    return draw(
        models,
        "free-running-tokens",
        "Free running: tokens that are right",
        "On the sources held back, after each epoch: 100 % less the edits to the right answer for each of its tokens.",
        "%",
        epoch -> 100 * (1 - epoch.metrics().get("phone_error_rate")));
  }

  private static Figure draw(
      List<TrainedModel> models,
      String id,
      String title,
      String caption,
      String unit,
      ToDoubleFunction<RunHistory.Epoch> value) {
    return new Figure.Lines(
        id,
        title,
        caption,
        "epoch",
        unit,
        false,
        models.stream()
            .map(
                trained -> {
                  List<RunHistory.Epoch> epochs = trained.history().epochs();
                  return new Figure.Series(
                      trained.name(),
                      epochs.stream().mapToDouble(RunHistory.Epoch::epoch).toArray(),
                      epochs.stream().mapToDouble(value).toArray(),
                      true);
                })
            .toList());
  }
}
