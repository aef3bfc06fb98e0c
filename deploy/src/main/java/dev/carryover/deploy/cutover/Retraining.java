package dev.carryover.deploy.cutover;

import dev.carryover.deploy.cutover.EndedSequences.Ended;
import dev.carryover.deploy.training.TrainingProgress;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.UnknownTokenPolicy;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.evaluation.AlertCalibration;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.ScoredSequence;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.Trainer;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingListener;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Trains a model of the same id, vocabulary and size as another on other sequences, and gives both
 * alert thresholds that can be compared. A quarter of the blocks is held back for that.
 *
 * <p>Belongs to one thread.
 */
final class Retraining {

  /**
   * The share of sequences that are to alert, of the anomalous and the normal together: nobody has
   * labelled the hours that are trained on.
   */
  static final double ALERT_RATE = 0.05;

  private static final int ONE_OF = 4;
  private static final int FEWEST_SEQUENCES = 100;
  private static final int EPOCHS_A_LINE = 10;

  private final ModelFile first;
  private final TrainingData data;

  /**
   * @param first the model that is to be replaced
   * @param sequences to train and to calibrate on
   * @throws IllegalArgumentException if there are too few
   */
  Retraining(ModelFile first, List<Ended> sequences) {
    if (sequences.size() < FEWEST_SEQUENCES) {
      throw new IllegalArgumentException(
          "only %,d sequences have ended when training is to begin, and at least %d are needed; give a later --swap-at, or another --gap"
              .formatted(sequences.size(), FEWEST_SEQUENCES));
    }
    this.first = first;
    this.data = data(first.config().vocabulary(), sequences);
  }

  private static TrainingData data(Vocabulary vocabulary, List<Ended> sequences) {
    List<TrainingSequence> training = new ArrayList<>();
    List<TrainingSequence> heldBack = new ArrayList<>();
    MessageDigest digest = sha256();
    for (Ended sequence : sequences) {
      int[] tokens =
          sequence.tokens().stream()
              .mapToInt(token -> vocabulary.id(token, UnknownTokenPolicy.MAP))
              .toArray();
      // By block, so that no block is on both sides.
      boolean held = Math.floorMod(sequence.block().hashCode(), ONE_OF) == 0;
      (held ? heldBack : training).add(TrainingSequence.ofTokens(sequence.block(), tokens));
      digest.update((sequence + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return TrainingData.builder()
        .task(Task.NEXT_TOKEN)
        .vocabulary(vocabulary)
        .training(training)
        .validation(heldBack)
        .digest(HexFormat.of().formatHex(digest.digest()))
        .build();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** How many sequences are trained on. */
  int trainedOn() {
    return data.training().size();
  }

  /** How many are held back. */
  int heldBack() {
    return data.validation().size();
  }

  /**
   * A model with alert thresholds that let the stated share of what is held back alert, at most.
   */
  ModelFile calibrated(ModelFile model) {
    return AlertCalibration.calibrate(
            ScoredSequence.score(
                RecurrentModel.load(model), data.validation(), EvaluationOptions.DEFAULTS),
            data.vocabulary(),
            ALERT_RATE)
        .store(model);
  }

  /**
   * Trains.
   *
   * @param folder where the run is left
   * @param out where it is shown
   * @throws InterruptedException if the process is asked to end
   * @throws TrainingException if the loss is no number
   * @throws IOException if a file cannot be written
   */
  ModelFile train(int epochs, Path folder, PrintWriter out)
      throws IOException, TrainingException, InterruptedException {
    ModelConfig config = first.config();
    TrainingPlan plan =
        TrainingPlan.DEFAULTS
            .with("model-id", config.modelId())
            .with("embedding-size", config.inputSize())
            .with("hidden-size", config.hiddenSize())
            .with("epochs", epochs)
            .with("schedule", "cosine")
            .with("schedule-factor", 0.05);
    TrainingResult result;
    try (TrainingProgress progress = new TrainingProgress(out, System.console() != null, epochs)) {
      result = Trainer.train(plan, data, folder, new EveryTenth(progress, epochs));
    }
    if (result.interrupted()) {
      throw new InterruptedException("training was stopped");
    }
    return result.best();
  }

  /** Short epochs would fill the screen. */
  private record EveryTenth(TrainingListener progress, int epochs) implements TrainingListener {
    @Override
    public void started(String backend, String model, long totalSteps) {
      progress.started(backend, model, totalSteps);
    }

    @Override
    public void warning(String message) {
      progress.warning(message);
    }

    @Override
    public void step(RunHistory.Step step, long totalSteps, Duration timeLeft) {
      progress.step(step, totalSteps, timeLeft);
    }

    @Override
    public void epoch(RunHistory.Epoch epoch) {
      if (epoch.epoch() % EPOCHS_A_LINE == 0 || epoch.epoch() == epochs) {
        progress.epoch(epoch);
      }
    }
  }

  /** Thresholds, for people. */
  static String text(AlertThresholds thresholds) {
    return String.format(
        Locale.ROOT,
        "rank %d or worse with %.1f nats or more%s",
        thresholds.rank(),
        thresholds.surprisal(),
        thresholds.endSurprisal() == AlertThresholds.NEVER
            ? ""
            : String.format(
                Locale.ROOT, ", an end of %.1f nats or more", thresholds.endSurprisal()));
  }
}
