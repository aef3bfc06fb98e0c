package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.cells.Head;
import dev.carryover.runtime.cells.SequenceStack;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.List;

/**
 * A model ready to answer for finished sequences, in one direction or two. Where a {@link
 * RecurrentModel} steps from event to event, this reads each sequence as a whole.
 *
 * <pre>{@code
 * SequenceModel model = SequenceModel.load(ModelFileReader.read(path));
 * float[][][] outputs = model.ofTokens(List.of(tokens, others));
 * }</pre>
 *
 * <p>Shapes: sequences of T steps, of any lengths, give {@code [T, O]} each: the head's output at
 * every step. Every call allocates what it needs, for B sequences of T steps about {@code 2 * B * T
 * * D * H} floats. Immutable; shared by all threads. Arguments are neither kept nor changed.
 *
 * <p>The cells and kernels are those of {@link Session}, and the bits too: in one direction the
 * outputs are equal to those of stepping, and in two they do not depend on what a sequence is
 * batched with.
 */
public final class SequenceModel {
  private final ModelConfig config;
  private final SequenceStack stack;
  private final Head head;
  private final int begin;

  private SequenceModel(
      ModelFile file,
      KernelProvider.Selection selection,
      WeightPrecision weights,
      long foldedEmbeddingBytes) {
    config = file.config();
    stack =
        SequenceStack.of(
            file,
            selection.kernels(),
            TensorShapes.STACK_PREFIX,
            config.bidirectional(),
            config.tokenInput() ? file.tensor(TensorShapes.EMBEDDING) : null,
            weights,
            foldedEmbeddingBytes);
    head =
        new Head(
            selection.kernels(),
            file.tensor(TensorShapes.HEAD_WEIGHT),
            file.tensor(TensorShapes.HEAD_BIAS),
            config.layerOutputSize(),
            weights);
    begin = config.tokenInput() ? config.vocabulary().beginId() : Vocabulary.ABSENT;
  }

  /** Loads a model with {@link RuntimeOptions#DEFAULTS}. */
  public static SequenceModel load(ModelFile file) {
    return load(file, RuntimeOptions.DEFAULTS);
  }

  /**
   * Packs the weights and replays the self-tests that the file carries.
   *
   * @throws SelfTestFailedException if a recorded output is not reproduced, or rounded weights move
   *     one further than the options allow
   * @throws IllegalArgumentException if the model is of the task seq2seq
   * @throws IllegalStateException if the kernels asked for cannot be had
   */
  public static SequenceModel load(ModelFile file, RuntimeOptions options) {
    RecurrentModel.refuseTransducer(file.config());
    return load(file, KernelProvider.select(options.kernels()), options);
  }

  /** Loads a model on kernels that were chosen already. */
  static SequenceModel load(
      ModelFile file, KernelProvider.Selection selection, RuntimeOptions options) {
    return SelfTestReplay.load(
            file,
            options,
            weights -> new SequenceModel(file, selection, weights, options.foldedEmbeddingBytes()),
            SequenceModel::recorded)
        .model();
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /**
   * The head's output at every step of sequences of token ids; the begin token is read before them
   * where the vocabulary has one.
   *
   * @return {@code [B][T][O]}, in the order of the sequences
   * @throws IllegalArgumentException if the model takes features, or an id is outside its
   *     vocabulary
   */
  public float[][][] ofTokens(List<int[]> sequences) {
    if (!config.tokenInput()) {
      throw new IllegalArgumentException(
          "model '" + config.modelId() + "' takes " + config.inputSize() + " features, not tokens");
    }
    int skipped = begin == Vocabulary.ABSENT ? 0 : 1;
    int[][] read = new int[sequences.size()][];
    for (int i = 0; i < read.length; i++) {
      int[] sequence = sequences.get(i);
      checkTokens(sequence);
      read[i] = new int[skipped + sequence.length];
      if (skipped > 0) {
        read[i][0] = begin;
      }
      System.arraycopy(sequence, 0, read[i], skipped, sequence.length);
    }
    return applyHead(stack.ofTokens(read), skipped);
  }

  private void checkTokens(int[] sequence) {
    for (int step = 0; step < sequence.length; step++) {
      if (sequence[step] < 0 || sequence[step] >= config.vocabulary().size()) {
        throw new IllegalArgumentException(
            "token id "
                + sequence[step]
                + " at step "
                + step
                + " is outside the vocabulary of "
                + config.vocabulary().size()
                + " tokens");
      }
    }
  }

  /**
   * The head's output at every step of sequences of features {@code [T][F]}, which are normalized
   * as the model says.
   *
   * @return {@code [B][T][O]}, in the order of the sequences
   * @throws IllegalArgumentException if the model takes tokens, or another number of features
   */
  public float[][][] ofFeatures(List<float[][]> sequences) {
    float[][] read = new float[sequences.size()][];
    int[] lengths = new int[read.length];
    float[] normalized = new float[config.inputSize()];
    for (int i = 0; i < read.length; i++) {
      float[][] sequence = sequences.get(i);
      lengths[i] = sequence.length;
      read[i] = new float[Math.multiplyExact(sequence.length, config.inputSize())];
      for (int step = 0; step < sequence.length; step++) {
        checkFeatures(sequence[step], step);
        config.features().normalize(sequence[step], normalized);
        System.arraycopy(normalized, 0, read[i], step * normalized.length, normalized.length);
      }
    }
    return applyHead(stack.ofVectors(read, lengths), 0);
  }

  private void checkFeatures(float[] features, int step) {
    if (config.tokenInput() || features.length != config.inputSize()) {
      throw new IllegalArgumentException(
          "model '"
              + config.modelId()
              + "' takes "
              + (config.tokenInput() ? "tokens" : config.inputSize() + " features")
              + ", got "
              + features.length
              + " features at step "
              + step);
    }
  }

  /** The outputs of what a trainer recorded: no begin token is added, features are normalized. */
  private float[][] recorded(SelfTest test) {
    if (test.tokenInput()) {
      int[] tokens = new int[test.steps()];
      for (int step = 0; step < tokens.length; step++) {
        tokens[step] = test.token(step);
      }
      return applyHead(stack.ofTokens(new int[][] {tokens}), 0)[0];
    }
    float[] features = new float[test.steps() * config.inputSize()];
    for (int step = 0; step < test.steps(); step++) {
      System.arraycopy(
          test.features(step), 0, features, step * config.inputSize(), config.inputSize());
    }
    return applyHead(stack.ofVectors(new float[][] {features}, new int[] {test.steps()}), 0)[0];
  }

  private float[][][] applyHead(SequenceStack.Reading reading, int skipped) {
    float[][] top = reading.outputs();
    int width = stack.width();
    Rows input = new Rows(1, width);
    Rows logits = head.newLogits(1);
    float[][][] outputs = new float[top.length][][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new float[top[i].length / width - skipped][head.outputSize()];
      for (int step = 0; step < outputs[i].length; step++) {
        System.arraycopy(top[i], (step + skipped) * width, input.values(), 0, width);
        head.apply(input, logits, 1);
        System.arraycopy(logits.values(), 0, outputs[i][step], 0, head.outputSize());
      }
    }
    return outputs;
  }
}
