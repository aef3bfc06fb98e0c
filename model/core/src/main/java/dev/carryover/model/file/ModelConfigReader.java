package dev.carryover.model.file;

import dev.carryover.model.file.StrictJson.Number;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Reads a config from JSON: the one inside a model file, or one that a person wrote to stand beside
 * bare weights. Both have the same keys; the one inside a model file must state its {@code
 * format_version} and {@code model_id}, and one beside weights may give sizes in place of names
 * ({@code vocabulary_size}, {@code feature_size}, {@code classes}), which are then 0, 1, ... Beside
 * weights a seq2seq config may also give the ids {@code bos} and {@code eos} in place of the tokens
 * {@code begin} and {@code end}.
 */
public final class ModelConfigReader {
  private static final String FORMAT_VERSION = "format_version";
  private static final String MODEL_ID = "model_id";
  private static final String DEFAULT_MODEL_ID = "model";
  private static final String BIDIRECTIONAL = "bidirectional";
  private static final String ALERTS = "alerts";
  private static final String ATTENTION = "attention";
  private static final String SOURCE_VOCABULARY = "source_vocabulary";
  private static final String TARGET_VOCABULARY = "target_vocabulary";
  private static final String MAXIMUM_OUTPUT_LENGTH = "maximum_output_length";
  private static final String BOS = "bos";
  private static final String EOS = "eos";

  private static final List<String> KEYS =
      List.of(
          FORMAT_VERSION,
          MODEL_ID,
          "task",
          "cell",
          "gru_reset",
          BIDIRECTIONAL,
          ATTENTION,
          "embedding_size",
          "feature_size",
          "hidden_size",
          "layers",
          "bias",
          "classes",
          "labels",
          "outputs",
          "vocabulary",
          "vocabulary_size",
          "begin",
          "end",
          "unknown",
          "features",
          ALERTS,
          "encoder_hidden_size",
          "bidirectional_encoder",
          "attention_size",
          SOURCE_VOCABULARY,
          "source_vocabulary_size",
          TARGET_VOCABULARY,
          "target_vocabulary_size",
          MAXIMUM_OUTPUT_LENGTH,
          "provenance");
  private static final List<String> FEATURE_KEYS = List.of("names", "mean", "scale");
  private static final List<String> ALERT_KEYS =
      List.of("rank", "surprisal", "end_surprisal", "unknown", "false_alarm_rate");
  private static final List<String> SEQ2SEQ_KEYS =
      List.of(
          "encoder_hidden_size",
          "bidirectional_encoder",
          "attention_size",
          SOURCE_VOCABULARY,
          "source_vocabulary_size",
          TARGET_VOCABULARY,
          "target_vocabulary_size",
          MAXIMUM_OUTPUT_LENGTH);
  private static final List<String> OTHER_TASKS_KEYS =
      List.of(
          "vocabulary",
          "vocabulary_size",
          "features",
          "feature_size",
          ALERTS,
          "classes",
          "labels",
          "outputs");
  private static final List<String> TOKEN_INPUT_KEYS =
      List.of("vocabulary", "vocabulary_size", "embedding_size", "begin", "end", "unknown");

  /*
   * The order of the checks is that of their use to a reader of the message: a newer file has keys
   * that are unknown because it is newer, and a model of another task has other keys because of its
   * task, so version and task are looked at before the keys are.
   */
  private final String source;
  private final ModelFileLimits limits;
  private final Fields fields;

  private ModelConfigReader(Map<String, Object> json, String source, ModelFileLimits limits) {
    this.source = source;
    this.limits = limits;
    this.fields = new Fields(json, "");
  }

  /**
   * Reads a config file under the default limits.
   *
   * @throws ModelFileException when it is refused or cannot be read
   */
  public static ModelConfig read(Path path) throws ModelFileException {
    return read(path, ModelFileLimits.defaults());
  }

