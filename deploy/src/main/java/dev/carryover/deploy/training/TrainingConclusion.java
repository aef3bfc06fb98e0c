package dev.carryover.deploy.training;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.evaluation.AlertCalibration;
import dev.carryover.training.evaluation.DetectionReport;
import dev.carryover.training.evaluation.Evaluation;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.Evaluator;
import dev.carryover.training.evaluation.ScoredSequence;
import dev.carryover.training.report.GradientProfile;
import dev.carryover.training.report.HtmlReport;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.report.RunReport;
import dev.carryover.training.report.StateTrace;
import dev.carryover.training.trainer.Trainer;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is done when training is over: the model is evaluated on what was held back, its alert
 * thresholds are chosen there, the model file gets both, and the report is written.
 *
 * <p>Belongs to one thread.
 */
public final class TrainingConclusion {

  /** The name of how data looked, among the provenance of a model file. */
  public static final String DATA_LAYOUT = "data_layout";

  private static final int GRADIENT_STEPS = 100;
  private static final int TRACED_STEPS = 48;

  private final TrainingRecipe recipe;
  private final TrainingData data;
  private final TrainingResult result;
  private final ModelFile model;
  private final Evaluation evaluation;
  private final AlertCalibration calibration;

  private TrainingConclusion(
      TrainingRecipe recipe,
      TrainingData data,
      TrainingResult result,
      ModelFile model,
      Evaluation evaluation,
      AlertCalibration calibration) {
    this.recipe = recipe;
    this.data = data;
    this.result = result;
    this.model = model;
    this.evaluation = evaluation;
    this.calibration = calibration;
  }

  /**
   * Says before training what would be refused after it.
   *
   * @throws IllegalArgumentException when alerts are to be calibrated, and cannot be
   */
  public static void check(TrainingRecipe recipe, TrainingData data) {
    if (recipe.calibration() == null) {
      return;
    }
    if (data.task() != Task.NEXT_TOKEN || data.continuous()) {
      throw new IllegalArgumentException(
          "there is a section calibration, and the task is %s%s; only next-token models of sequences alert, leave it out"
              .formatted(data.task(), data.continuous() ? " of one stream" : ""));
    }
    if (data.validation().isEmpty()) {
      throw new IllegalArgumentException(
          "there is a section calibration, and 0 sequences are held back; raise data.validation-fraction");
    }
  }

  /** Evaluates and calibrates what was trained. */
  public static TrainingConclusion of(
      TrainingRecipe recipe, TrainingData data, TrainingResult result) {
    if (result.model().isEmpty()) {
      return new TrainingConclusion(recipe, data, result, null, null, null);
    }
    ModelFile trained = result.best();
    EvaluationOptions options = EvaluationOptions.DEFAULTS.withThreads(recipe.training().threads());
    Evaluation evaluation =
        data.validation().isEmpty()
            ? null
            : Evaluator.evaluate(trained, data.validation(), data.continuous(), options);
    AlertCalibration calibration =
        recipe.calibration() == null
            ? null
            : AlertCalibration.calibrate(
                ScoredSequence.score(RecurrentModel.load(trained), data.validation(), options),
                data.vocabulary(),
                recipe.calibration().falseAlarmRate());
    ModelFile complete = complete(trained, recipe, evaluation, calibration);
    return new TrainingConclusion(recipe, data, result, complete, evaluation, calibration);
  }

