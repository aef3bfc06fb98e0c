package dev.carryover.runtime.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What another implementation, usually PyTorch, said of one sequence: a JSON object with a {@code
 * config} and {@code steps}. Each step holds the {@code token} or the {@code features [F]} that
 * were fed, and what was seen after it: {@code logits [O]}, {@code log_softmax [O]}, and the {@code
 * state}, a list over the layers of {@code h [H]} and, for the LSTM, {@code c [H]}. The recording
 * begins at the zero state.
 *
 * <pre>{@code
 * {"config": {"task": "next-token", "cell": "gru", ...},
 *  "steps": [{"token": 7, "logits": [...], "log_softmax": [...], "state": [{"h": [...]}]}, ...]}
 * }</pre>
 *
 * <p>Immutable but for its arrays, which are handed out as they are.
 */
public final class RecordedCases implements Recording {

  private final String source;
  private final String configJson;
  private final List<RecordedStep> steps;

  private RecordedCases(String source, String configJson, List<RecordedStep> steps) {
    this.source = source;
    this.configJson = configJson;
    this.steps = List.copyOf(steps);
  }

  /**
   * Reads a recording.
   *
   * @throws IOException if the file cannot be read
   * @throws RecordedCasesException if it is not a recording of a model that reads one step at a
   *     time
   */
  public static RecordedCases read(Path file) throws IOException, RecordedCasesException {
    return parse(Files.readString(file), file.toString());
  }

  /**
   * Reads a recording from text.
   *
   * @param source named in errors
   * @throws RecordedCasesException if it is not a recording of a model that reads one step at a
   *     time
   */
  public static RecordedCases parse(String json, String source) throws RecordedCasesException {
    return of(json(json, source), source);
  }

  /** The JSON of a recording of any kind. */
  static JsonNode json(String text, String source) throws RecordedCasesException {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new RecordedCasesException(
          "%s: not JSON at line %d, column %d: %s"
              .formatted(
                  source,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()),
          e);
    }
  }

  static RecordedCases of(JsonNode root, String source) throws RecordedCasesException {
    if (root.has("source")) {
      throw new RecordedCasesException(
          source
              + ": a recording of a seq2seq model, expected one of a model that reads step by step");
    }
    JsonNode config = root.path("config");
    if (!config.isObject()) {
      throw new RecordedCasesException(
          source + ": field 'config' is " + config.getNodeType() + ", expected an object");
    }
    JsonNode steps = root.path("steps");
    if (!steps.isArray() || steps.isEmpty()) {
      throw new RecordedCasesException(
          source
              + ": field 'steps' is "
              + steps.getNodeType()
              + ", expected an array with at least one step");
    }
    List<RecordedStep> recorded = new ArrayList<>(steps.size());
    for (int t = 0; t < steps.size(); t++) {
      recorded.add(step(steps.get(t), source + ": steps[" + t + "]"));
    }
    return new RecordedCases(source, config.toString(), recorded);
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public String configJson() {
    return configJson;
  }

  /** The steps in their order; at least one. */
  public List<RecordedStep> steps() {
    return steps;
  }

  private static RecordedStep step(JsonNode step, String where) throws RecordedCasesException {
    JsonNode token = step.path("token");
    float[] features = vector(step, "features", where);
    if (token.isMissingNode() == (features == null)) {
      throw new RecordedCasesException(
          where
              + ": "
              + (features == null ? "neither" : "both")
              + " of 'token' and 'features' are there, expected one of them");
    }
    if (features == null && !(token.isInt() && token.intValue() >= 0)) {
      throw new RecordedCasesException(
          where + ": field 'token' is " + token + ", expected the id of a token: 0, 1, 2 ...");
    }
    float[] logits = vector(step, "logits", where);
    float[] logSoftmax = vector(step, "log_softmax", where);
    List<RecordedStep.Layer> layers = new ArrayList<>();
    JsonNode state = step.path("state");
    if (!state.isMissingNode() && !state.isArray()) {
      throw new RecordedCasesException(
          where + ": field 'state' is " + state.getNodeType() + ", expected a list of layers");
    }
    for (int l = 0; l < state.size(); l++) {
      String layer = where + ".state[" + l + "]";
      float[] h = vector(state.get(l), "h", layer);
      if (h == null) {
        throw new RecordedCasesException(
            layer + ": field 'h' is absent, expected a list of numbers");
      }
      layers.add(new RecordedStep.Layer(h, vector(state.get(l), "c", layer)));
    }
    if (logits == null && logSoftmax == null && layers.isEmpty()) {
      throw new RecordedCasesException(
          where + ": nothing was recorded, expected 'logits', 'log_softmax' or 'state'");
    }
    return new RecordedStep(
        features == null ? token.intValue() : -1, features, logits, logSoftmax, layers);
  }

  private static float[] vector(JsonNode parent, String field, String where)
      throws RecordedCasesException {
    JsonNode node = parent.path(field);
    return node.isMissingNode() ? null : numbers(node, field, where);
  }

  /** A list of numbers that stands in a field. */
  static float[] numbers(JsonNode node, String field, String where) throws RecordedCasesException {
    if (!node.isArray() || node.isEmpty()) {
      throw new RecordedCasesException(
          where
              + ": field '"
              + field
              + "' is "
              + node.getNodeType()
              + ", expected a list of numbers");
    }
    float[] values = new float[node.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = node.get(i);
      if (!value.isNumber()) {
        throw new RecordedCasesException(
            where + ": " + field + "[" + i + "] is " + value + ", expected a number");
      }
      values[i] = value.floatValue();
    }
    return values;
  }
}