  /**
   * Reads a config file. Without a {@code model_id} the model is called after the file: {@code
   * hdfs-gru64.config.json} holds {@code hdfs-gru64}.
   *
   * @throws ModelFileException when it is refused or cannot be read
   */
  public static ModelConfig read(Path path, ModelFileLimits limits) throws ModelFileException {
    String source = path.toString();
    byte[] bytes;
    try (FileChannel channel = FileChannel.open(path)) {
      if (channel.size() > limits.headerBytes()) {
        throw new ModelFileException(
            ModelFileError.CONFIG_TOO_LARGE,
            "the config has " + channel.size() + " bytes, the limit is " + limits.headerBytes(),
            source,
            "give the config alone, or raise the limit");
      }
      bytes = Channels.newInputStream(channel).readNBytes(limits.headerBytes());
    } catch (ModelFileException e) {
      throw e;
    } catch (IOException e) {
      throw SafetensorsReader.unreadable(source, e);
    }
    String text = StrictJson.decodeUtf8(bytes);
    if (text == null) {
      throw new ModelFileException(
          ModelFileError.CONFIG_MALFORMED,
          "the config's " + bytes.length + " bytes are not UTF-8",
          source,
          "save it as UTF-8");
    }
    String name = String.valueOf(path.getFileName()).replaceFirst("(\\.config)?\\.json$", "");
    return parse(text, source, limits).config(name);
  }

  /**
   * Reads a config from a text under the default limits. Without a {@code model_id} the model is
   * called {@code model}.
   *
   * @param source names the text in errors
   * @throws ModelFileException when it is refused
   */
  public static ModelConfig read(String json, String source) throws ModelFileException {
    return parse(json, source, ModelFileLimits.defaults()).config(DEFAULT_MODEL_ID);
  }

  /** Reads the config of a model file, which states its version and its model id. */
  static ModelConfig readOfModelFile(String json, String source, ModelFileLimits limits)
      throws ModelFileException {
    return parse(json, source, limits).config(null);
  }

  private static ModelConfigReader parse(String json, String source, ModelFileLimits limits)
      throws ModelFileException {
    Map<String, Object> object =
        StrictJson.parse(json, source, ModelFileError.CONFIG_MALFORMED, limits.configValues());
    return new ModelConfigReader(object, source, limits);
  }

  /** The config; without a default model id both the version and the model id must be stated. */
  private ModelConfig config(String defaultModelId) throws ModelFileException {
    checkFormatVersion();
    Task task = task();
    checkArchitecture(task);
    List<String> known = new ArrayList<>(KEYS);
    if (defaultModelId != null && task == Task.SEQ2SEQ) {
      known.addAll(List.of(BOS, EOS));
    }
    fields.refuseKeysOtherThan(known);
    if (task == Task.SEQ2SEQ) {
      fields.conflict(
          OTHER_TASKS_KEYS,
          "the task is seq2seq, which has source_vocabulary and target_vocabulary and no more");
    } else {
      fields.conflict(
          SEQ2SEQ_KEYS, "the task is " + task + ", and only seq2seq has an encoder and a decoder");
    }
    if (defaultModelId == null) {
      fields.require(FORMAT_VERSION);
      fields.require(MODEL_ID);
    }
    ModelConfig.Builder builder = ModelConfig.builder().task(task);
    String modelId = fields.has(MODEL_ID) ? fields.string(MODEL_ID) : defaultModelId;
    builder.modelId(
        built(ModelFileError.INVALID_MODEL_ID, MODEL_ID, () -> ModelConfig.checkModelId(modelId)));
    builder.cell(fields.name("cell", Cell::fromConfigName, Cell.values()));
    if (fields.has("gru_reset")) {
      builder.gruReset(fields.name("gru_reset", GruReset::fromConfigName, GruReset.values()));
    }
    builder.hiddenSize(fields.size("hidden_size", limits.hidden()));
    builder.layers(fields.has("layers") ? fields.size("layers", limits.layers()) : 1);
    builder.bidirectional(fields.has(BIDIRECTIONAL) && fields.flag(BIDIRECTIONAL));
    builder.bias(!fields.has("bias") || fields.flag("bias"));
    if (task == Task.SEQ2SEQ) {
      readEncoderDecoder(builder);
    } else {
      readInput(task, builder);
      readOutput(task, builder);
    }
    if (fields.has(ALERTS)) {
      builder.alerts(alerts());
    }
    if (fields.has("provenance")) {
      Fields provenance = fields.object("provenance");
      for (String key : provenance.json.keySet()) {
        builder.provenance(key, provenance.string(key));
      }
    }
    return built(ModelFileError.CONFIG_CONFLICT, "", builder::build);
  }

