package dev.carryover.deploy.lessons;

import dev.carryover.deploy.evaluation.Comparison;
import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.deploy.training.DataPlan;
import dev.carryover.deploy.training.DataSource;
import dev.carryover.deploy.training.TrainingConclusion;
import dev.carryover.deploy.training.TrainingProgress;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.HtmlReport;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.report.RunReport;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import dev.carryover.training.trainer.TrainingRun;
import dev.carryover.training.transduction.Answer;
import dev.carryover.training.transduction.Seq2SeqEvaluator;
import dev.carryover.training.transduction.Seq2SeqTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One lesson being given: its recipe, where everything is left, and where it is printed.
 *
 * <p>Belongs to one thread.
 */
public final class LessonRun {

  private final TrainingRecipe recipe;
  private final List<Path> files;
  private final Optional<ModelFile> given;
  private final Path folder;
  private final PrintWriter out;

  /**
   * @param recipe with a section {@code exercise}, or there are files
   * @param files pairs in the place of an exercise; empty for the exercise
   * @param given a model that is there already, where a lesson can do with one
   * @param folder where everything is left; made when absent
   * @param out where tables and progress are printed
   */
  public LessonRun(
      TrainingRecipe recipe,
      List<Path> files,
      Optional<ModelFile> given,
      Path folder,
      PrintWriter out) {
    this.recipe = recipe;
    this.files = List.copyOf(files);
    this.given = given;
    this.folder = folder;
    this.out = out;
  }

  TrainingPlan plan() {
    return recipe.training();
  }

  /** The model that was brought, if there is one. */
  Optional<ModelFile> given() {
    return given;
  }

  /**
   * The exercise of the recipe.
   *
   * @throws IllegalArgumentException when it has none
   */
  TrainingRecipe.Exercise exercise() {
    if (recipe.exercise() == null) {
      throw new IllegalArgumentException(
          "there is no section exercise in the recipe, and this lesson makes its pairs up; add one with rule, symbols, sources, shortest, longest, tests, longest-test and seed");
    }
    return recipe.exercise();
  }

  /** What is learned from: the files, or the exercise, which is written into the folder. */
  PairData data() throws IOException {
    PairData data;
    if (files.isEmpty()) {
      ExercisePairs.of(exercise()).write(folder);
      data = source(List.of(folder.resolve(ExercisePairs.TRAINING_FILE))).pairData();
    } else {
      data = source(files).pairData();
    }
    if (data.validation().isEmpty()) {
      throw new IllegalArgumentException(
          "data.validation-fraction holds 0 of %d sources back, and a lesson measures on some; raise it"
              .formatted(data.training().size()));
    }
    out.println("Data       " + data);
    out.flush();
    return data;
  }

  /**
   * What is answered at the end, as a model numbers it: of an exercise its tests, of files what was
   * held back.
   */
  List<Pair> tests(ModelConfig config, PairData data) throws IOException {
    return files.isEmpty()
        ? source(List.of(folder.resolve(ExercisePairs.TEST_FILE))).pairs(config)
        : data.validation();
  }

  /** The pairs of the files, laid out as the training data of a model that was brought. */
  List<Pair> pairs(ModelConfig config) throws IOException {
    return source(DataPlan.trainedOn(config, "the model"), files).pairs(config);
  }

  private DataSource source(List<Path> paths) {
    return source(recipe.data(), paths);
  }

  private DataSource source(DataPlan plan, List<Path> paths) {
    try {
      return DataSource.of(
          plan, recipe.folder(), paths, warning -> out.println("Warning    " + warning));
    } catch (ConfigurationException e) {
      throw new IllegalStateException("pairs need no job's configuration", e);
    }
  }

  /**
   * Trains a model and leaves its run in a folder of the lesson's.
   *
   * @param name in tables and legends
   * @param id of the folder, and the end of the model's id
   * @throws TrainingException when the folder holds a run already, or a loss is no number
   * @throws InterruptedException when the process was asked to end
   */
  TrainedModel train(String name, String id, TrainingPlan changed, PairData data)
      throws IOException, TrainingException, InterruptedException {
    TrainingPlan plan = changed.with("model-id", changed.modelId() + "-" + id);
    out.printf("%nTraining %s%n", name);
    TrainingResult result;
    try (TrainingProgress progress =
        new TrainingProgress(out, System.console() != null, plan.epochs())) {
      result = Seq2SeqTrainer.train(plan, data, folder.resolve(id), progress);
    }
    if (result.interrupted()) {
      throw new InterruptedException("stopped while training " + name);
    }
    ModelFile model = withLayout(result.best());
    ModelFileWriter.write(model, folder.resolve(id).resolve(TrainingRun.MODEL));
    return new TrainedModel(name, plan, result.history(), Seq2SeqModel.load(model));
  }

  /** The model file says how its data looked, so that {@code evaluate} needs no telling. */
  private ModelFile withLayout(ModelFile trained) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : trained.config().tensorShapes().names()) {
      tensors.put(name, trained.tensor(name));
    }
    return ModelFile.of(
        trained.config().toBuilder()
            .provenance(TrainingConclusion.DATA_LAYOUT, recipe.data().layout())
            .build(),
        tensors,
        trained.selfTests());
  }

  /** Lets a model answer. */
  List<Answer> answers(Seq2SeqModel model, List<Pair> pairs, DecodingOptions decoding) {
    return Seq2SeqEvaluator.answers(
        model, pairs, decoding, EvaluationOptions.DEFAULTS.withThreads(plan().threads()));
  }

  /** Lets a model answer greedily, for a comparison. */
  Comparison.Entry entry(TrainedModel trained, List<Pair> pairs) {
    DecodingOptions greedy = trained.model().options(1);
    return new Comparison.Entry(
        trained.name(), answers(trained.model(), pairs, greedy), Double.NaN);
  }

  /** A report that begins with what was learned from, and ends with the plan. */
  ReportData.Builder report(String title, String summary) {
    return ReportData.builder(title)
        .summary(summary)
        .configuration(RunReport.configuration(plan()));
  }

  /** Prints a table, and puts it into the report. */
  void show(FigureTable table, ReportData.Builder report) {
    out.printf("%n%s", table.text());
    out.flush();
    report.table(table.table());
  }

  /** Prints a sentence, and puts it into the report. */
  void say(String sentence, ReportData.Builder report) {
    out.printf("%n%s%n", sentence);
    out.flush();
    report.note(sentence);
  }

  /** Writes the report and its drawings. */
  void finish(ReportData.Builder report) throws IOException {
    out.printf("%nReport     %s%n", HtmlReport.write(report.build(), folder));
    out.flush();
  }
}
