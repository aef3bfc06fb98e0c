package dev.carryover.deploy;

import dev.carryover.deploy.evaluation.RoundingError;
import dev.carryover.deploy.kafka.KafkaCheck;
import dev.carryover.deploy.training.DataPlan;
import dev.carryover.deploy.training.DataSource;
import dev.carryover.deploy.training.EvaluationTables;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.SequenceModel;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.evaluation.DetectionReport;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.Evaluator;
import dev.carryover.training.input.LabelReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code carryover evaluate}: how good a model is, on any data. */
@Command(
    name = "evaluate",
    description = {
      "Measures a model on sequences: perplexity, accuracy, F1 or error, as its task has it;",
      "the share of wrong answers (WER) and of wrong tokens (PER) of a seq2seq model.",
      "With --labels, how well it tells anomalous keys of a stream, beside simple baselines."
    })
final class EvaluateCommand implements Callable<Integer> {

  @Option(
      names = "--model",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "A model file; several seq2seq models are put side by side.")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Files to evaluate on; they look as those of training did, unless said otherwise.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A recipe whose section data says how the data looks and where it is.")
  private Path config;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "lines, characters, events, csv, pairs or avro; with --labels, events by default.")
  private String format;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "The keys that are anomalous: KEY, a tab, 0 or 1.")
  private Path labels;

  @Option(
      names = "--train",
      arity = "1..*",
      paramLabel = "FILE",
      description = "With --labels, the files of training, from which the baselines learn.")
  private List<Path> trainFiles = new ArrayList<>();

  @Option(
      names = "--beam",
      paramLabel = "K",
      description = "Of a seq2seq model, how many hypotheses are followed at a time; default: 1.")
  private Integer beam;

  @Option(
      names = "--length-penalty",
      paramLabel = "ALPHA",
      description = "Of a seq2seq model, how much longer answers are preferred; default: 0.")
  private Float lengthPenalty;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      defaultValue = "fp32",
      converter = WeightsConverter.class,
      description = {
        "fp32, or bf16 to measure the model with its weights rounded, beside the model as it is;",
        "whatever a self-test says of it. Default: fp32."
      })
  private WeightPrecision weights;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Of seq2seq models, a page with tables, charts and alignments; PNGs beside it.")
  private Path report;

  @Option(
      names = "--alignments",
      paramLabel = "N",
      description =
          "With --report, how many right and how many wrong answers of each model with attention"
              + " show where it looked; default: "
              + PairEvaluation.USUAL_ALIGNMENTS)
  private Integer alignments;

  @Spec private CommandSpec spec;

  /** Reads what the weights of a model are to be kept in. */
  static final class WeightsConverter implements ITypeConverter<WeightPrecision> {
    @Override
    public WeightPrecision convert(String text) {
      try {
        return WeightPrecision.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() throws Exception {
    if ((labels == null) != trainFiles.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          labels == null
              ? "--train is given without --labels; the baselines are for labelled keys alone"
              : "--labels is given without --train; the baselines learn from the files of training");
    }
    List<ModelFile> read = new ArrayList<>();
    for (Path path : models) {
      read.add(ModelFileReader.read(path));
    }
    ModelFile file = read.get(0);
    boolean pairs = file.config().task() == Task.SEQ2SEQ;
    check(read, pairs);
    try {
      if (pairs) {
        evaluatePairs(read);
      } else {
        evaluate(file);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.BAD_INPUT, e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  private void check(List<ModelFile> read, boolean pairs) {
    Task task = read.get(0).config().task();
    if (pairs
        ? labels != null
        : beam != null || lengthPenalty != null || report != null || alignments != null) {
      throw new ParameterException(
          spec.commandLine(),
          "%s, and the model's task is %s; leave it out"
              .formatted(
                  pairs
                      ? "--labels is for keys of events"
                      : beam != null || lengthPenalty != null
                          ? "--beam and --length-penalty are for answers"
                          : "--report and --alignments are for answers",
                  task));
    }
    for (int i = 1; i < read.size(); i++) {
      Task other = read.get(i).config().task();
      if (!pairs || other != Task.SEQ2SEQ) {
        throw new ParameterException(
            spec.commandLine(),
            "%d models are given, and the task of %s is %s; only seq2seq models are put side by side"
                .formatted(read.size(), models.get(pairs ? i : 0), pairs ? other : task));
      }
    }
    if (alignments != null && report == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--alignments is given without --report, which draws them; name a page");
    }
  }

  private void evaluate(ModelFile file)
      throws IOException, ConfigurationException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    ModelConfig model = file.config();
    DataPlan layout = layout(model);
    String chosen = format != null || labels == null ? format : "events";
    DataSource source = source(chosen == null ? layout : layout.withFormat(chosen), files);
    List<TrainingSequence> sequences = source.sequences(model);
    out.println("Model      " + model);
    if (chosen == null && layout.format() == null) {
      out.println(
          "Warning    the model does not say how its data was laid out; it is read as one sequence a"
              + " line, and --format says otherwise");
    }
    out.printf(
        "Data       %,d sequences, %,d steps of %s%n%n",
        sequences.size(),
        sequences.stream().mapToLong(TrainingSequence::length).sum(),
        source.name());
    out.flush();
    StringBuilder tables = new StringBuilder();
    try (ProgressBar bar = System.console() == null ? null : bar()) {
      EvaluationOptions options =
          bar == null
              ? EvaluationOptions.DEFAULTS
              : EvaluationOptions.DEFAULTS.withProgress(
                  (done, total) -> bar.maxHint(total).stepTo(done));
      for (WeightPrecision precision : precisions()) {
        if (weights != WeightPrecision.FP32) {
          tables.append("%sWeights    %s%n%n".formatted(tables.isEmpty() ? "" : "\n", precision));
        }
        if (labels == null) {
          tables.append(
              metrics(file, precision, sequences, source.options().continuous(), options));
        } else {
          tables.append(
              EvaluationTables.text(
                  DetectionReport.evaluate(
                      load(file, precision),
                      sequences,
                      LabelReader.read(labels),
                      source(layout, trainFiles).sequences(model),
                      options)));
        }
      }
    }
    out.print(tables);
    if (weights != WeightPrecision.FP32 && !model.bidirectional()) {
      out.println();
      out.print(
          RoundingError.measure(load(file, WeightPrecision.FP32), load(file, weights), sequences));
    }
    out.flush();
  }

  /** Those that are measured, in the order in which they are shown. */
  private List<WeightPrecision> precisions() {
    return weights == WeightPrecision.FP32
        ? List.of(weights)
        : List.of(WeightPrecision.FP32, weights);
  }

  /** Whatever rounding does to a model is to be seen here, and is no reason to refuse it. */
  static RuntimeOptions anyError(WeightPrecision precision) {
    return RuntimeOptions.DEFAULTS
        .withWeights(precision)
        .withWeightTolerance(Double.POSITIVE_INFINITY);
  }

  private static RecurrentModel load(ModelFile file, WeightPrecision precision) {
    return RecurrentModel.load(file, anyError(precision));
  }

  private static String metrics(
      ModelFile file,
      WeightPrecision precision,
      List<TrainingSequence> sequences,
      boolean continuous,
      EvaluationOptions options) {
    return EvaluationTables.text(
        file.config().bidirectional()
            ? Evaluator.evaluate(SequenceModel.load(file, anyError(precision)), sequences, options)
            : Evaluator.evaluate(load(file, precision), sequences, continuous, options));
  }

  private void evaluatePairs(List<ModelFile> read)
      throws IOException, ConfigurationException, CommandException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PairEvaluation evaluation = PairEvaluation.of(models, read, precisions());
    evaluation.drawing(report, alignments);
    ModelConfig first = read.get(0).config();
    DataPlan layout = layout(first);
    DataSource source = source(format == null ? layout : layout.withFormat(format), files);
    for (ModelFile file : read) {
      evaluation.read(source.pairs(file.config()));
      out.println("Model      " + file.config());
    }
    out.printf("Data       %,d sources of %s%n", evaluation.sources(), source.name());
    DecodingOptions decoding =
        evaluation.decoding(0, beam == null ? 1 : beam, lengthPenalty == null ? 0f : lengthPenalty);
    out.printf(
        "Decoding   %s, length penalty %s, %s kernels%n%n",
        decoding.beamWidth() == 1 ? "greedy" : "beam of " + decoding.beamWidth(),
        decoding.lengthPenalty(),
        evaluation.kernels());
    out.flush();
    try (ProgressBar bar = System.console() == null ? null : bar()) {
      EvaluationOptions options =
          bar == null
              ? EvaluationOptions.DEFAULTS
              : EvaluationOptions.DEFAULTS.withProgress(
                  (done, total) -> bar.maxHint(total).stepTo(done));
      evaluation.run(decoding.beamWidth(), decoding.lengthPenalty(), options);
    }
    out.print(evaluation.text());
    if (report != null) {
      out.printf("%nReport     %s%n", evaluation.writeReport(report, source.name()));
    }
    out.flush();
  }

  private static ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName("Evaluating")
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .showSpeed()
        .build();
  }

  /** How the data looks: as a recipe says, else as the data of training looked. */
  private DataPlan layout(ModelConfig model) throws IOException {
    if (config != null) {
      return TrainingRecipe.read(config).data().forModel(model);
    }
    return DataPlan.trainedOn(model, models.get(0).toString());
  }

  private DataSource source(DataPlan plan, List<Path> named)
      throws IOException, ConfigurationException, InterruptedException {
    Path folder = config == null ? Path.of("") : config.toAbsolutePath().getParent();
    PrintWriter out = spec.commandLine().getOut();
    DataSource source =
        DataSource.of(plan, folder, named, warning -> out.println("Warning    " + warning));
    if (source.job().isPresent()) {
      KafkaCheck.reachable(source.job().get().kafkaProperties(), KafkaCheck.JOB_SETTINGS);
    }
    return source;
  }
}