  private void checkFormatVersion() throws ModelFileException {
    if (!fields.has(FORMAT_VERSION)) {
      return;
    }
    int version = fields.size(FORMAT_VERSION, Integer.MAX_VALUE);
    if (version > ModelConfig.FORMAT_VERSION) {
      throw refuse(
          ModelFileError.NEWER_FORMAT_VERSION,
          "the format version is "
              + version
              + ", the newest that this build reads is "
              + ModelConfig.FORMAT_VERSION,
          FORMAT_VERSION,
          "use a newer Carryover, or export the model for version " + ModelConfig.FORMAT_VERSION);
    }
  }

  /** Refuses what a file of the version that it states cannot hold. */
  private void requireVersion(int first, String what, String field) throws ModelFileException {
    if (!fields.has(FORMAT_VERSION)) {
      return;
    }
    int version = fields.size(FORMAT_VERSION, Integer.MAX_VALUE);
    if (version < first) {
      throw refuse(
          ModelFileError.CONFIG_CONFLICT,
          "the format version is " + version + ", and " + what + " there from " + first + " on",
          field,
          "write format_version " + first);
    }
  }

  private Task task() throws ModelFileException {
    Task task = fields.name("task", Task::fromConfigName, Task.values());
    if (task == Task.SEQ2SEQ) {
      requireVersion(ModelConfig.SEQ2SEQ_VERSION, "the task seq2seq is", "task");
    }
    if (task == Task.LABEL) {
      requireVersion(ModelConfig.LABEL_VERSION, "the task label is", "task");
    }
    return task;
  }

  private void checkArchitecture(Task task) throws ModelFileException {
    if (task == Task.SEQ2SEQ) {
      fields.conflict(
          List.of(BIDIRECTIONAL),
          "the task is seq2seq, and its encoder alone may have two directions: say"
              + " bidirectional_encoder");
      return;
    }
    if (fields.has(BIDIRECTIONAL) && fields.flag(BIDIRECTIONAL)) {
      if (!task.hasLabels()) {
        throw refuse(
            ModelFileError.UNSUPPORTED_ARCHITECTURE,
            "the value is true and the task "
                + task
                + ", this build runs classify and label in two directions",
            BIDIRECTIONAL,
            "train the model in one direction; what it predicts it may not read");
      }
      requireVersion(ModelConfig.LABEL_VERSION, "two directions are", BIDIRECTIONAL);
    }
    if (fields.has(ATTENTION) && !fields.string(ATTENTION).equals("none")) {
      throw refuse(
          ModelFileError.UNSUPPORTED_ARCHITECTURE,
          "the value is '%s' and the task %s, this build runs attention in seq2seq alone"
              .formatted(fields.string(ATTENTION), task),
          ATTENTION,
          "leave it out; only a decoder has something to look back at");
    }
  }

  private void readInput(Task task, ModelConfig.Builder builder) throws ModelFileException {
    boolean features = fields.has("features") || fields.has("feature_size");
    if (!features) {
      builder.vocabulary(vocabulary());
      builder.embeddingSize(fields.size("embedding_size", limits.inputs()));
      return;
    }
    if (task == Task.NEXT_TOKEN) {
      fields.require("vocabulary");
    }
    fields.conflict(TOKEN_INPUT_KEYS, "the input is features, and these describe tokens");
    builder.features(features());
  }

  private Vocabulary vocabulary() throws ModelFileException {
    List<String> tokens =
        tokens("vocabulary", "vocabulary_size", "a model reads tokens or features; give either");
    String begin = fields.optionalString("begin");
    String end = fields.optionalString("end");
    return vocabulary("vocabulary", tokens, begin, end, fields.optionalString("unknown"));
  }

  private Vocabulary vocabulary(
      String field, List<String> tokens, String begin, String end, String unknown)
      throws ModelFileException {
    return built(
        ModelFileError.INVALID_VOCABULARY, field, () -> Vocabulary.of(tokens, begin, end, unknown));
  }

