package dev.carryover.deploy.training;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.source.EventDeserializer;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.input.DataException;
import dev.carryover.training.input.DataReader;
import dev.carryover.training.input.InputOptions;
import dev.carryover.training.input.SequenceCollector;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.pairs.PairReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Reads the sequences that a {@link DataPlan} speaks of, wherever they are. */
public final class DataSource {

  private final DataPlan plan;
  private final InputOptions options;
  private final List<Path> files;
  private final JobConfiguration job;
  private final Consumer<String> warnings;

  private DataSource(
      DataPlan plan,
      InputOptions options,
      List<Path> files,
      JobConfiguration job,
      Consumer<String> warnings) {
    this.plan = plan;
    this.options = options;
    this.files = files;
    this.job = job;
    this.warnings = warnings;
  }

  /**
   * Checks a plan and what it names.
   *
   * @param folder where relative paths of the plan start
   * @param files files in the place of the plan's; empty for those of the plan
   * @param warnings told of records that are left out
   * @throws IllegalArgumentException when a value is refused, or there are no files
   * @throws ConfigurationException when the job's configuration is refused
   */
  public static DataSource of(
      DataPlan plan, Path folder, List<Path> files, Consumer<String> warnings)
      throws ConfigurationException {
    // Files that are given take the place of a topic, too: they hold what its records hold.
    DataPlan chosen =
        DataPlan.KAFKA.equals(plan.format()) && !files.isEmpty()
            ? plan.withFormat(DataPlan.AVRO)
            : plan;
    InputOptions options = chosen.ofPairs() ? null : chosen.options();
    if (chosen.ofRecords() && options.task() != Task.NEXT_TOKEN) {
      throw new IllegalArgumentException(
          "data.task is %s and data.format %s: events carry no targets; give text files, or take next-token"
              .formatted(options.task(), chosen.format()));
    }
    boolean topics = DataPlan.KAFKA.equals(chosen.format());
    List<Path> named =
        files.isEmpty() && plan.files() != null
            ? plan.files().stream().map(folder::resolve).toList()
            : files;
    if (!topics && named.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no file to read; name some with --data, or as data.files");
    }
    JobConfiguration job = topics ? JobConfiguration.read(folder.resolve(plan.job())) : null;
    return new DataSource(chosen, options, named, job, warnings);
  }

  /** The job whose topics are read, if any. */
  public Optional<JobConfiguration> job() {
    return Optional.ofNullable(job);
  }

  /** What is read, for people. */
  public String name() {
    return job != null
        ? topics().name()
        : files.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /** How the sequences are cut and numbered; {@code null} for pairs. */
  public InputOptions options() {
    return options;
  }

  /**
   * Data to train on.
   *
   * @throws IOException when it cannot be read or used: one line says where and why
   * @throws ConfigurationException when the job's field mapping is refused
   */
  public TrainingData trainingData() throws IOException, ConfigurationException {
    if (!plan.ofRecords()) {
      return DataReader.read(files, options);
    }
    SequenceCollector collector = new SequenceCollector(options);
    String digest = collect(collector);
    return collector.toTrainingData(name(), digest);
  }

  /**
   * Pairs to train on.
   *
   * @throws IOException when they cannot be read or used: one line says where and why
   */
  public PairData pairData() throws IOException {
    return PairReader.read(files, plan.pairOptions());
  }

  /**
   * All pairs as a model numbers them.
   *
   * @throws IOException when they cannot be read or do not fit the model: one line says why
   */
  public List<Pair> pairs(ModelConfig config) throws IOException {
    return PairReader.readFor(config, files, plan.pairOptions());
  }

  /**
   * All sequences as a model numbers them.
   *
   * @throws IOException when they cannot be read or do not fit the model: one line says why
   * @throws ConfigurationException when the job's field mapping is refused
   */
  public List<TrainingSequence> sequences(ModelConfig config)
      throws IOException, ConfigurationException {
    if (!plan.ofRecords()) {
      return DataReader.readFor(config, files, options);
    }
    SequenceCollector collector = new SequenceCollector(options);
    collect(collector);
    return collector.toSequences(name(), config);
  }

  private String collect(SequenceCollector collector) throws IOException, ConfigurationException {
    EventIntake intake = new EventIntake(EventDeserializer.of(decoding()), collector);
    if (job != null) {
      topics().read(intake);
    } else {
      for (Path file : files) {
        new EventFile(file).read(intake);
      }
    }
    if (!intake.rejections().isEmpty()) {
      warnings.accept(intake.rejections());
    }
    if (collector.events() == 0) {
      throw new DataException(
          "there are %d records, and none is an event".formatted(intake.records()),
          name(),
          "give some that are");
    }
    return intake.digest();
  }

  private EventTopics topics() {
    return new EventTopics(
        job,
        TopicPosition.parse("data.from", plan.from() == null ? "earliest" : plan.from()),
        TopicPosition.parse("data.to", plan.to() == null ? "latest" : plan.to()));
  }

  /** The job's own configuration; files of events need none but the defaults. */
  private JobConfiguration decoding() throws ConfigurationException {
    return job != null
        ? job
        : JobConfiguration.of(
            Map.of(
                "job.name", "training",
                "kafka.bootstrap-servers", "localhost:9092",
                "events.topics", "events",
                "model.path", "model.safetensors",
                "inferences.topic", "inferences",
                "dead-letters.topic", "dead-letters"));
  }
}