  private static ModelFile complete(
      ModelFile trained,
      TrainingRecipe recipe,
      Evaluation evaluation,
      AlertCalibration calibration) {
    ModelConfig.Builder config = trained.config().toBuilder();
    config.provenance(DATA_LAYOUT, recipe.data().layout());
    if (evaluation != null) {
      evaluation
          .metrics()
          .forEach((name, value) -> config.provenance("validation_" + name, value.toString()));
    }
    if (calibration != null) {
      config.alerts(calibration.thresholds());
    }
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : trained.config().tensorShapes().names()) {
      tensors.put(name, trained.tensor(name));
    }
    return ModelFile.of(config.build(), tensors, trained.selfTests());
  }

  /** The model with thresholds and provenance; empty when training stopped before it had one. */
  public Optional<ModelFile> model() {
    return Optional.ofNullable(model);
  }

  /** Metrics and thresholds as text; a line feed ends it. */
  public String text() {
    StringBuilder text = new StringBuilder();
    if (evaluation != null) {
      text.append("On what was held back:\n").append(EvaluationTables.text(evaluation));
    }
    if (calibration != null) {
      text.append('\n').append(alerts());
    }
    return text.toString();
  }

  private String alerts() {
    AlertThresholds thresholds = calibration.thresholds();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Alerts     on rank %d or worse with %.2f nats or more%s%s%n",
            thresholds.rank(),
            thresholds.surprisal(),
            thresholds.endSurprisal() == AlertThresholds.NEVER
                ? ""
                : String.format(
                    Locale.ROOT, ", on an end of %.2f nats or more", thresholds.endSurprisal()),
            thresholds.unknown() ? ", on every unknown token" : ""));
    text.append(
        String.format(
            Locale.ROOT,
            "           %,d of %,d sequences held back alert, for a stated rate of %s%n",
            calibration.alerting(),
            calibration.sequences(),
            recipe.calibration().falseAlarmRate()));
    if (!calibration.vouchesForRate()) {
      text.append(
          String.format(
              Locale.ROOT,
              "Warning    so few sequences can vouch for a rate of %.2g at best; hold more back%n",
              calibration.lowestRate()));
    }
    return text.toString();
  }

  /**
   * Writes the model file over the one that training left.
   *
   * @return its path
   * @throws IOException when it cannot be written; the one before is then whole
   */
  public Path writeModel(Path folder) throws IOException {
    Path path = folder.resolve(Trainer.MODEL);
    ModelFileWriter.write(model, path);
    return path;
  }

  /**
   * Writes the report and its drawings.
   *
   * @param compareCells whether untrained cells of every kind stand beside the trained one
   * @param detection of a labelled stream, if there is one
   * @return the path of the page
   * @throws IOException when a file cannot be written
   */
  public Path writeReport(Path folder, boolean compareCells, Optional<DetectionReport> detection)
      throws IOException {
    TrainingPlan plan = recipe.training();
    TrainingResult complete =
        new TrainingResult(model(), result.history(), result.bestLoss(), result.interrupted());
    ReportData.Builder report = RunReport.of(plan, data.task(), complete);
    if (evaluation != null) {
      report.table(EvaluationTables.table(plan.modelId(), evaluation));
    }
    detection.ifPresent(found -> report.table(EvaluationTables.table(found)));
    if (calibration != null) {
      report.note(alerts().strip().replaceAll("\\s+", " ") + ".");
    }
    try {
      List<GradientProfile> profiles = new ArrayList<>();
      if (steps()) {
        profiles.add(GradientProfile.of(model, data, GRADIENT_STEPS));
      }
      if (compareCells) {
        profiles.addAll(
            GradientProfile.ofCells(Trainer.shape(plan, data), plan.seed(), data, GRADIENT_STEPS));
        report.note(
            "The cells that are compared are untrained, with gates biased to hold their state for as"
                + " long as the plot reaches (Tallec and Ollivier 2018).");
      }
      if (!profiles.isEmpty()) {
        report.gradients(profiles);
      }
    } catch (IllegalArgumentException e) {
      report.note("There are no gradients through time: " + e.getMessage() + ".");
    }
    if (steps()) {
      report.trace(sample());
    } else if (model != null) {
      report.note(
          "The model reads from both ends: it has no state that is carried from step to step.");
    }
    return HtmlReport.write(report.build(), folder);
  }

  /** Whether there is a model that goes from step to step. */
  private boolean steps() {
    return model != null && !model.config().bidirectional();
  }

  private StateTrace sample() {
    TrainingSequence sequence =
        (data.validation().isEmpty() ? data.training() : data.validation()).get(0);
    int steps = Math.min(TRACED_STEPS, sequence.length());
    if (!sequence.tokenInput()) {
      return StateTrace.ofFeatures(model, Arrays.copyOf(sequence.features(), steps));
    }
    Vocabulary vocabulary = data.vocabulary();
    return StateTrace.ofTokens(
        model, Arrays.stream(sequence.tokens(), 0, steps).mapToObj(vocabulary::token).toList());
  }
}