  /** The tokens of a list, or of a size alone: 0, 1, ... */
  private List<String> tokens(String list, String size, String remedy) throws ModelFileException {
    if (fields.has(list)) {
      List<String> tokens = fields.strings(list, limits.vocabulary());
      fields.checkSize(size, limits.vocabulary(), list, tokens.size());
      return tokens;
    }
    if (fields.has(size)) {
      return numbered(fields.size(size, limits.vocabulary()));
    }
    throw fields.missing(list, remedy);
  }

  private void readEncoderDecoder(ModelConfig.Builder builder) throws ModelFileException {
    List<String> source =
        tokens(SOURCE_VOCABULARY, "source_vocabulary_size", "a seq2seq model reads tokens; add it");
    builder.vocabulary(
        vocabulary(SOURCE_VOCABULARY, source, null, null, fields.optionalString("unknown")));
    builder.embeddingSize(fields.size("embedding_size", limits.inputs()));
    List<String> target =
        tokens(
            TARGET_VOCABULARY, "target_vocabulary_size", "a seq2seq model writes tokens; add it");
    Vocabulary written =
        vocabulary(
            TARGET_VOCABULARY,
            target,
            special("begin", BOS, target),
            special("end", EOS, target),
            null);
    int encoderHidden = fields.optionalSize("encoder_hidden_size", limits.hidden());
    boolean both = fields.has("bidirectional_encoder") && fields.flag("bidirectional_encoder");
    Attention attention =
        fields.has(ATTENTION)
            ? fields.name(ATTENTION, Attention::fromConfigName, Attention.values())
            : Attention.NONE;
    int attentionSize = fields.optionalSize("attention_size", limits.hidden());
    int longest =
        fields.has(MAXIMUM_OUTPUT_LENGTH)
            ? fields.size(MAXIMUM_OUTPUT_LENGTH, EncoderDecoder.LARGEST_MAXIMUM_OUTPUT_LENGTH)
            : EncoderDecoder.DEFAULT_MAXIMUM_OUTPUT_LENGTH;
    builder.encoderDecoder(
        built(
            ModelFileError.CONFIG_CONFLICT,
            "",
            () ->
                new EncoderDecoder(
                    written, encoderHidden, both, attention, attentionSize, longest)));
  }

  /** A target token that must be there, by its name or, beside weights, by its id. */
  private String special(String key, String idKey, List<String> tokens) throws ModelFileException {
    if (!fields.has(idKey)) {
      fields.require(key);
      return fields.string(key);
    }
    fields.conflict(List.of(key), "'" + idKey + "' says the same; one of them is enough");
    return tokens.get(fields.index(idKey, tokens.size()));
  }

  private FeatureSchema features() throws ModelFileException {
    if (!fields.has("features")) {
      return FeatureSchema.unscaled(fields.size("feature_size", limits.inputs()));
    }
    Fields schema = fields.object("features");
    schema.refuseKeysOtherThan(FEATURE_KEYS);
    List<String> names = schema.strings("names", limits.inputs());
    fields.checkSize("feature_size", limits.inputs(), "features", names.size());
    float[] mean =
        schema.has("mean") ? schema.floats("mean", limits.inputs()) : new float[names.size()];
    float[] scale;
    if (schema.has("scale")) {
      scale = schema.floats("scale", limits.inputs());
    } else {
      scale = new float[names.size()];
      Arrays.fill(scale, 1f);
    }
    return built(
        ModelFileError.INVALID_FEATURES, "features", () -> FeatureSchema.of(names, mean, scale));
  }

  private AlertThresholds alerts() throws ModelFileException {
    requireVersion(ModelConfig.ALERTS_VERSION, "alerts are", ALERTS);
    Fields json = fields.object(ALERTS);
    json.refuseKeysOtherThan(ALERT_KEYS);
    int rank = json.size("rank", limits.vocabulary());
    float surprisal = json.number("surprisal");
    float endSurprisal =
        json.has("end_surprisal") ? json.number("end_surprisal") : AlertThresholds.NEVER;
    boolean unknown = json.has("unknown") && json.flag("unknown");
    float rate = json.number("false_alarm_rate");
    return built(
        ModelFileError.INVALID_ALERTS,
        ALERTS,
        () -> new AlertThresholds(rank, surprisal, endSurprisal, unknown, rate));
  }

