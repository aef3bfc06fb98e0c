package dev.carryover.model.file;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model as it lies in a file: its config, its tensors in float32, and its self-tests. What a
 * {@code ModelFile} holds has been checked: it has exactly the tensors its config demands, in their
 * shapes, and every value is finite.
 *
 * <p>Immutable and safe to share between threads: arrays are copied in and out. {@link #tensor} is
 * for loading a model, not for stepping it.
 */
public final class ModelFile {
  private final ModelConfig config;
  private final Map<String, float[]> tensors;
  private final List<SelfTest> selfTests;
  private final String sha256;

  private ModelFile(
      ModelConfig config, Map<String, float[]> tensors, List<SelfTest> selfTests, String sha256) {
    this.config = config;
    this.tensors = tensors;
    this.selfTests = List.copyOf(selfTests);
    this.sha256 = sha256 == null ? ModelFileWriter.sha256(this) : sha256;
  }

  /**
   * A model built in memory, without self-tests.
   *
   * @param tensors by name, row-major; exactly those of {@link ModelConfig#tensorShapes()}
   * @throws IllegalArgumentException when a tensor is missing, surplus, of another length than its
   *     shape, or holds a value that is not finite
   */
  public static ModelFile of(ModelConfig config, Map<String, float[]> tensors) {
    return of(config, tensors, List.of());
  }

  /**
   * A model built in memory.
   *
   * @param tensors by name, row-major; exactly those of {@link ModelConfig#tensorShapes()}
   * @param selfTests inputs of the model with their outputs; feature inputs all of one length
   * @throws IllegalArgumentException when a tensor is missing, surplus, of another length than its
   *     shape, or holds a value that is not finite; or a self-test does not fit the model
   */
  public static ModelFile of(
      ModelConfig config, Map<String, float[]> tensors, List<SelfTest> selfTests) {
    TensorShapes shapes = config.tensorShapes();
    for (String name : tensors.keySet()) {
      if (!shapes.contains(name)) {
        throw new IllegalArgumentException(
            "tensor " + name + " is not one of the model's " + shapes.names() + "; leave it out");
      }
    }
    Map<String, float[]> copies = new LinkedHashMap<>();
    for (String name : shapes.names()) {
      copies.put(name, checkedCopy(name, shapes, tensors.get(name)));
    }
    for (int i = 0; i < selfTests.size(); i++) {
      checkSelfTest(config, selfTests, i);
    }
    return new ModelFile(config, copies, selfTests, null);
  }

  /** What a reader has read and checked; takes the arrays as they are. */
  static ModelFile ofChecked(
      ModelConfig config, Map<String, float[]> tensors, List<SelfTest> selfTests, String sha256) {
    return new ModelFile(config, tensors, selfTests, sha256);
  }

  private static float[] checkedCopy(String name, TensorShapes shapes, float[] values) {
    int length = shapes.length(name);
    if (values == null || values.length != length) {
      throw new IllegalArgumentException(
          "tensor %s has %s values; its shape %s needs %d"
              .formatted(
                  name,
                  values == null ? "no" : values.length,
                  Arrays.toString(shapes.shape(name)),
                  length));
    }
    checkFinite("tensor " + name, values);
    return values.clone();
  }

  private static void checkSelfTest(ModelConfig config, List<SelfTest> selfTests, int index) {
    SelfTest test = selfTests.get(index);
    String where = "self-test " + index;
    boolean transduces = config.encoderDecoder() != null;
    if (test.tokenInput() != config.tokenInput() || test.transduction() != transduces) {
      throw new IllegalArgumentException(
          "%s feeds %s and the model takes %s; record it with the model's own input"
              .formatted(
                  where,
                  input(test.tokenInput(), test.transduction()),
                  input(config.tokenInput(), transduces)));
    }
    if (!test.tokenInput() && test.steps() != selfTests.get(0).steps()) {
      throw new IllegalArgumentException(
          "%s has %d steps and the first has %d; self-tests of features are all of one length"
              .formatted(where, test.steps(), selfTests.get(0).steps()));
    }
    if (transduces) {
      for (int id : test.source()) {
        checkToken(where + " feeds source token id", id, config.vocabulary());
      }
    }
    Vocabulary tokens =
        transduces ? config.encoderDecoder().targetVocabulary() : config.vocabulary();
    for (int step = 0; step < test.steps(); step++) {
      if (test.tokenInput()) {
        checkToken(where + " feeds token id", test.token(step), tokens);
      } else {
        checkRow(where + " features", test.features(step), config.inputSize());
      }
      checkRow(where + " logits", test.logits(step), config.outputSize());
    }
  }

  private static String input(boolean tokens, boolean transduction) {
    return transduction ? "a source and a target" : tokens ? "tokens" : "features";
  }

  private static void checkToken(String what, int id, Vocabulary vocabulary) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "%s %d and the vocabulary has %d tokens; ids are 0 to %d"
              .formatted(what, id, vocabulary.size(), vocabulary.size() - 1));
    }
  }

  private static void checkRow(String what, float[] row, int length) {
    if (row.length != length) {
      throw new IllegalArgumentException(
          "%s have %d values and the model %d; record them with this model"
              .formatted(what, row.length, length));
    }
    checkFinite(what, row);
  }

  private static void checkFinite(String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "%s holds %s at index %d; every value must be finite".formatted(what, values[i], i));
      }
    }
  }

  /** Everything about the model that is not a weight. */
  public ModelConfig config() {
    return config;
  }

  /** Whether the model has a tensor of this name. */
  public boolean hasTensor(String name) {
    return tensors.containsKey(name);
  }

  /**
   * A copy of a tensor, row-major.
   *
   * @throws IllegalArgumentException when the model has no tensor of this name
   */
  public float[] tensor(String name) {
    return values(name).clone();
  }

  /**
   * A copy of the shape of a tensor.
   *
   * @throws IllegalArgumentException when the model has no tensor of this name
   */
  public int[] shape(String name) {
    return config.tensorShapes().shape(name);
  }

  /** The tensor itself, for a writer that only reads it. */
  float[] values(String name) {
    float[] values = tensors.get(name);
    if (values == null) {
      throw new IllegalArgumentException(
          "the model has no tensor " + name + "; it has " + tensors.keySet());
    }
    return values;
  }

  /** Inputs with the outputs that the trainer saw; may be empty. */
  public List<SelfTest> selfTests() {
    return selfTests;
  }

  /**
   * The SHA-256 of the file's bytes in lower-case hexadecimal. For a model that was not read from a
   * model file, that of the bytes {@link ModelFileWriter} writes for it.
   */
  public String sha256() {
    return sha256;
  }

  @Override
  public String toString() {
    return config + ", sha256 " + sha256;
  }
}
