package dev.carryover.deploy.training;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.SpecialTokens;
import dev.carryover.training.input.CsvColumns;
import dev.carryover.training.input.InputFormat;
import dev.carryover.training.input.InputOptions;
import dev.carryover.training.pairs.PairOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a model is trained on, or evaluated on: the section {@code data} of a recipe. Everything may
 * be left out ({@code null}); names are those below with hyphens.
 *
 * @param format {@code lines}, {@code characters}, {@code events} or {@code csv} (files of text),
 *     {@code avro} (container files of {@code Event}) or {@code kafka} (the topics of a job);
 *     {@code pairs} of the task seq2seq, which has no other
 * @param task {@code next-token} unless said otherwise, {@code classify}, {@code label}, {@code
 *     regress} or {@code seq2seq}
 * @param files paths; relative ones start at the folder of the recipe
 * @param job of {@code kafka}, the job's configuration file, whose sections {@code kafka} and
 *     {@code events} say where events are and how they are read
 * @param from of {@code kafka}, where to begin: {@code earliest}, {@code latest}, a time, or
 *     offsets
 * @param to of {@code kafka}, where to end
 * @param keyColumn whether a line begins with its key and a tab
 * @param targetColumn whether a line ends with a tab and its label or values
 * @param targetOfEveryStep whether every step has its own label or values
 * @param csv the columns of {@code csv}
 * @param sourceTokens of {@code pairs}, what a token of a source is: {@code characters} or {@code
 *     blanks} (what stands between them)
 * @param timeUnit the unit of times that are numbers: {@code ms}, {@code s}, ...
 * @param gap the inactivity after which a key begins a new sequence, such as {@code 6 h}
 * @param maximumLength the events after which a key begins a new sequence
 * @param minimumCount how often a token occurs at least, to be in the vocabulary
 * @param specialTokens {@code begin}, {@code end} and {@code unknown}; one that is left out does
 *     not exist
 * @param validationFraction the share of keys that is held back
 * @param seed decides which
 */
