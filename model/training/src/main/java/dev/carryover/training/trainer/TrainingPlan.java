package dev.carryover.training.trainer;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.BatchOptions;
import dev.carryover.training.optimizer.Optimizer;
import dev.carryover.training.optimizer.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a model is trained. Everything has a default; in YAML the names are those below with hyphens,
 * and a name that is not among them is refused:
 *
 * <pre>{@code
 * cell: lstm
 * hidden-size: 256
 * epochs: 20
 * learning-rate: 0.002
 * schedule: cosine
 * }</pre>
 *
 * @param modelId the id that the model file carries
 * @param cell {@code rnn_tanh}, {@code rnn_relu}, {@code lstm} or {@code gru}
 * @param gruReset where a GRU applies its reset gate: {@code after} or {@code before}
 * @param embeddingSize {@code E}, of token inputs; of sources and targets alike
 * @param hiddenSize {@code H}
 * @param layers {@code L}
 * @param bidirectional whether every layer reads from both ends; for the task label alone
 * @param bidirectionalEncoder whether every layer of the encoder does; this and the seven below are
 *     for the task seq2seq alone
 * @param encoderHiddenSize {@code He} of the encoder, in one direction; 0 is {@code H}
 * @param attention {@code none}, {@code additive}, {@code dot} or {@code general}
 * @param attentionSize {@code A} of additive attention; 0 is {@code H}
 * @param maximumOutputLength the most tokens of an answer, its end token counted
 * @param labelSmoothing the share of each target that is spread over all tokens
 * @param scheduledSampling how the decoder comes to read what it wrote: {@code none}, {@code
 *     linear}, {@code exponential} or {@code inverse-sigmoid}
 * @param samplingEpochs after how many epochs it reads as much of the target as it ever will
 *     ({@code linear}), or half as much as at first
 * @param samplingLowest the least share of the target's tokens that it reads
 * @param dropout the share of values dropped between layers and before the head
 * @param epochs how often the training sequences are read, at most
 * @param batchSize the rows of a batch, {@code B}
 * @param maximumPaddedTokens the most steps of a batch over all rows
 * @param window the steps after which gradients are cut and the state is carried on ({@code T} of
 *     truncated BPTT); 0 keeps sequences whole
 * @param threads how many Java threads share a batch
 * @param seed decides the first weights, the order of the batches and what is dropped
 * @param optimizer {@code adam}, {@code adamw} or {@code sgd}
 * @param learningRate the highest learning rate
 * @param beta1 of Adam
 * @param beta2 of Adam
 * @param epsilon of Adam
 * @param momentum of SGD
 * @param weightDecay of AdamW
 * @param clipNorm the largest norm of the gradient; 0 does not clip
 * @param averaging how much of the average of the weights of all updates stays with each, for
 *     validation and the model file (Polyak and Juditsky 1992): 0.999 is about the last thousand
 *     updates; 0 is the weights themselves
 * @param schedule {@code constant}, {@code step}, {@code exponential} or {@code cosine}
 * @param scheduleFactor by what step and exponential multiply, and where cosine ends
 * @param scheduleEpochs how many epochs lie between two steps of the schedule
 * @param warmUpSteps over how many steps the learning rate rises
 * @param patience after how many epochs without a better validation loss training stops; 0 never
 * @param checkpointSteps after how many steps the last checkpoint is renewed, besides every epoch;
 *     0 for epochs alone
 * @param selfTests how many sequences with their outputs the model file carries
 */
