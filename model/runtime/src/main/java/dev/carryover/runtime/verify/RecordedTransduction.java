package dev.carryover.runtime.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What another implementation, usually PyTorch, made of one source with a seq2seq model:
 *
 * <pre>{@code
 * {"config": {"task": "seq2seq", ...}, "source": [7, 3, ...], "encoder_outputs": [[...], ...],
 *  "max_length": 12, "greedy": [5, 14, 2],
 *  "greedy_steps": [{"log_softmax": [...], "attention": [...]}, ...],
 *  "beam_width": 4, "beam": [{"score": -32.6, "tokens": [9, 14, 2]}, ...]}
 * }</pre>
 *
 * <p>Tokens are target ids with the end token where the model ended. {@code encoder_outputs} may be
 * left out, so may {@code attention}, and {@code beam}. Immutable but for its arrays, which are
 * handed out as they are.
 */
public final class RecordedTransduction implements Recording {

  /**
   * One step of the recorded greedy search.
   *
   * @param logSoftmax {@code [Vt]}
   * @param attention {@code [S]}; {@code null} when not recorded
   */
  public record Step(float[] logSoftmax, float[] attention) {}

  /**
   * One answer of the recorded beam search.
   *
   * @param tokens target ids, the end token included
   * @param score the sum of their log-probabilities
   */
  public record Answer(int[] tokens, double score) {}

  private final String source;
  private final String configJson;
  private final int[] sourceTokens;
  private final float[][] encoderOutputs;
  private final int maximumLength;
  private final int[] greedy;
  private final List<Step> steps;
  private final int beamWidth;
  private final List<Answer> beam;

  private RecordedTransduction(JsonNode root, String source) throws RecordedCasesException {
    this.source = source;
    JsonNode config = root.path("config");
    if (!config.isObject()) {
      throw new RecordedCasesException(
          source + ": field 'config' is " + config.getNodeType() + ", expected an object");
    }
    configJson = config.toString();
    sourceTokens = ids(root, "source", source);
    encoderOutputs = outputs(root.path("encoder_outputs"));
    maximumLength = size(root, "max_length");
    greedy = ids(root, "greedy", source);
    steps = steps(root.path("greedy_steps"));
    beamWidth = root.has("beam") ? size(root, "beam_width") : 0;
    beam = root.has("beam") ? answers(root.path("beam")) : List.of();
  }

  /**
   * Reads a recording.
   *
   * @throws IOException if the file cannot be read
   * @throws RecordedCasesException if it is not a recording of a seq2seq model
   */
  public static RecordedTransduction read(Path file) throws IOException, RecordedCasesException {
    return parse(Files.readString(file), file.toString());
  }

  /**
   * Reads a recording from text.
   *
   * @param source named in errors
   * @throws RecordedCasesException if it is not a recording of a seq2seq model
   */
  public static RecordedTransduction parse(String json, String source)
      throws RecordedCasesException {
    return of(RecordedCases.json(json, source), source);
  }

  static RecordedTransduction of(JsonNode root, String source) throws RecordedCasesException {
    return new RecordedTransduction(root, source);
  }

  private float[][] outputs(JsonNode rows) throws RecordedCasesException {
    if (rows.isMissingNode()) {
      return null;
    }
    if (rows.size() != sourceTokens.length) {
      throw new RecordedCasesException(
          "%s: encoder_outputs has %d rows, expected %d, one for each token of 'source'"
              .formatted(source, rows.size(), sourceTokens.length));
    }
    float[][] outputs = new float[rows.size()][];
    for (int s = 0; s < outputs.length; s++) {
      outputs[s] = RecordedCases.numbers(rows.get(s), "encoder_outputs[" + s + "]", source);
    }
    return outputs;
  }

  private List<Step> steps(JsonNode recorded) throws RecordedCasesException {
    if (recorded.size() != greedy.length) {
      throw new RecordedCasesException(
          "%s: greedy_steps has %d steps, expected %d, one for each token of 'greedy'"
              .formatted(source, recorded.size(), greedy.length));
    }
    List<Step> read = new ArrayList<>();
    for (int t = 0; t < recorded.size(); t++) {
      String where = source + ": greedy_steps[" + t + "]";
      JsonNode attention = recorded.get(t).path("attention");
      read.add(
          new Step(
              RecordedCases.numbers(recorded.get(t).path("log_softmax"), "log_softmax", where),
              attention.isMissingNode() || attention.isNull()
                  ? null
                  : RecordedCases.numbers(attention, "attention", where)));
    }
    return List.copyOf(read);
  }

  private List<Answer> answers(JsonNode recorded) throws RecordedCasesException {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < recorded.size(); i++) {
      String where = source + ": beam[" + i + "]";
      JsonNode score = recorded.get(i).path("score");
      if (!score.isNumber()) {
        throw new RecordedCasesException(
            where + ": field 'score' is " + score.getNodeType() + ", expected a number");
      }
      answers.add(new Answer(ids(recorded.get(i), "tokens", where), score.doubleValue()));
    }
    return List.copyOf(answers);
  }

  private int size(JsonNode root, String field) throws RecordedCasesException {
    JsonNode size = root.path(field);
    if (!size.isInt() || size.intValue() < 1) {
      throw new RecordedCasesException(
          "%s: field '%s' is %s, expected a whole number of at least 1"
              .formatted(source, field, size.isMissingNode() ? "absent" : size));
    }
    return size.intValue();
  }

  private static int[] ids(JsonNode parent, String field, String where)
      throws RecordedCasesException {
    JsonNode list = parent.path(field);
    if (!list.isArray() || list.isEmpty()) {
      throw new RecordedCasesException(
          where + ": field '" + field + "' is " + list.getNodeType() + ", expected a list of ids");
    }
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = list.get(i);
      if (!id.isInt() || id.intValue() < 0) {
        throw new RecordedCasesException(
            where + ": " + field + "[" + i + "] is " + id + ", expected an id: 0, 1, 2 ...");
      }
      ids[i] = id.intValue();
    }
    return ids;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public String configJson() {
    return configJson;
  }

  /** The source's token ids, {@code [S]}; at least one. */
  public int[] sourceTokens() {
    return sourceTokens;
  }

  /** The encoder's outputs, {@code [S, D*He]}; {@code null} when not recorded. */
  public float[][] encoderOutputs() {
    return encoderOutputs;
  }

  /** The most tokens of an answer. */
  public int maximumLength() {
    return maximumLength;
  }

  /** What greedy search wrote, {@code [T]}, the end token included. */
  public int[] greedy() {
    return greedy;
  }

  /** The steps of greedy search, one for each of its tokens. */
  public List<Step> steps() {
    return steps;
  }

  /** The width of the recorded beam; 0 when there is none. */
  public int beamWidth() {
    return beamWidth;
  }

  /** The answers of the beam, best first; empty when there is none. */
  public List<Answer> beam() {
    return beam;
  }
}
