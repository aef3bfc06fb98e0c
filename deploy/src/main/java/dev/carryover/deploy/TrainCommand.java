package dev.carryover.deploy;

import dev.carryover.deploy.kafka.KafkaCheck;
import dev.carryover.deploy.training.DataPlan;
import dev.carryover.deploy.training.DataSource;
import dev.carryover.deploy.training.EvaluationTables;
import dev.carryover.deploy.training.TrainingConclusion;
import dev.carryover.deploy.training.TrainingProgress;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.evaluation.DetectionReport;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.input.LabelReader;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.trainer.Trainer;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingListener;
import dev.carryover.training.trainer.TrainingResult;
import dev.carryover.training.trainer.TrainingRun;
import dev.carryover.training.transduction.Seq2SeqTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code carryover train}: from sequences to a model file and a report. */
@Command(
    name = "train",
    description = {
      "Trains a model as a recipe says, and leaves checkpoints, a model file and a report.",
      "Ctrl-C keeps the last checkpoint; --resume goes on from it."
    })
final class TrainCommand implements Callable<Integer> {

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The recipe as YAML; deploy/examples has some.")
  private Path config;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files in the place of those that the recipe names.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where everything is left; default: the model id and the seed.")
  private Path output;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "A seed in the place of the recipe's; the same keys are held back.")
  private Long seed;

  @Option(names = "--resume", description = "Go on from the last checkpoint in the output folder.")
  private boolean resume;

  @Option(
      names = "--test",
      paramLabel = "FILE",
      description = "A labelled stream, time TAB key TAB token: how well anomalous keys are told.")
  private Path test;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "With --test, the keys that are anomalous: KEY, a tab, 0 or 1.")
  private Path labels;

  @Option(
      names = "--compare-cells",
      description = "Show the gradients of RNN, GRU and LSTM side by side in the report.")
  private boolean compareCells;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if ((test == null) != (labels == null)) {
      throw new ParameterException(
          spec.commandLine(), "--test and --labels belong together; give both or none");
    }
    PrintWriter out = spec.commandLine().getOut();
    try {
      TrainingRecipe read = TrainingRecipe.read(config);
      TrainingRecipe recipe = seed == null ? read : read.withSeed(seed);
      return recipe.data().ofPairs() ? trainPairs(recipe, out) : trainSequences(recipe, out);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.BAD_INPUT, e.getMessage(), e);
    }
  }

  private int trainSequences(TrainingRecipe recipe, PrintWriter out) throws Exception {
    TrainingData data = data(recipe, out);
    out.println("Data       " + data);
    TrainingConclusion.check(recipe, data);
    Path folder = folder(recipe);
    return train(
        recipe,
        folder,
        listener ->
            resume
                ? Trainer.resume(recipe.training(), data, folder, listener)
                : Trainer.train(recipe.training(), data, folder, listener),
        result -> conclude(TrainingConclusion.of(recipe, data, result), recipe, folder, out));
  }

  private int trainPairs(TrainingRecipe recipe, PrintWriter out) throws Exception {
    if (test != null || compareCells) {
      throw new ParameterException(
          spec.commandLine(),
          "--test, --labels and --compare-cells are for models of events, and the task is seq2seq;"
              + " leave them out");
    }
    TransductionConclusion.check(recipe);
    DataSource source = source(recipe.data(), recipe, files);
    out.println("Reading    " + source.name());
    out.flush();
    PairData data = source.pairData();
    out.println("Data       " + data);
    Path folder = folder(recipe);
    return train(
        recipe,
        folder,
        listener ->
            resume
                ? Seq2SeqTrainer.resume(recipe.training(), data, folder, listener)
                : Seq2SeqTrainer.train(recipe.training(), data, folder, listener),
        result -> {
          TransductionConclusion conclusion = TransductionConclusion.of(recipe, data, result);
          out.printf("%n%s%n", conclusion.text());
          out.println("Model      " + conclusion.writeModel(folder));
          out.println("Weights    " + folder.resolve(TrainingRun.STATE_DICT));
          out.println("Report     " + conclusion.writeReport(folder));
        });
  }

  private Path folder(TrainingRecipe recipe) {
    return output != null
        ? output
        : Path.of(recipe.training().modelId() + "-" + recipe.training().seed());
  }

  /** Trains with a listener. */
  private interface Training {
    TrainingResult run(TrainingListener listener) throws IOException, TrainingException;
  }

  /** What is done with what came of it. */
  private interface Conclusion {
    void draw(TrainingResult result) throws IOException, ConfigurationException;
  }

  private int train(TrainingRecipe recipe, Path folder, Training training, Conclusion conclusion)
      throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    OrderlyStop stop = OrderlyStop.await();
    try {
      TrainingResult result = train(recipe, training, out);
      if (result.interrupted()) {
        out.printf("%nStopped; what was learned is in %s, and --resume goes on.%n", folder);
      } else {
        conclusion.draw(result);
      }
      out.flush();
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.BAD_INPUT,
          "%s: %s; checkpoints that stand there are whole, put it right and go on with --resume"
              .formatted(folder, e.getMessage()),
          e);
    } finally {
      stop.close();
    }
    return ExitCode.OK;
  }

  private TrainingData data(TrainingRecipe recipe, PrintWriter out)
      throws IOException, ConfigurationException, InterruptedException {
    DataSource source = source(recipe.data(), recipe, files);
    if (source.job().isPresent()) {
      KafkaCheck.reachable(source.job().get().kafkaProperties(), KafkaCheck.JOB_SETTINGS);
    }
    out.println("Reading    " + source.name());
    out.flush();
    return source.trainingData();
  }

  private DataSource source(DataPlan plan, TrainingRecipe recipe, List<Path> named)
      throws ConfigurationException {
    PrintWriter out = spec.commandLine().getOut();
    return DataSource.of(
        plan, recipe.folder(), named, warning -> out.println("Warning    " + warning));
  }

  private static TrainingResult train(TrainingRecipe recipe, Training training, PrintWriter out)
      throws IOException, TrainingException {
    int epochs = recipe.training().epochs();
    try (TrainingProgress progress = new TrainingProgress(out, System.console() != null, epochs)) {
      return training.run(progress);
    }
  }

  private void conclude(
      TrainingConclusion conclusion, TrainingRecipe recipe, Path folder, PrintWriter out)
      throws IOException, ConfigurationException {
    out.printf("%n%s%n", conclusion.text());
    Optional<DetectionReport> detection = Optional.empty();
    if (conclusion.model().isPresent()) {
      Path path = conclusion.writeModel(folder);
      detection = detection(conclusion.model().get(), recipe);
      detection.ifPresent(found -> out.println(EvaluationTables.text(found)));
      out.println("Model      " + path);
    }
    out.println("Weights    " + folder.resolve(Trainer.STATE_DICT));
    out.println("Report     " + conclusion.writeReport(folder, compareCells, detection));
  }

  private Optional<DetectionReport> detection(ModelFile model, TrainingRecipe recipe)
      throws IOException, ConfigurationException {
    if (test == null) {
      return Optional.empty();
    }
    DataPlan plan = recipe.data().forModel(model.config());
    List<TrainingSequence> stream =
        source(plan.withFormat("events"), recipe, List.of(test)).sequences(model.config());
    return Optional.of(
        DetectionReport.evaluate(
            RecurrentModel.load(model),
            stream,
            LabelReader.read(labels),
            source(plan, recipe, files).sequences(model.config()),
            EvaluationOptions.DEFAULTS));
  }
}