  private void readOutput(Task task, ModelConfig.Builder builder) throws ModelFileException {
    if (!task.hasLabels()) {
      fields.conflict(
          List.of("classes", "labels"),
          "the task is " + task + ", and only classify and label have these");
    }
    if (task != Task.REGRESS) {
      fields.conflict(List.of("outputs"), "the task is " + task + ", and only regress has this");
    }
    switch (task) {
      case CLASSIFY, LABEL -> readClasses(builder);
      case REGRESS -> builder.outputSize(fields.size("outputs", limits.outputs()));
      default -> {
        // The head of next-token has one output per token: there is nothing to read.
      }
    }
  }

  private void readClasses(ModelConfig.Builder builder) throws ModelFileException {
    if (!fields.has("labels")) {
      builder.outputSize(fields.size("classes", limits.outputs()));
      return;
    }
    List<String> labels = fields.strings("labels", limits.outputs());
    int classes = fields.has("classes") ? fields.size("classes", limits.outputs()) : labels.size();
    built(ModelFileError.INVALID_LABELS, "labels", () -> ModelConfig.checkLabels(labels, classes));
    builder.labels(labels).outputSize(classes);
  }

  private static List<String> numbered(int size) {
    return IntStream.range(0, size).mapToObj(Integer::toString).toList();
  }