public record DataPlan(
    String format,
    String task,
    List<String> files,
    String job,
    String from,
    String to,
    Boolean keyColumn,
    Boolean targetColumn,
    Boolean targetOfEveryStep,
    Columns csv,
    String sourceTokens,
    String timeUnit,
    String gap,
    Integer maximumLength,
    Integer minimumCount,
    SpecialTokens specialTokens,
    Double validationFraction,
    Long seed) {

  /** The format of Avro container files. */
  static final String AVRO = "avro";

  /** The format of pairs of sequences. */
  static final String PAIRS = "pairs";

  /** The format of a job's topics. */
  static final String KAFKA = "kafka";

  /** Says nothing. */
  public static final DataPlan DEFAULTS =
      new DataPlan(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null, null);

  private static final Map<String, TimeUnit> TIME_UNITS =
      Map.of(
          "s", TimeUnit.SECONDS,
          "ms", TimeUnit.MILLISECONDS,
          "us", TimeUnit.MICROSECONDS,
          "ns", TimeUnit.NANOSECONDS);

  /**
   * The columns of a CSV file by the names in its header; all of them may be left out.
   *
   * @param key whose event a row is
   * @param time by which the rows of a key are ordered
   * @param features the inputs
   * @param targets the label, or the values to be predicted
   * @param delimiter what separates the columns
   */
  public record Columns(
      String key, String time, List<String> features, List<String> targets, String delimiter) {}

  /** Checks what can be checked without the data. */
  public DataPlan {
    files = files == null ? null : List.copyOf(files);
    if (format != null && !formats().contains(format)) {
      throw new IllegalArgumentException(
          "data.format is '%s'; it is one of %s".formatted(format, formats()));
    }
    boolean seq2seq = Task.SEQ2SEQ.configName().equals(task);
    if (seq2seq ? format != null && !PAIRS.equals(format) : PAIRS.equals(format)) {
      throw new IllegalArgumentException(
          "data.task is %s and data.format %s; seq2seq learns from pairs, and nothing else does"
              .formatted(task, format));
    }
    if (sourceTokens != null && !seq2seq) {
      throw new IllegalArgumentException(
          "data.source-tokens is '%s' and data.task %s; only seq2seq has sources"
              .formatted(sourceTokens, task));
    }
    boolean kafka = KAFKA.equals(format);
    if (kafka != (job != null)) {
      throw new IllegalArgumentException(
          kafka
              ? "data.format is kafka and data.job is missing; name the job's configuration file"
              : "data.job is '%s' and data.format is %s; only kafka reads a job's topics"
                  .formatted(job, format));
    }
    if (!kafka && (from != null || to != null)) {
      throw new IllegalArgumentException(
          "data.from and data.to belong to the format kafka, and data.format is " + format);
    }
  }

  private static List<String> formats() {
    List<String> names = new ArrayList<>();
    for (InputFormat format : InputFormat.values()) {
      names.add(format.configName());
    }
    names.addAll(List.of(PAIRS, AVRO, KAFKA));
    return names;
  }

  /**
   * Reads a plan from YAML.
   *
   * @param source what the text is called in errors
   * @throws IllegalArgumentException when a key or a value is refused
   */
  public static DataPlan parse(String yaml, String source) {
    return YamlSection.read(YamlSection.tree(yaml, source), DataPlan.class, source);
  }

  /** This plan as YAML, without files and topics: how data looks, and not where it is. */
  public String layout() {
    DataPlan layout =
        new DataPlan(
            KAFKA.equals(format) ? AVRO : format,
            task,
            null,
            null,
            null,
            null,
            keyColumn,
            targetColumn,
            targetOfEveryStep,
            csv,
            sourceTokens,
            timeUnit,
            gap,
            maximumLength,
            minimumCount,
            specialTokens,
            validationFraction,
            seed);
    return YamlSection.write(layout);
  }

  /**
   * How the data looked that a model was trained on, as its file remembers; as by default where it
   * does not.
   *
   * @param file what the model file is called in errors
   * @throws IllegalArgumentException when what it remembers cannot be read
   */
  public static DataPlan trainedOn(ModelConfig model, String file) {
    String layout = model.provenance().get(TrainingConclusion.DATA_LAYOUT);
    DataPlan plan =
        layout == null
            ? DEFAULTS
            : parse(layout, file + ": provenance " + TrainingConclusion.DATA_LAYOUT);
    return plan.forModel(model);
  }

  /** This plan for data that a model is to read: its task and its special tokens. */
  public DataPlan forModel(ModelConfig config) {
    return new DataPlan(
        format,
        config.task().configName(),
        files,
        job,
        from,
        to,
        keyColumn,
        targetColumn,
        targetOfEveryStep,
        csv,
        sourceTokens,
        timeUnit,
        gap,
        maximumLength,
        minimumCount,
        specialTokens(config),
        validationFraction,
        seed);
  }

  private SpecialTokens specialTokens(ModelConfig config) {
    if (config.task() == Task.SEQ2SEQ) {
      SpecialTokens ofTargets = config.encoderDecoder().targetVocabulary().specialTokens();
      return new SpecialTokens(
          ofTargets.begin(), ofTargets.end(), config.vocabulary().specialTokens().unknown());
    }
    return config.tokenInput() ? config.vocabulary().specialTokens() : specialTokens;
  }

  /** This plan for data of another format. */
  public DataPlan withFormat(String other) {
    return new DataPlan(
        other,
        task,
        files,
        KAFKA.equals(other) ? job : null,
        KAFKA.equals(other) ? from : null,
        KAFKA.equals(other) ? to : null,
        keyColumn,
        targetColumn,
        targetOfEveryStep,
        csv,
        sourceTokens,
        timeUnit,
        gap,
        maximumLength,
        minimumCount,
        specialTokens,
        validationFraction,
        seed);
  }

  /** Whether there are sources and targets, and not sequences of events. */
  public boolean ofPairs() {
    return Task.SEQ2SEQ.configName().equals(task);
  }

  /**
   * What the reader of pairs is told.
   *
   * @throws IllegalArgumentException when a value is refused
   */
  PairOptions pairOptions() {
    PairOptions usual = PairOptions.DEFAULTS;
    return new PairOptions(
        sourceTokens == null
            ? usual.sourceTokens()
            : PairOptions.SourceTokens.fromConfigName(sourceTokens)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "data.source-tokens is '%s'; it is characters or blanks"
                                .formatted(sourceTokens))),
        minimumCount == null ? usual.minimumCount() : minimumCount,
        specialTokens == null ? usual.specialTokens() : specialTokens,
        validationFraction == null ? usual.validationFraction() : validationFraction,
        seed == null ? usual.seed() : seed);
  }

  /** Whether the events come as records, and the job's decoder reads them. */
  boolean ofRecords() {
    return AVRO.equals(format) || KAFKA.equals(format);
  }

  /**
   * What the readers are told.
   *
   * @throws IllegalArgumentException when a value is refused
   */
  InputOptions options() {
    InputOptions.Builder options = InputOptions.builder();
    options.format(inputFormat());
    if (task != null) {
      options.task(
          Task.fromConfigName(task)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "data.task is '%s'; it is one of %s"
                              .formatted(
                                  task,
                                  Arrays.stream(Task.values()).map(Task::configName).toList()))));
    }
    if (keyColumn != null) {
      options.keyColumn(keyColumn);
    }
    if (targetColumn != null) {
      options.targetColumn(targetColumn);
    }
    if (targetOfEveryStep != null) {
      options.targetOfEveryStep(targetOfEveryStep);
    }
    if (csv != null) {
      options.csv(csvColumns());
    }
    if (timeUnit != null) {
      TimeUnit unit = TIME_UNITS.get(timeUnit);
      if (unit == null) {
        throw new IllegalArgumentException(
            "data.time-unit is '" + timeUnit + "'; it is s, ms, us or ns");
      }
      options.timeUnit(unit);
    }
    if (gap != null) {
      try {
        options.gap(DurationText.parse(gap));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("data.gap: " + e.getMessage(), e);
      }
    }
    if (maximumLength != null) {
      options.maximumLength(maximumLength);
    }
    if (minimumCount != null) {
      options.minimumCount(minimumCount);
    }
    if (specialTokens != null) {
      options.specialTokens(specialTokens);
    }
    if (validationFraction != null) {
      options.validationFraction(validationFraction);
    }
    if (seed != null) {
      options.seed(seed);
    }
    return options.build();
  }

  private InputFormat inputFormat() {
    return format == null
        ? InputFormat.LINES
        : InputFormat.fromConfigName(format).orElse(InputFormat.EVENTS);
  }

  private CsvColumns csvColumns() {
    if (csv.delimiter != null && csv.delimiter.length() != 1) {
      throw new IllegalArgumentException(
          "data.csv.delimiter is '" + csv.delimiter + "'; it is one character");
    }
    return new CsvColumns(
        csv.key,
        csv.time,
        csv.features == null ? List.of() : csv.features,
        csv.targets == null ? List.of() : csv.targets,
        csv.delimiter == null ? ',' : csv.delimiter.charAt(0));
  }
}
