package dev.carryover.model.file;

/**
 * How large a model file and what it describes may be. A reader refuses what is larger before it
 * allocates for it.
 *
 * <table>
 * <caption>Defaults</caption>
 * <tr><th>limit</th><th>default</th></tr>
 * <tr><td>file bytes</td><td>2 GiB</td></tr>
 * <tr><td>header (and config) bytes</td><td>32 MiB</td></tr>
 * <tr><td>tensors</td><td>1,024</td></tr>
 * <tr><td>vocabulary (of seq2seq, each)</td><td>1,048,576 tokens</td></tr>
 * <tr><td>inputs (embedding size, or features)</td><td>65,536</td></tr>
 * <tr><td>hidden size (and that of encoder and attention)</td><td>16,384</td></tr>
 * <tr><td>layers</td><td>64</td></tr>
 * <tr><td>outputs (classes, predicted values)</td><td>65,536</td></tr>
 * </table>
 *
 * <p>Immutable: each {@code with} method answers a copy.
 *
 * @param fileBytes the most bytes of a file
 * @param headerBytes the most bytes of a header, and of a config file
 * @param tensors the most tensors in a file
 * @param vocabulary the most tokens of a vocabulary
 * @param inputs the largest embedding, and the most features
 * @param hidden the largest hidden size
 * @param layers the most layers
 * @param outputs the most classes or predicted values
 */
public record ModelFileLimits(
    long fileBytes,
    int headerBytes,
    int tensors,
    int vocabulary,
    int inputs,
    int hidden,
    int layers,
    int outputs) {

  /** Above this, token ids would no longer be exact in the float32 self-test tensors. */
  private static final int LARGEST_VOCABULARY = 1 << 24;

  private static final ModelFileLimits DEFAULTS =
      new ModelFileLimits(2L << 30, 32 << 20, 1 << 10, 1 << 20, 1 << 16, 1 << 14, 64, 1 << 16);

  /**
   * @throws IllegalArgumentException when a limit is below 1, or the vocabulary's above 16,777,216
   */
  public ModelFileLimits {
    atLeastOne("fileBytes", fileBytes);
    atLeastOne("headerBytes", headerBytes);
    atLeastOne("tensors", tensors);
    atLeastOne("vocabulary", vocabulary);
    atLeastOne("inputs", inputs);
    atLeastOne("hidden", hidden);
    atLeastOne("layers", layers);
    atLeastOne("outputs", outputs);
    if (vocabulary > LARGEST_VOCABULARY) {
      throw new IllegalArgumentException(
          "limit vocabulary is "
              + vocabulary
              + "; the format holds token ids up to "
              + LARGEST_VOCABULARY);
    }
  }

  private static void atLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("limit " + name + " is " + value + "; it is at least 1");
    }
  }

  /** The limits in the table above. */
  public static ModelFileLimits defaults() {
    return DEFAULTS;
  }

  /** These limits with another {@link #fileBytes}. */
  public ModelFileLimits withFileBytes(long bytes) {
    return new ModelFileLimits(
        bytes, headerBytes, tensors, vocabulary, inputs, hidden, layers, outputs);
  }

  /** These limits with another {@link #headerBytes}. */
  public ModelFileLimits withHeaderBytes(int bytes) {
    return new ModelFileLimits(
        fileBytes, bytes, tensors, vocabulary, inputs, hidden, layers, outputs);
  }

  /** These limits with another {@link #tensors}. */
  public ModelFileLimits withTensors(int count) {
    return new ModelFileLimits(
        fileBytes, headerBytes, count, vocabulary, inputs, hidden, layers, outputs);
  }

  /** These limits with another {@link #vocabulary}. */
  public ModelFileLimits withVocabulary(int tokens) {
    return new ModelFileLimits(
        fileBytes, headerBytes, tensors, tokens, inputs, hidden, layers, outputs);
  }

  /** These limits with another {@link #inputs}. */
  public ModelFileLimits withInputs(int size) {
    return new ModelFileLimits(
        fileBytes, headerBytes, tensors, vocabulary, size, hidden, layers, outputs);
  }

  /** These limits with another {@link #hidden}. */
  public ModelFileLimits withHidden(int size) {
    return new ModelFileLimits(
        fileBytes, headerBytes, tensors, vocabulary, inputs, size, layers, outputs);
  }

  /** These limits with another {@link #layers}. */
  public ModelFileLimits withLayers(int count) {
    return new ModelFileLimits(
        fileBytes, headerBytes, tensors, vocabulary, inputs, hidden, count, outputs);
  }

  /** These limits with another {@link #outputs}. */
  public ModelFileLimits withOutputs(int size) {
    return new ModelFileLimits(
        fileBytes, headerBytes, tensors, vocabulary, inputs, hidden, layers, size);
  }

  /** The most JSON values of a header: about a dozen per tensor and some metadata. */
  long headerValues() {
    return 1024L + 16L * tensors;
  }

  /** The most JSON values of a config: its lists at their limits and everything else. */
  long configValues() {
    return 4096L + 2L * vocabulary + 3L * inputs + outputs;
  }
}