  /** Makes a value; the objection of its own class becomes a refusal that names the field. */
  private <T> T built(ModelFileError error, String field, Supplier<T> value)
      throws ModelFileException {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(
          error, e.getMessage(), where(field), "correct the config and write it again", e);
    }
  }

  private ModelFileException refuse(
      ModelFileError error, String what, String field, String remedy) {
    return new ModelFileException(error, what, where(field), remedy);
  }

  private String where(String field) {
    return field.isEmpty() ? source : source + ", field " + field;
  }

  /** The members of one JSON object with the types that their keys demand. */
  private final class Fields {
    private final Map<String, Object> json;
    private final String prefix;

    Fields(Map<String, Object> json, String prefix) {
      this.json = json;
      this.prefix = prefix;
    }

    boolean has(String key) {
      return json.containsKey(key);
    }

    Object require(String key) throws ModelFileException {
      if (!has(key)) {
        throw missing(key, "add it");
      }
      return json.get(key);
    }

    ModelFileException missing(String key, String remedy) {
      return refuse(
          ModelFileError.CONFIG_MISSING_KEY,
          "the key '" + key + "' is absent, present are " + json.keySet(),
          prefix + key,
          remedy);
    }

    void refuseKeysOtherThan(List<String> known) throws ModelFileException {
      for (String key : json.keySet()) {
        if (!known.contains(key)) {
          throw refuse(
              ModelFileError.CONFIG_UNKNOWN_KEY,
              "the key '" + key + "' is unknown, known are " + known,
              prefix + key,
              "remove it, or correct its spelling");
        }
      }
    }

    void conflict(List<String> keys, String why) throws ModelFileException {
      for (String key : keys) {
        if (has(key)) {
          throw refuse(
              ModelFileError.CONFIG_CONFLICT,
              "the key '" + key + "' is present, but " + why,
              prefix + key,
              "leave it out");
        }
      }
    }

    /** A size that repeats what a list says must say the same. */
    void checkSize(String key, int limit, String list, int size) throws ModelFileException {
      if (has(key) && size(key, limit) != size) {
        throw refuse(
            ModelFileError.CONFIG_CONFLICT,
            "the value is %d and %s has %d entries".formatted(size(key, limit), list, size),
            prefix + key,
            "leave it out");
      }
    }

    String string(String key) throws ModelFileException {
      if (require(key) instanceof String text) {
        return text;
      }
      throw wrongType(key, "a string", json.get(key));
    }

    String optionalString(String key) throws ModelFileException {
      return has(key) ? string(key) : null;
    }

    boolean flag(String key) throws ModelFileException {
      if (require(key) instanceof Boolean flag) {
        return flag;
      }
      throw wrongType(key, "true or false", json.get(key));
    }

    /** A whole number from 1 to {@code limit}. */
    int size(String key, int limit) throws ModelFileException {
      return whole(key, 1, limit);
    }

    /** {@link #size}, or 0 where the key is absent. */
    int optionalSize(String key, int limit) throws ModelFileException {
      return has(key) ? size(key, limit) : 0;
    }

    /** A whole number from 0 to {@code length - 1}. */
    int index(String key, int length) throws ModelFileException {
      return whole(key, 0, length - 1);
    }

    private int whole(String key, int least, int most) throws ModelFileException {
      if (!(require(key) instanceof Number number) || !number.whole()) {
        throw wrongType(key, "a whole number", json.get(key));
      }
      long value;
      try {
        value = Long.parseLong(number.text());
      } catch (NumberFormatException e) {
        value = -1;
      }
      if (value < least || value > most) {
        throw outOfRange(key, number.text(), least, most);
      }
      return (int) value;
    }

    <T> T name(String key, Function<String, Optional<T>> byName, T[] allowed)
        throws ModelFileException {
      String name = string(key);
      return byName
          .apply(name)
          .orElseThrow(
              () ->
                  refuse(
                      ModelFileError.CONFIG_UNKNOWN_VALUE,
                      "the value is '%s', expected one of %s"
                          .formatted(name, Arrays.toString(allowed)),
                      prefix + key,
                      "correct its spelling"));
    }

    @SuppressWarnings("unchecked") // StrictJson makes every object a Map<String, Object>
    Fields object(String key) throws ModelFileException {
      if (require(key) instanceof Map<?, ?> map) {
        return new Fields((Map<String, Object>) map, prefix + key + ".");
      }
      throw wrongType(key, "an object", json.get(key));
    }

    List<String> strings(String key, int limit) throws ModelFileException {
      List<String> strings = new ArrayList<>();
      for (Object element : list(key, limit)) {
        if (!(element instanceof String text)) {
          throw wrongType(key + "[" + strings.size() + "]", "a string", element);
        }
        strings.add(text);
      }
      return strings;
    }

    /** A number that is finite in float32. */
    float number(String key) throws ModelFileException {
      if (!(require(key) instanceof Number number)) {
        throw wrongType(key, "a number", json.get(key));
      }
      float value = Float.parseFloat(number.text());
      if (!Float.isFinite(value)) {
        throw refuse(
            ModelFileError.CONFIG_OUT_OF_RANGE,
            "the value is " + number.text() + ", the largest is " + Float.MAX_VALUE,
            prefix + key,
            "correct it");
      }
      return value;
    }

    float[] floats(String key, int limit) throws ModelFileException {
      List<?> list = list(key, limit);
      float[] floats = new float[list.size()];
      for (int i = 0; i < floats.length; i++) {
        if (!(list.get(i) instanceof Number number)) {
          throw wrongType(key + "[" + i + "]", "a number", list.get(i));
        }
        floats[i] = Float.parseFloat(number.text());
      }
      return floats;
    }

    /** A list of 1 to {@code limit} elements. */
    private List<?> list(String key, int limit) throws ModelFileException {
      if (!(require(key) instanceof List<?> list)) {
        throw wrongType(key, "an array", json.get(key));
      }
      if (list.isEmpty() || list.size() > limit) {
        throw outOfRange(key, list.size() + " elements", 1, limit);
      }
      return list;
    }

    private ModelFileException outOfRange(String key, String value, int least, int most) {
      return refuse(
          ModelFileError.CONFIG_OUT_OF_RANGE,
          "the value is " + value + ", expected " + least + " to " + most,
          prefix + key,
          "correct it, or raise the limit if the model is meant to be this large");
    }

    private ModelFileException wrongType(String key, String expected, Object value) {
      String found =
          value instanceof String text
              ? "'" + text + "'"
              : value instanceof Map
                  ? "an object"
                  : value instanceof List ? "an array" : value + "";
      return refuse(
          ModelFileError.CONFIG_WRONG_TYPE,
          "the value is " + found + ", expected " + expected,
          prefix + key,
          "write it as " + expected);
    }
  }
}
