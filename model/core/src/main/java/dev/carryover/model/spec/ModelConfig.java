package dev.carryover.model.spec;

import dev.carryover.model.vocabulary.Vocabulary;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Everything about a model that is not a weight. A config alone decides which tensors a model has
 * and of which shapes ({@link #tensorShapes()}).
 *
 * <pre>{@code
 * ModelConfig config =
 *     ModelConfig.builder()
 *         .task(Task.NEXT_TOKEN)
 *         .cell(Cell.GRU)
 *         .vocabulary(Vocabulary.of(List.of("<bos>", "<eos>", "a", "b"), "<bos>", "<eos>", null))
 *         .embeddingSize(32)
 *         .hiddenSize(64)
 *         .build();
 * }</pre>
 *
 * <p>Immutable and safe to share between threads.
 */
public final class ModelConfig {
  /** The newest format version that this build reads and writes. */
  public static final int FORMAT_VERSION = 4;

  /** The first format version that holds alert thresholds. */
  public static final int ALERTS_VERSION = 2;

  /** The first format version that holds the task label and bidirectional models. */
  public static final int LABEL_VERSION = 3;

  /** The first format version that holds the task seq2seq. */
  public static final int SEQ2SEQ_VERSION = 4;

  private static final Pattern MODEL_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final String modelId;
  private final Task task;
  private final Cell cell;
  private final GruReset gruReset;
  private final Vocabulary vocabulary;
  private final FeatureSchema features;
  private final int inputSize;
  private final int hiddenSize;
  private final int layers;
  private final boolean bidirectional;
  private final boolean bias;
  private final List<String> labels;
  private final int outputSize;
  private final AlertThresholds alerts;
  private final EncoderDecoder encoderDecoder;
  private final Map<String, String> provenance;
  private final StateLayout stateLayout;
  private final TensorShapes tensorShapes;

  private ModelConfig(Builder builder) {
    modelId = checkModelId(builder.modelId);
    task = require("task", builder.task);
    cell = require("cell", builder.cell);
    gruReset = require("gru_reset", builder.gruReset);
    if (cell != Cell.GRU && gruReset != GruReset.AFTER) {
      throw new IllegalArgumentException(
          "gru_reset is %s and the cell is %s; only the gru has a reset gate, leave gru_reset out"
              .formatted(gruReset, cell));
    }
    vocabulary = builder.vocabulary;
    features = builder.features;
    inputSize = inputSize(builder);
    hiddenSize = positive("hidden_size", builder.hiddenSize);
    layers = positive("layers", builder.layers);
    bidirectional = bidirectional(builder);
    bias = builder.bias;
    encoderDecoder = encoderDecoder(builder);
    outputSize = outputSize(builder);
    labels = labels(builder, outputSize);
    alerts = alerts(builder);
    provenance = Collections.unmodifiableMap(new TreeMap<>(builder.provenance));
    stateLayout =
        new StateLayout(
            layers,
            encoderDecoder == null ? hiddenSize : encoderDecoder.encoderHiddenSize(),
            cell.stateVectors());
    tensorShapes = TensorShapes.of(this);
  }

  /** A builder whose model has one layer, biases, and the id {@code model}. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds all of this config. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.modelId = modelId;
    builder.task = task;
    builder.cell = cell;
    builder.gruReset = gruReset;
    builder.vocabulary = vocabulary;
    builder.features = features;
    builder.embeddingSize = vocabulary == null ? 0 : inputSize;
    builder.hiddenSize = hiddenSize;
    builder.layers = layers;
    builder.bidirectional = bidirectional;
    builder.bias = bias;
    builder.labels = labels;
    builder.outputSize = task == Task.NEXT_TOKEN || task == Task.SEQ2SEQ ? 0 : outputSize;
    builder.alerts = alerts;
    builder.encoderDecoder = encoderDecoder;
    builder.provenance.putAll(provenance);
    return builder;
  }

  /**
   * Checks the form of a model id: 1 to 128 letters, digits, dots, hyphens and underscores, of
   * which the first is a letter or a digit. So it can stand in a file name, a topic and a metric.
   *
   * @return the id
   * @throws IllegalArgumentException when it has another form
   */
  public static String checkModelId(String modelId) {
    if (modelId == null || !MODEL_ID.matcher(modelId).matches()) {
      throw new IllegalArgumentException(
          "model id '"
              + modelId
              + "' does not match "
              + MODEL_ID
              + "; use letters, digits, '.', '_' and '-'");
    }
    return modelId;
  }

  private static <T> T require(String field, T value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is absent; every model has one");
    }
    return value;
  }

  private static int positive(String field, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(field + " is " + value + "; it is at least 1");
    }
    return value;
  }

  private static int inputSize(Builder builder) {
    if ((builder.vocabulary == null) == (builder.features == null)) {
      throw new IllegalArgumentException(
          builder.features == null
              ? "the model has neither a vocabulary nor features; give it one of them"
              : "the model has both a vocabulary and features; give it one of them");
    }
    if (builder.features == null) {
      return positive("embedding_size", builder.embeddingSize);
    }
    if (builder.embeddingSize != 0) {
      throw new IllegalArgumentException(
          "embedding_size is "
              + builder.embeddingSize
              + " and the input is features; only tokens are embedded, leave embedding_size out");
    }
    return builder.features.size();
  }

  private static boolean bidirectional(Builder builder) {
    if (builder.bidirectional && builder.task == Task.SEQ2SEQ) {
      throw new IllegalArgumentException(
          "bidirectional is true and the task is seq2seq; its decoder has one direction, say"
              + " bidirectional_encoder for its encoder");
    }
    if (builder.bidirectional && !builder.task.hasLabels()) {
      throw new IllegalArgumentException(
          "bidirectional is true and the task is "
              + builder.task
              + "; only classify and label may read what comes later, leave bidirectional out");
    }
    return builder.bidirectional;
  }

  private static int outputSize(Builder builder) {
    return switch (builder.task) {
      case NEXT_TOKEN -> {
        if (builder.vocabulary == null) {
          throw new IllegalArgumentException(
              "task next-token has features and no vocabulary; it predicts tokens, give it one");
        }
        if (builder.outputSize != 0 && builder.outputSize != builder.vocabulary.size()) {
          throw new IllegalArgumentException(
              "the head has %d outputs and the vocabulary %d tokens; next-token has one per token"
                  .formatted(builder.outputSize, builder.vocabulary.size()));
        }
        yield builder.vocabulary.size();
      }
      case CLASSIFY, LABEL ->
          builder.outputSize == 0
              ? positive("number of labels", builder.labels.size())
              : positive("classes", builder.outputSize);
      case REGRESS -> positive("outputs", builder.outputSize);
      case SEQ2SEQ -> {
        int tokens = builder.encoderDecoder.targetVocabulary().size();
        if (builder.outputSize != 0 && builder.outputSize != tokens) {
          throw new IllegalArgumentException(
              "the head has %d outputs and the target vocabulary %d tokens; seq2seq has one per token"
                  .formatted(builder.outputSize, tokens));
        }
        yield tokens;
      }
    };
  }

  private static EncoderDecoder encoderDecoder(Builder builder) {
    if (builder.task != Task.SEQ2SEQ) {
      if (builder.encoderDecoder != null) {
        throw new IllegalArgumentException(
            "task "
                + builder.task
                + " has an encoder and a decoder; only seq2seq has, leave them out");
      }
      return null;
    }
    if (builder.encoderDecoder == null) {
      throw new IllegalArgumentException(
          "task seq2seq has no encoder and no decoder; say what they are");
    }
    if (builder.vocabulary == null) {
      throw new IllegalArgumentException(
          "task seq2seq has features and no source vocabulary; it reads tokens, give it one");
    }
    if (builder.vocabulary.beginId() != Vocabulary.ABSENT
        || builder.vocabulary.endId() != Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the source vocabulary has the special tokens %s; an encoder begins at the zero state and"
                  .formatted(builder.vocabulary.specialTokens())
              + " ends with its sequence, leave begin and end out");
    }
    return builder.encoderDecoder.of(builder.hiddenSize);
  }

  private static AlertThresholds alerts(Builder builder) {
    AlertThresholds alerts = builder.alerts;
    if (alerts == null) {
      return null;
    }
    if (builder.task != Task.NEXT_TOKEN) {
      throw new IllegalArgumentException(
          "task "
              + builder.task
              + " has alert thresholds; only next-token ranks tokens, leave them out");
    }
    Vocabulary vocabulary = builder.vocabulary;
    if (alerts.rank() >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "the alert rank is %d and the vocabulary has %d tokens; ranks are 0 to %d"
              .formatted(alerts.rank(), vocabulary.size(), vocabulary.size() - 1));
    }
    if (alerts.endSurprisal() < AlertThresholds.NEVER && vocabulary.endId() == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the end of a sequence alerts from "
              + alerts.endSurprisal()
              + " nats on and the vocabulary has no end token; leave end_surprisal out");
    }
    if (alerts.unknown() && vocabulary.unknownId() == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "unknown tokens alert and the vocabulary has no unknown token; leave that out");
    }
    return alerts;
  }

  private static List<String> labels(Builder builder, int outputSize) {
    if (!builder.task.hasLabels()) {
      if (!builder.labels.isEmpty()) {
        throw new IllegalArgumentException(
            "task "
                + builder.task
                + " has "
                + builder.labels.size()
                + " labels; only classify and label have labels, leave them out");
      }
      return List.of();
    }
    if (builder.labels.isEmpty()) {
      return IntStream.range(0, labelCount(outputSize)).mapToObj(Integer::toString).toList();
    }
    return checkLabels(builder.labels, outputSize);
  }

  /**
   * Checks the labels of a task against the number of its outputs.
   *
   * @return the labels
   * @throws IllegalArgumentException when a label occurs twice, or there is not one per output, or
   *     two for the single output of a binary classifier
   */
  public static List<String> checkLabels(List<String> labels, int outputSize) {
    if (labels.size() != labelCount(outputSize)) {
      throw new IllegalArgumentException(
          "there are %d labels for %d outputs; give one per output, or two for one binary output"
              .formatted(labels.size(), outputSize));
    }
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      if (!seen.add(label)) {
        throw new IllegalArgumentException(
            "label '" + label + "' occurs twice; every label must be unique");
      }
    }
    return labels;
  }

  private static int labelCount(int outputSize) {
    return outputSize == 1 ? 2 : outputSize;
  }

  /** The lowest version of the model file format that holds all of this config. */
  public int formatVersion() {
    if (task == Task.SEQ2SEQ) {
      return SEQ2SEQ_VERSION;
    }
    if (task == Task.LABEL || bidirectional) {
      return LABEL_VERSION;
    }
    return alerts == null ? 1 : ALERTS_VERSION;
  }

  /** The name under which revisions of this model are announced. */
  public String modelId() {
    return modelId;
  }

  /** What the model says about a sequence. */
  public Task task() {
    return task;
  }

  /** The equations of one step. */
  public Cell cell() {
    return cell;
  }

  /** Where a GRU applies its reset gate; {@link GruReset#AFTER} for every other cell. */
  public GruReset gruReset() {
    return gruReset;
  }

  /** Whether the input is tokens; otherwise it is features. */
  public boolean tokenInput() {
    return vocabulary != null;
  }

  /** The size of what layer 0 reads: {@code E} for tokens, {@code F} for features. */
  public int inputSize() {
    return inputSize;
  }

  /** The size of one hidden vector, {@code H}; of the decoder's for seq2seq. */
  public int hiddenSize() {
    return hiddenSize;
  }

  /** The number of layers, {@code L}. */
  public int layers() {
    return layers;
  }

  /**
   * Whether every layer reads the sequence from both ends. Such a model answers for finished
   * sequences alone.
   */
  public boolean bidirectional() {
    return bidirectional;
  }

  /**
   * What a layer gives at a step, and the layer above it or the head reads: {@code H}, or {@code
   * 2H}, forward before backward, when bidirectional.
   */
  public int layerOutputSize() {
    return bidirectional ? 2 * hiddenSize : hiddenSize;
  }

  /** Whether the cells have biases. The head always has one. */
  public boolean bias() {
    return bias;
  }

  /**
   * The tokens of the input, or {@code null} when the input is features. Those of seq2seq are the
   * source's.
   */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The features of the input, or {@code null} when the input is tokens. */
  public FeatureSchema features() {
    return features;
  }

  /**
   * The labels of classify and label in the order of the head's outputs; empty for other tasks. A
   * binary model has one output, a sigmoid, and two labels: that of 0 and that of 1.
   */
  public List<String> labels() {
    return labels;
  }

  /**
   * The number of the head's outputs, {@code O}: {@code V} for next-token, the number of classes (1
   * = binary, a sigmoid) for classify and label, the number of predicted values for regress, the
   * number of target tokens for seq2seq.
   */
  public int outputSize() {
    return outputSize;
  }

  /** When an event is worth an alert, or {@code null} when nothing was calibrated. */
  public AlertThresholds alerts() {
    return alerts;
  }

  /** What a seq2seq model has besides, all sizes settled, or {@code null} for other tasks. */
  public EncoderDecoder encoderDecoder() {
    return encoderDecoder;
  }

  /** How the model came to be, as free names and values in the order of the names. */
  public Map<String, String> provenance() {
    return provenance;
  }

  /**
   * How the hidden state of one key lies in a float array; when bidirectional, that of one
   * direction, as nothing is kept from event to event. For seq2seq it is the encoder's, which reads
   * the events.
   */
  public StateLayout stateLayout() {
    return stateLayout;
  }

  /** The names and shapes of the model's tensors. */
  public TensorShapes tensorShapes() {
    return tensorShapes;
  }

  /** The number of values in all tensors of the model. */
  public long parameterCount() {
    return tensorShapes.parameterCount();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelConfig that
        && modelId.equals(that.modelId)
        && task == that.task
        && cell == that.cell
        && gruReset == that.gruReset
        && Objects.equals(vocabulary, that.vocabulary)
        && Objects.equals(features, that.features)
        && inputSize == that.inputSize
        && hiddenSize == that.hiddenSize
        && layers == that.layers
        && bidirectional == that.bidirectional
        && bias == that.bias
        && labels.equals(that.labels)
        && outputSize == that.outputSize
        && Objects.equals(alerts, that.alerts)
        && Objects.equals(encoderDecoder, that.encoderDecoder)
        && provenance.equals(that.provenance);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        modelId,
        task,
        cell,
        gruReset,
        vocabulary,
        features,
        inputSize,
        hiddenSize,
        layers,
        bidirectional,
        bias,
        labels,
        outputSize,
        alerts,
        encoderDecoder,
        provenance);
  }

  /** One line: id, task, cell, sizes and number of parameters. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %s, %s%s of %d x %d%s, %s, %s%d outputs, %,d parameters",
        modelId,
        task,
        cell,
        gruReset == GruReset.BEFORE ? " (reset before)" : "",
        layers,
        hiddenSize,
        bidirectional ? " in two directions" : "",
        tokenInput()
            ? vocabulary.size() + " tokens embedded in " + inputSize
            : inputSize + " features",
        encoderDecoder == null ? "" : describe(encoderDecoder),
        outputSize,
        parameterCount());
  }

  private static String describe(EncoderDecoder parts) {
    return "encoder of %d%s, %s, "
        .formatted(
            parts.encoderHiddenSize(),
            parts.bidirectionalEncoder() ? " in two directions" : "",
            parts.attention().hasContext() ? parts.attention() + " attention" : "no attention");
  }

  /** Builds a {@link ModelConfig}. Not thread-safe. */
  public static final class Builder {
    private String modelId = "model";
    private Task task;
    private Cell cell;
    private GruReset gruReset = GruReset.AFTER;
    private Vocabulary vocabulary;
    private FeatureSchema features;
    private int embeddingSize;
    private int hiddenSize;
    private int layers = 1;
    private boolean bidirectional;
    private boolean bias = true;
    private List<String> labels = List.of();
    private int outputSize;
    private AlertThresholds alerts;
    private EncoderDecoder encoderDecoder;
    private final Map<String, String> provenance = new TreeMap<>();

    private Builder() {}

    /** The name under which revisions are announced; see {@link ModelConfig#checkModelId}. */
    public Builder modelId(String modelId) {
      this.modelId = modelId;
      return this;
    }

    /** What the model says about a sequence. */
    public Builder task(Task task) {
      this.task = task;
      return this;
    }

    /** The equations of one step. */
    public Builder cell(Cell cell) {
      this.cell = cell;
      return this;
    }

    /** Where a GRU applies its reset gate; {@link GruReset#AFTER} unless said otherwise. */
    public Builder gruReset(GruReset gruReset) {
      this.gruReset = gruReset;
      return this;
    }

    /** The tokens of the input, {@code V}, seq2seq's source; excludes {@link #features}. */
    public Builder vocabulary(Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
      return this;
    }

    /** The size of one token's embedding, {@code E}; token inputs only. */
    public Builder embeddingSize(int embeddingSize) {
      this.embeddingSize = embeddingSize;
      return this;
    }

    /** The features of the input, {@code F}; excludes {@link #vocabulary}. */
    public Builder features(FeatureSchema features) {
      this.features = features;
      return this;
    }

    /** The size of one hidden vector, {@code H}; of the decoder's for seq2seq. */
    public Builder hiddenSize(int hiddenSize) {
      this.hiddenSize = hiddenSize;
      return this;
    }

    /** The number of layers, {@code L}. */
    public Builder layers(int layers) {
      this.layers = layers;
      return this;
    }

    /** Whether every layer reads from both ends; classify and label only. */
    public Builder bidirectional(boolean bidirectional) {
      this.bidirectional = bidirectional;
      return this;
    }

    /** Whether the cells have biases. */
    public Builder bias(boolean bias) {
      this.bias = bias;
      return this;
    }

    /**
     * The labels of classify and label. Without {@link #outputSize} there is one output per label;
     * with an output size and no labels they are named 0, 1, ...
     */
    public Builder labels(List<String> labels) {
      this.labels = List.copyOf(labels);
      return this;
    }

    /** The number of the head's outputs, {@code O}: classes, or predicted values. */
    public Builder outputSize(int outputSize) {
      this.outputSize = outputSize;
      return this;
    }

    /** When an event is worth an alert; next-token only. */
    public Builder alerts(AlertThresholds alerts) {
      this.alerts = alerts;
      return this;
    }

    /** What a seq2seq model has besides; seq2seq only, and needed there. */
    public Builder encoderDecoder(EncoderDecoder encoderDecoder) {
      this.encoderDecoder = encoderDecoder;
      return this;
    }

    /** Adds one fact about how the model came to be. */
    public Builder provenance(String name, String value) {
      provenance.put(Objects.requireNonNull(name), Objects.requireNonNull(value));
      return this;
    }

    /**
     * The config.
     *
     * @throws IllegalArgumentException when something is absent, out of range or in conflict with
     *     something else; the message names the field and its values
     */
    public ModelConfig build() {
      return new ModelConfig(this);
    }
  }
}