public record TrainingPlan(
    String modelId,
    Cell cell,
    GruReset gruReset,
    int embeddingSize,
    int hiddenSize,
    int layers,
    boolean bidirectional,
    boolean bidirectionalEncoder,
    int encoderHiddenSize,
    Attention attention,
    int attentionSize,
    int maximumOutputLength,
    double labelSmoothing,
    SamplingKind scheduledSampling,
    double samplingEpochs,
    double samplingLowest,
    double dropout,
    int epochs,
    int batchSize,
    int maximumPaddedTokens,
    int window,
    int threads,
    long seed,
    OptimizerKind optimizer,
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double momentum,
    double weightDecay,
    double clipNorm,
    double averaging,
    ScheduleKind schedule,
    double scheduleFactor,
    double scheduleEpochs,
    int warmUpSteps,
    int patience,
    int checkpointSteps,
    int selfTests) {
  /** A GRU of 64, 20 epochs of Adam at 0.003, on two threads. */
  public static final TrainingPlan DEFAULTS =
      new TrainingPlan(
          "model",
          Cell.GRU,
          GruReset.AFTER,
          32,
          64,
          1,
          false,
          false,
          0,
          Attention.NONE,
          0,
          EncoderDecoder.DEFAULT_MAXIMUM_OUTPUT_LENGTH,
          0,
          SamplingKind.NONE,
          10,
          0,
          0,
          20,
          32,
          1 << 16,
          0,
          2,
          1,
          OptimizerKind.ADAM,
          0.003,
          0.9,
          0.999,
          1e-8,
          0.9,
          0.01,
          5,
          0,
          ScheduleKind.CONSTANT,
          0.1,
          1,
          0,
          0,
          0,
          4);

  /** How weights move. */
  public enum OptimizerKind {
    /** Adam. */
    ADAM,
    /** Adam with decoupled weight decay. */
    ADAMW,
    /** Gradient descent with momentum. */
    SGD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the learning rate falls. */
  public enum ScheduleKind {
    /** Not at all. */
    CONSTANT,
    /** By a factor now and then. */
    STEP,
    /** By a factor, evenly. */
    EXPONENTIAL,
    /** Along half a cosine over all epochs. */
    COSINE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the decoder of a seq2seq model comes to read what it wrote in the place of the target. */
  public enum SamplingKind {
    /** Not at all: teacher forcing. */
    NONE,
    /** In a line. */
    LINEAR,
    /** By a factor, evenly. */
    EXPONENTIAL,
    /** Late and then fast. */
    INVERSE_SIGMOID;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private static final List<String> PAIRS_ALONE =
      List.of(
          "bidirectional-encoder",
          "encoder-hidden-size",
          "attention",
          "attention-size",
          "maximum-output-length",
          "label-smoothing",
          "scheduled-sampling",
          "sampling-epochs",
          "sampling-lowest");

  private static final ObjectMapper YAML =
      YAMLMapper.builder(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** Checks every value. */
  public TrainingPlan {
    ModelConfig.checkModelId(modelId);
    present("cell", cell);
    present("gru-reset", gruReset);
    present("optimizer", optimizer);
    present("schedule", schedule);
    if (gruReset == GruReset.BEFORE && cell != Cell.GRU) {
      throw refused("gru-reset", gruReset, "before for cell gru alone; leave it out for " + cell);
    }
    atLeast("embedding-size", embeddingSize, 1);
    atLeast("hidden-size", hiddenSize, 1);
    atLeast("layers", layers, 1);
    atLeast("epochs", epochs, 1);
    atLeast("batch-size", batchSize, 1);
    atLeast("maximum-padded-tokens", maximumPaddedTokens, 1);
    atLeast("window", window, 0);
    atLeast("threads", threads, 1);
    atLeast("warm-up-steps", warmUpSteps, 0);
    atLeast("patience", patience, 0);
    atLeast("checkpoint-steps", checkpointSteps, 0);
    atLeast("self-tests", selfTests, 1);
    within("dropout", dropout, dropout >= 0 && dropout < 1, "at least 0 and below 1");
    positive("learning-rate", learningRate);
    positive("epsilon", epsilon);
    positive("schedule-epochs", scheduleEpochs);
    within("schedule-factor", scheduleFactor, scheduleFactor >= 0 && scheduleFactor <= 1, "0 to 1");
    within("beta1", beta1, beta1 >= 0 && beta1 < 1, "at least 0 and below 1");
    within("beta2", beta2, beta2 >= 0 && beta2 < 1, "at least 0 and below 1");
    within("momentum", momentum, momentum >= 0 && momentum < 1, "at least 0 and below 1");
    within("weight-decay", weightDecay, weightDecay >= 0 && weightDecay < 1, "0 to below 1");
    within("clip-norm", clipNorm, clipNorm >= 0 && Double.isFinite(clipNorm), "at least 0");
    within("averaging", averaging, averaging >= 0 && averaging < 1, "at least 0 and below 1");
    present("attention", attention);
    present("scheduled-sampling", scheduledSampling);
    atLeast("encoder-hidden-size", encoderHiddenSize, 0);
    atLeast("attention-size", attentionSize, 0);
    atLeast("maximum-output-length", maximumOutputLength, 1);
    within(
        "label-smoothing",
        labelSmoothing,
        labelSmoothing >= 0 && labelSmoothing < 1,
        "at least 0 and below 1");
    positive("sampling-epochs", samplingEpochs);
    within("sampling-lowest", samplingLowest, samplingLowest >= 0 && samplingLowest <= 1, "0 to 1");
  }

  private static void present(String key, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(key + " is empty; give it a value or leave it out");
    }
  }

  private static void atLeast(String key, int value, int least) {
    within(key, value, value >= least, "at least " + least);
  }

  private static void positive(String key, double value) {
    within(key, value, value > 0 && Double.isFinite(value), "above 0");
  }

  private static void within(String key, Number value, boolean allowed, String range) {
    if (!allowed) {
      throw refused(key, value, range);
    }
  }

  private static IllegalArgumentException refused(String key, Object value, String allowed) {
    return new IllegalArgumentException(key + " is " + value + "; it is " + allowed);
  }

  /**
   * Reads a plan; what it does not say is as in {@link #DEFAULTS}.
   *
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when a key or a value is refused
   */
  public static TrainingPlan read(Path yaml) throws IOException {
    return parse(Files.readString(yaml), yaml.toString());
  }

  /**
   * Reads a plan from a text.
   *
   * @param source what the text is called in errors
   * @throws IllegalArgumentException when a key or a value is refused
   */
  public static TrainingPlan parse(String yaml, String source) {
    return DEFAULTS.withYaml(yaml, source);
  }

  /**
   * This plan with what a YAML text says in its place.
   *
   * @param source what the text is called in errors
   * @throws IllegalArgumentException when a key or a value is refused
   */
  public TrainingPlan withYaml(String yaml, String source) {
    ObjectNode values = YAML.valueToTree(this);
    try {
      JsonNode said = YAML.readTree(yaml);
      if (said.isMissingNode() || said.isNull()) {
        return this;
      }
      if (!said.isObject()) {
        throw new IllegalArgumentException(
            source + ": the plan is no mapping; write lines of the form 'cell: lstm'");
      }
      for (Map.Entry<String, JsonNode> entry : said.properties()) {
        if (values.replace(entry.getKey(), entry.getValue()) == null) {
          values.remove(entry.getKey());
          throw new IllegalArgumentException(
              "%s: there is no key '%s'; the keys are %s"
                  .formatted(source, entry.getKey(), keys(values)));
        }
      }
      return YAML.treeToValue(values, TrainingPlan.class);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(source + ": " + explain(e, values), e);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new IllegalArgumentException(
          "%s, line %d, column %d: this is no YAML (%s); write lines of the form 'cell: lstm'"
              .formatted(
                  source,
                  at == null ? 0 : at.getLineNr(),
                  at == null ? 0 : at.getColumnNr(),
                  e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    }
  }

  private static List<String> keys(ObjectNode values) {
    List<String> keys = new ArrayList<>();
    values.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static String explain(JsonMappingException e, ObjectNode values) {
    if (e.getCause() instanceof IllegalArgumentException refused) {
      return refused.getMessage();
    }
    String key = e.getPath().isEmpty() ? "" : e.getPath().get(0).getFieldName();
    Class<?> type = e instanceof MismatchedInputException kind ? kind.getTargetType() : null;
    if (type == null || !values.has(key)) {
      return e.getOriginalMessage();
    }
    String allowed =
        type.isEnum()
            ? "one of " + Arrays.toString(type.getEnumConstants())
            : type == double.class
                ? "a number"
                : type == boolean.class
                    ? "true or false"
                    : type == String.class ? "a text" : "a whole number";
    return "%s is %s; it is %s".formatted(key, values.get(key).asText(), allowed);
  }

  /** The plan as YAML, every key with its value. */
  public String toYaml() {
    try {
      return YAML.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * This plan with one value changed.
   *
   * @param key a key in YAML's spelling
   * @param value its value
   * @throws IllegalArgumentException when the key or the value is refused
   */
  public TrainingPlan with(String key, Object value) {
    return withYaml(key + ": " + value, "option " + key);
  }

  /** This plan with another number of epochs. */
  TrainingPlan withEpochs(int other) {
    return with("epochs", other);
  }

  /** The keys in which another plan differs, with both values. */
  String differences(TrainingPlan other) {
    ObjectNode mine = YAML.valueToTree(this);
    ObjectNode theirs = YAML.valueToTree(other);
    List<String> differences = new ArrayList<>();
    for (String key : keys(mine)) {
      if (!mine.get(key).equals(theirs.get(key))) {
        differences.add("%s %s, not %s".formatted(key, mine.get(key), theirs.get(key)));
      }
    }
    return String.join(", ", differences);
  }

  /**
   * Checks that nothing is said that a task has no use for.
   *
   * @throws IllegalArgumentException when something is: the message names the key, its value and
   *     the task
   */
  public void checkTask(Task task) {
    List<String> others = task == Task.SEQ2SEQ ? List.of("bidirectional", "window") : PAIRS_ALONE;
    ObjectNode said = YAML.valueToTree(this);
    ObjectNode usual = YAML.valueToTree(DEFAULTS);
    for (String key : others) {
      if (!said.get(key).equals(usual.get(key))) {
        throw new IllegalArgumentException(
            "%s is %s and the task is %s, which has no use for it; leave it out%s"
                .formatted(
                    key,
                    said.get(key).asText(),
                    task,
                    key.equals("bidirectional") ? ", or say bidirectional-encoder" : ""));
      }
    }
  }

  /** How batches are put together. */
  public BatchOptions batchOptions() {
    return new BatchOptions(batchSize, maximumPaddedTokens, window, seed);
  }

  /** The optimizer of {@code size} weights. */
  Optimizer newOptimizer(int size) {
    return switch (optimizer) {
      case ADAM -> Optimizer.adam(size, beta1, beta2, epsilon);
      case ADAMW -> Optimizer.adamW(size, beta1, beta2, epsilon, weightDecay);
      case SGD -> Optimizer.sgd(size, momentum);
    };
  }

  /** The schedule when an epoch has about {@code epochSteps} steps. */
  Schedule newSchedule(int epochSteps) {
    long every = Math.max(1, Math.round(scheduleEpochs * epochSteps));
    long total = (long) epochs * epochSteps;
    Schedule falling =
        switch (schedule) {
          case CONSTANT -> Schedule.constant();
          case STEP -> Schedule.step(every, scheduleFactor);
          case EXPONENTIAL -> Schedule.exponential(every, scheduleFactor);
          case COSINE -> Schedule.cosine(total, scheduleFactor);
        };
    return falling.warmUp(warmUpSteps);
  }
}
