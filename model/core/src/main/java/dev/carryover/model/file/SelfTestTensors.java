package dev.carryover.model.file;

import dev.carryover.model.file.SafetensorsReader.Entry;
import dev.carryover.model.spec.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Self-tests as tensors: {@code selftest.tokens [N, T]} (ids as exact floats, -1 after the end of a
 * shorter test) or {@code selftest.features [N, T, F]}, and {@code selftest.logits [N, T, O]}.
 */
final class SelfTestTensors {
  static final String PREFIX = "selftest.";
  static final String TOKENS = PREFIX + "tokens";
  static final String FEATURES = PREFIX + "features";
  static final String LOGITS = PREFIX + "logits";
  static final float PADDING = -1f;

  private final String source;
  private final int outputs;
  private final int inputs;
  private final int vocabularySize;
  private final boolean present;
  private final int tests;
  private final int steps;

  private SelfTestTensors(ModelConfig config, Map<String, Entry> entries, String source)
      throws ModelFileException {
    this.source = source;
    this.outputs = config.outputSize();
    this.inputs = config.inputSize();
    this.vocabularySize = config.tokenInput() ? config.vocabulary().size() : 0;
    String inputName = inputName(config);
    Entry input = entries.get(inputName);
    Entry logits = entries.get(LOGITS);
    present = input != null && logits != null;
    if (!present) {
      if (input != null || logits != null) {
        String absent = input == null ? inputName : LOGITS;
        String there = input == null ? LOGITS : inputName;
        throw invalid("there is " + there + " and no " + absent, absent, "write both or neither");
      }
      tests = 0;
      steps = 0;
      return;
    }
    int[] shape = logits.shape();
    if (shape.length != 3 || shape[0] < 1 || shape[1] < 1 || shape[2] != outputs) {
      throw invalid(
          "shape is " + Arrays.toString(shape) + ", expected [N, T, " + outputs + "]",
          LOGITS,
          "record one output of the head per test and step");
    }
    tests = shape[0];
    steps = shape[1];
    int[] expected =
        config.tokenInput() ? new int[] {tests, steps} : new int[] {tests, steps, inputs};
    if (!Arrays.equals(input.shape(), expected)) {
      throw invalid(
          "shape is "
              + Arrays.toString(input.shape())
              + ", expected "
              + Arrays.toString(expected)
              + " as "
              + LOGITS
              + " has "
              + Arrays.toString(shape),
          inputName,
          "record one input per test and step");
    }
  }

  /** The self-test tensors among {@code entries}, shapes checked; nothing is allocated for them. */
  static SelfTestTensors of(ModelConfig config, Map<String, Entry> entries, String source)
      throws ModelFileException {
    return new SelfTestTensors(config, entries, source);
  }

  /** Whether a model of this config may have a self-test tensor of this name. */
  static boolean allows(ModelConfig config, String name) {
    return name.equals(LOGITS) || name.equals(inputName(config));
  }

  private static String inputName(ModelConfig config) {
    return config.tokenInput() ? TOKENS : FEATURES;
  }

  /** The self-tests in the values of all tensors. */
  List<SelfTest> read(Map<String, float[]> values) throws ModelFileException {
    List<SelfTest> selfTests = new ArrayList<>();
    for (int test = 0; test < tests; test++) {
      selfTests.add(
          vocabularySize > 0
              ? tokenTest(test, values.get(TOKENS), values.get(LOGITS))
              : SelfTest.ofFeatures(
                  rows(values.get(FEATURES), test, steps, inputs),
                  rows(values.get(LOGITS), test, steps, outputs)));
    }
    return selfTests;
  }

  private SelfTest tokenTest(int test, float[] tokens, float[] logits) throws ModelFileException {
    int[] ids = new int[steps];
    int length = 0;
    for (int step = 0; step < steps; step++) {
      float id = tokens[test * steps + step];
      if (id == PADDING && step > 0) {
        continue;
      }
      boolean afterPadding = length < step;
      if (afterPadding || id != Math.rint(id) || id < 0 || id >= vocabularySize) {
        throw invalid(
            "value at ["
                + test
                + ", "
                + step
                + "] is "
                + id
                + (afterPadding
                    ? " after padding (-1)"
                    : ", expected a token id from 0 to " + (vocabularySize - 1)),
            TOKENS,
            "write ids as whole numbers and pad shorter tests with -1 at their end");
      }
      ids[length++] = (int) id;
    }
    return SelfTest.ofTokens(
        Arrays.copyOf(ids, length), Arrays.copyOf(rows(logits, test, steps, outputs), length));
  }

  private static float[][] rows(float[] values, int test, int steps, int width) {
    float[][] rows = new float[steps][];
    for (int step = 0; step < steps; step++) {
      int from = (test * steps + step) * width;
      rows[step] = Arrays.copyOfRange(values, from, from + width);
    }
    return rows;
  }

  private ModelFileException invalid(String what, String tensor, String remedy) {
    return new ModelFileException(
        ModelFileError.INVALID_SELF_TEST, what, source + ", tensor " + tensor, remedy);
  }
}
