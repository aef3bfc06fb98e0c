package dev.carryover.training.transduction;

import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingListener;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import dev.carryover.training.trainer.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Trains one model of the task seq2seq, as {@link TrainingRun} says, and leaves it in a folder.
 * Which weights are best, and when training stops, is decided by the share of wrong answers that
 * they give greedily to what was held back.
 *
 * <pre>{@code
 * PairData data = PairReader.read(List.of(Path.of("words.tsv")), PairOptions.DEFAULTS);
 * TrainingResult result =
 *     Seq2SeqTrainer.train(plan, data, Path.of("run"), TrainingListener.SILENT);
 * Seq2SeqModel model = Seq2SeqModel.load(result.best());
 * }</pre>
 */
public final class Seq2SeqTrainer {
  private Seq2SeqTrainer() {}

  /**
   * The model that a plan makes for data.
   *
   * @throws IllegalArgumentException when the two do not fit
   */
  public static ModelConfig config(TrainingPlan plan, PairData data) {
    plan.checkTask(Task.SEQ2SEQ);
    return ModelConfig.builder()
        .modelId(plan.modelId())
        .task(Task.SEQ2SEQ)
        .cell(plan.cell())
        .gruReset(plan.gruReset())
        .vocabulary(data.sources())
        .embeddingSize(plan.embeddingSize())
        .hiddenSize(plan.hiddenSize())
        .layers(plan.layers())
        .encoderDecoder(
            EncoderDecoder.to(data.targets())
                .withEncoderHiddenSize(plan.encoderHiddenSize())
                .withBidirectionalEncoder(plan.bidirectionalEncoder())
                .withAttention(plan.attention())
                .withAttentionSize(plan.attentionSize())
                .withMaximumOutputLength(plan.maximumOutputLength()))
        .build();
  }

  /**
   * Trains a model from the beginning.
   *
   * @param folder where everything is left; made when absent
   * @throws TrainingException when the folder holds a run, or the loss is no number
   * @throws IOException when a file cannot be written; checkpoints that stand there stay whole
   * @throws IllegalArgumentException when plan and data do not fit
   * @throws IllegalStateException when the backend of this build cannot run here
   */
  public static TrainingResult train(
      TrainingPlan plan, PairData data, Path folder, TrainingListener listener)
      throws IOException, TrainingException {
    return TrainingRun.train(
        plan, data.digest(), () -> new PairLearner(plan, data), folder, listener);
  }

  /**
   * Goes on with a run from its last checkpoint; what comes out is what would have come out without
   * the stop.
   *
   * @param plan the plan of the run; it may have more epochs
   * @throws TrainingException when the run had another plan or other data, or the loss is no number
   * @throws IOException when there is no whole checkpoint, or a file cannot be written
   */
  public static TrainingResult resume(
      TrainingPlan plan, PairData data, Path folder, TrainingListener listener)
      throws IOException, TrainingException {
    return TrainingRun.resume(
        plan, data.digest(), () -> new PairLearner(plan, data), folder, listener);
  }
}
