package dev.carryover.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/**
 * Writes a config as JSON in its one canonical form: the keys always in the same order, none that
 * the model does not need, no white space.
 */
public final class ModelConfigWriter {
  /** Any float32 is told from its neighbours by this many digits. */
  private static final int MAX_FLOAT_DIGITS = 9;

  private ModelConfigWriter() {}

  /** The config as {@link ModelConfigReader} reads it back, equal. */
  public static String toJson(ModelConfig config) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      write(config, json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return text.toString();
  }

  private static void write(ModelConfig config, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("format_version", config.formatVersion());
    json.writeStringField("model_id", config.modelId());
    json.writeStringField("task", config.task().configName());
    json.writeStringField("cell", config.cell().configName());
    if (config.cell() == Cell.GRU) {
      json.writeStringField("gru_reset", config.gruReset().configName());
    }
    if (config.tokenInput()) {
      json.writeNumberField("embedding_size", config.inputSize());
    }
    json.writeNumberField("hidden_size", config.hiddenSize());
    if (config.encoderDecoder() != null) {
      json.writeNumberField("encoder_hidden_size", config.encoderDecoder().encoderHiddenSize());
    }
    json.writeNumberField("layers", config.layers());
    if (config.bidirectional()) {
      json.writeBooleanField("bidirectional", true);
    }
    json.writeBooleanField("bias", config.bias());
    if (config.task().hasLabels()) {
      json.writeNumberField("classes", config.outputSize());
      writeStrings("labels", config.labels(), json);
    } else if (config.task() == Task.REGRESS) {
      json.writeNumberField("outputs", config.outputSize());
    }
    if (config.encoderDecoder() != null) {
      writeEncoderDecoder(config, config.encoderDecoder(), json);
    } else if (config.tokenInput()) {
      writeStrings("vocabulary", config.vocabulary().tokens(), json);
      writeOptional("begin", config.vocabulary().specialTokens().begin(), json);
      writeOptional("end", config.vocabulary().specialTokens().end(), json);
      writeOptional("unknown", config.vocabulary().specialTokens().unknown(), json);
    } else {
      writeFeatures(config.features(), json);
    }
    if (config.alerts() != null) {
      writeAlerts(config.alerts(), json);
    }
    if (!config.provenance().isEmpty()) {
      json.writeObjectFieldStart("provenance");
      for (Map.Entry<String, String> fact : config.provenance().entrySet()) {
        json.writeStringField(fact.getKey(), fact.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void writeEncoderDecoder(
      ModelConfig config, EncoderDecoder parts, JsonGenerator json) throws IOException {
    if (parts.bidirectionalEncoder()) {
      json.writeBooleanField("bidirectional_encoder", true);
    }
    json.writeStringField("attention", parts.attention().configName());
    if (parts.attention() == Attention.ADDITIVE) {
      json.writeNumberField("attention_size", parts.attentionSize());
    }
    json.writeNumberField("maximum_output_length", parts.maximumOutputLength());
    writeStrings("source_vocabulary", config.vocabulary().tokens(), json);
    writeOptional("unknown", config.vocabulary().specialTokens().unknown(), json);
    writeStrings("target_vocabulary", parts.targetVocabulary().tokens(), json);
    json.writeStringField("begin", parts.targetVocabulary().specialTokens().begin());
    json.writeStringField("end", parts.targetVocabulary().specialTokens().end());
  }

  private static void writeAlerts(AlertThresholds alerts, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("alerts");
    json.writeNumberField("rank", alerts.rank());
    writeFloat("surprisal", alerts.surprisal(), json);
    if (alerts.endSurprisal() < AlertThresholds.NEVER) {
      writeFloat("end_surprisal", alerts.endSurprisal(), json);
    }
    json.writeBooleanField("unknown", alerts.unknown());
    writeFloat("false_alarm_rate", alerts.falseAlarmRate(), json);
    json.writeEndObject();
  }

  private static void writeFloat(String key, float value, JsonGenerator json) throws IOException {
    json.writeFieldName(key);
    json.writeNumber(shortestDecimal(value));
  }

  private static void writeFeatures(FeatureSchema features, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("features");
    writeStrings("names", features.names(), json);
    writeFloats("mean", features.mean(), json);
    writeFloats("scale", features.scale(), json);
    json.writeEndObject();
  }

  private static void writeStrings(String key, List<String> values, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(key);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private static void writeFloats(String key, float[] values, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(key);
    for (float value : values) {
      json.writeNumber(shortestDecimal(value));
    }
    json.writeEndArray();
  }

  /**
   * The decimal of fewest digits that reads back as the same float. {@link Float#toString} is not
   * used for it because its digits differ between Java versions, and the bytes of a model may not.
   */
  static String shortestDecimal(float value) {
    if (value == 0f) {
      return 1 / value > 0 ? "0" : "-0.0";
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits < MAX_FLOAT_DIGITS; digits++) {
      String decimal = exact.round(new MathContext(digits)).stripTrailingZeros().toString();
      if (Float.parseFloat(decimal) == value) {
        return decimal;
      }
    }
    return exact.round(new MathContext(MAX_FLOAT_DIGITS)).toString();
  }

  private static void writeOptional(String key, String value, JsonGenerator json)
      throws IOException {
    if (value != null) {
      json.writeStringField(key, value);
    }
  }
}
