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
 * Those of seq2seq have {@code selftest.source [N, S]} and {@code selftest.target [N, T]} in the
 * place of tokens, padded alike.
 */
final class SelfTestTensors {
  static final String PREFIX = "selftest.";
  static final String TOKENS = PREFIX + "tokens";
  static final String FEATURES = PREFIX + "features";
  static final String SOURCE = PREFIX + "source";
  static final String TARGET = PREFIX + "target";
  static final String LOGITS = PREFIX + "logits";
  static final float PADDING = -1f;

  private final String origin;
  private final ModelConfig config;
  private final int outputs;
  private final boolean present;
  private int tests;
  private int steps;
  private int sourceSteps;

  private SelfTestTensors(ModelConfig config, Map<String, Entry> entries, String origin)
      throws ModelFileException {
    this.origin = origin;
    this.config = config;
    this.outputs = config.outputSize();
    List<String> names = names(config);
    present = entries.keySet().containsAll(names);
    if (present) {
      checkShapes(entries);
    } else {
      checkAbsent(names, entries);
    }
  }

  private void checkAbsent(List<String> names, Map<String, Entry> entries)
      throws ModelFileException {
    List<String> there = names.stream().filter(entries::containsKey).toList();
    for (String name : names) {
      if (!there.isEmpty() && !entries.containsKey(name)) {
        throw invalid(
            "there is " + String.join(", ", there) + " and no " + name,
            name,
            "write " + String.join(", ", names) + ", or none of them");
      }
    }
  }

  private void checkShapes(Map<String, Entry> entries) throws ModelFileException {
    int[] shape = entries.get(LOGITS).shape();
    if (shape.length != 3 || shape[0] < 1 || shape[1] < 1 || shape[2] != outputs) {
      throw invalid(
          "shape is " + Arrays.toString(shape) + ", expected [N, T, " + outputs + "]",
          LOGITS,
          "record one output of the head per test and step");
    }
    tests = shape[0];
    steps = shape[1];
    if (config.encoderDecoder() != null) {
      checkShape(entries, TARGET, tests, steps);
      int[] source = entries.get(SOURCE).shape();
      if (source.length != 2 || source[0] != tests || source[1] < 1) {
        throw invalid(
            "shape is " + Arrays.toString(source) + ", expected [" + tests + ", S]",
            SOURCE,
            "record one source per test");
      }
      sourceSteps = source[1];
    } else if (config.tokenInput()) {
      checkShape(entries, TOKENS, tests, steps);
    } else {
      checkShape(entries, FEATURES, tests, steps, config.inputSize());
    }
  }

  private void checkShape(Map<String, Entry> entries, String name, int... expected)
      throws ModelFileException {
    int[] shape = entries.get(name).shape();
    if (!Arrays.equals(shape, expected)) {
      throw invalid(
          "shape is "
              + Arrays.toString(shape)
              + ", expected "
              + Arrays.toString(expected)
              + " as "
              + LOGITS
              + " has "
              + Arrays.toString(entries.get(LOGITS).shape()),
          name,
          "record one input per test and step");
    }
  }

  /** The self-test tensors among {@code entries}, shapes checked; nothing is allocated for them. */
  static SelfTestTensors of(ModelConfig config, Map<String, Entry> entries, String origin)
      throws ModelFileException {
    return new SelfTestTensors(config, entries, origin);
  }

  /** Whether a model of this config may have a self-test tensor of this name. */
  static boolean allows(ModelConfig config, String name) {
    return names(config).contains(name);
  }

  private static List<String> names(ModelConfig config) {
    if (config.encoderDecoder() != null) {
      return List.of(SOURCE, TARGET, LOGITS);
    }
    return List.of(config.tokenInput() ? TOKENS : FEATURES, LOGITS);
  }

  /** The self-tests in the values of all tensors. */
  List<SelfTest> read(Map<String, float[]> values) throws ModelFileException {
    List<SelfTest> selfTests = new ArrayList<>();
    for (int test = 0; test < tests; test++) {
      float[][] logits = rows(values.get(LOGITS), test, steps, outputs);
      if (config.encoderDecoder() != null) {
        int[] source = ids(values, SOURCE, test, sourceSteps, config.vocabulary().size());
        int[] target = ids(values, TARGET, test, steps, outputs);
        selfTests.add(
            SelfTest.ofTransduction(source, target, Arrays.copyOf(logits, target.length)));
      } else if (config.tokenInput()) {
        int[] tokens = ids(values, TOKENS, test, steps, config.vocabulary().size());
        selfTests.add(SelfTest.ofTokens(tokens, Arrays.copyOf(logits, tokens.length)));
      } else {
        selfTests.add(
            SelfTest.ofFeatures(
                rows(values.get(FEATURES), test, steps, config.inputSize()), logits));
      }
    }
    return selfTests;
  }

  private int[] ids(
      Map<String, float[]> values, String tensor, int test, int steps, int vocabularySize)
      throws ModelFileException {
    int[] ids = new int[steps];
    int length = 0;
    for (int step = 0; step < steps; step++) {
      float id = values.get(tensor)[test * steps + step];
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
            tensor,
            "write ids as whole numbers and pad shorter tests with -1 at their end");
      }
      ids[length++] = (int) id;
    }
    return Arrays.copyOf(ids, length);
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
        ModelFileError.INVALID_SELF_TEST, what, origin + ", tensor " + tensor, remedy);
  }
}
