package dev.carryover.deploy;

import dev.carryover.deploy.training.EvaluationTables;
import dev.carryover.deploy.training.TrainingConclusion;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.HtmlReport;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.report.RunReport;
import dev.carryover.training.trainer.TrainingResult;
import dev.carryover.training.trainer.TrainingRun;
import dev.carryover.training.transduction.AlignmentFigure;
import dev.carryover.training.transduction.Seq2SeqEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is done when the training of a seq2seq model is over: it answers what was held back, with a
 * beam, the model file gets what came of that, and the report is written.
 *
 * <p>Belongs to one thread.
 */
final class TransductionConclusion {

  /** The width of the beam with which answers are searched. */
  private static final int BEAM_WIDTH = 4;

  private final TrainingRecipe recipe;
  private final TrainingResult result;
  private final ModelFile model;
  private final TransductionMetrics metrics;
  private final Pair sample;

  private TransductionConclusion(
      TrainingRecipe recipe,
      TrainingResult result,
      ModelFile model,
      TransductionMetrics metrics,
      Pair sample) {
    this.recipe = recipe;
    this.result = result;
    this.model = model;
    this.metrics = metrics;
    this.sample = sample;
  }

  /**
   * Says before training what would be refused after it.
   *
   * @throws IllegalArgumentException when alerts are to be calibrated
   */
  static void check(TrainingRecipe recipe) {
    if (recipe.calibration() != null) {
      throw new IllegalArgumentException(
          "there is a section calibration, and the task is seq2seq; only next-token models of sequences alert, leave it out");
    }
  }

  /** Lets what was trained answer what was held back. */
  static TransductionConclusion of(TrainingRecipe recipe, PairData data, TrainingResult result) {
    ModelFile trained = result.best();
    ModelConfig.Builder config = trained.config().toBuilder();
    config.provenance(TrainingConclusion.DATA_LAYOUT, recipe.data().layout());
    TransductionMetrics metrics = null;
    if (!data.validation().isEmpty()) {
      Seq2SeqModel model = Seq2SeqModel.load(trained);
      DecodingOptions beam = model.options(BEAM_WIDTH);
      EvaluationOptions options =
          EvaluationOptions.DEFAULTS.withThreads(recipe.training().threads());
      metrics = Seq2SeqEvaluator.evaluate(model, data.validation(), beam, options);
      metrics
          .metrics()
          .forEach(
              (name, value) ->
                  config.provenance(
                      "validation_beam%d_%s".formatted(BEAM_WIDTH, name), value.toString()));
    }
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : trained.config().tensorShapes().names()) {
      tensors.put(name, trained.tensor(name));
    }
    return new TransductionConclusion(
        recipe,
        result,
        ModelFile.of(config.build(), tensors, trained.selfTests()),
        metrics,
        sample(data));
  }

  /** One of the longer sources: that of which all but a tenth are shorter, or as long. */
  private static Pair sample(PairData data) {
    List<Pair> pairs =
        new ArrayList<>(data.validation().isEmpty() ? data.training() : data.validation());
    pairs.sort(Comparator.comparingInt(pair -> pair.source().length));
    return pairs.get(pairs.size() * 9 / 10);
  }

  /** The metrics as text; a line feed ends it. */
  String text() {
    return metrics == null
        ? ""
        : "On what was held back, beam %d:%n%s"
            .formatted(BEAM_WIDTH, EvaluationTables.text(metrics));
  }

  /**
   * Writes the model file over the one that training left.
   *
   * @return its path
   * @throws IOException when it cannot be written; the one before is then whole
   */
  Path writeModel(Path folder) throws IOException {
    Path path = folder.resolve(TrainingRun.MODEL);
    ModelFileWriter.write(model, path);
    return path;
  }

  /**
   * Writes the report and its drawings.
   *
   * @return the path of the page
   * @throws IOException when a file cannot be written
   */
  Path writeReport(Path folder) throws IOException {
    TrainingResult complete =
        new TrainingResult(
            Optional.of(model), result.history(), result.bestLoss(), result.interrupted());
    ReportData.Builder report = RunReport.of(recipe.training(), Task.SEQ2SEQ, complete);
    if (metrics != null) {
      report.table(EvaluationTables.table(recipe.training().modelId(), metrics));
      report.table(EvaluationTables.quarters("Wrong answers by the length of the source", metrics));
    }
    AlignmentFigure.of(Seq2SeqModel.load(model), sample, BEAM_WIDTH).ifPresent(report::figure);
    return HtmlReport.write(report.build(), folder);
  }
}
