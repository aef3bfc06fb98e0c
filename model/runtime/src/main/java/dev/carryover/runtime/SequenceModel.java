package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.Head;
import dev.carryover.runtime.cells.LayerScratch;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Rows;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

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
  /*
   * Rows of a micro-batch are the sequences by falling length. At step s a direction works on those
   * longer than s, which are the first n rows: the forward one at position s, the backward one at
   * position length - 1 - s. So both directions are one loop, and no row steps over its end.
   */
  private final ModelConfig config;
  private final RecurrentLayer[][] directions;
  private final FoldedEmbedding[] embeddings;
  private final Head head;
  private final int begin;

  private SequenceModel(
      ModelFile file, KernelProvider.Selection selection, long foldedEmbeddingBytes) {
    config = file.config();
    RecurrentLayer[] forward = LayerFactory.forward(file, selection.kernels());
    directions =
        config.bidirectional()
            ? new RecurrentLayer[][] {forward, LayerFactory.backward(file, selection.kernels())}
            : new RecurrentLayer[][] {forward};
    embeddings = new FoldedEmbedding[directions.length];
    for (int direction = 0; config.tokenInput() && direction < directions.length; direction++) {
      embeddings[direction] =
          FoldedEmbedding.of(
              directions[direction][0],
              file.tensor("embedding.weight"),
              config.vocabulary().size(),
              foldedEmbeddingBytes / directions.length);
    }
    head =
        new Head(
            selection.kernels(),
            file.tensor("head.weight"),
            file.tensor("head.bias"),
            config.layerOutputSize());
    begin = config.tokenInput() ? config.vocabulary().beginId() : Vocabulary.ABSENT;
  }

  /** Loads a model with {@link RuntimeOptions#DEFAULTS}. */
  public static SequenceModel load(ModelFile file) {
    return load(file, RuntimeOptions.DEFAULTS);
  }

  /**
   * Packs the weights and replays the self-tests that the file carries.
   *
   * @throws SelfTestFailedException if a recorded output is not reproduced
   * @throws IllegalStateException if the kernels asked for cannot be had
   */
  public static SequenceModel load(ModelFile file, RuntimeOptions options) {
    return load(file, KernelProvider.select(options.kernels()), options.foldedEmbeddingBytes());
  }

  /** Loads a model on kernels that were chosen already. */
  static SequenceModel load(
      ModelFile file, KernelProvider.Selection selection, long foldedEmbeddingBytes) {
    SequenceModel model = new SequenceModel(file, selection, foldedEmbeddingBytes);
    SelfTestReplay.replay(model.config.modelId(), file.selfTests(), model::recorded);
    return model;
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
    return run(new Input(read, null, lengths(read)), skipped);
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

  private static int[] lengths(int[][] sequences) {
    int[] lengths = new int[sequences.length];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = sequences[i].length;
    }
    return lengths;
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
    return run(new Input(null, read, lengths), 0);
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
    int[] lengths = {test.steps()};
    if (test.tokenInput()) {
      int[] tokens = new int[test.steps()];
      for (int step = 0; step < tokens.length; step++) {
        tokens[step] = test.token(step);
      }
      return run(new Input(new int[][] {tokens}, null, lengths), 0)[0];
    }
    float[] features = new float[test.steps() * config.inputSize()];
    for (int step = 0; step < test.steps(); step++) {
      System.arraycopy(
          test.features(step), 0, features, step * config.inputSize(), config.inputSize());
    }
    return run(new Input(null, new float[][] {features}, lengths), 0)[0];
  }

  /**
   * What the lowest layer reads.
   *
   * @param tokens {@code [B][T]}; null for features
   * @param features {@code [B][T*F]}, normalized; null for tokens
   * @param lengths T of each
   */
  private record Input(int[][] tokens, float[][] features, int[] lengths) {}

  private float[][][] run(Input input, int skipped) {
    int[] lengths = input.lengths();
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -lengths[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    if (order.length == 0) {
      return new float[0][][];
    }
    int width = config.layerOutputSize();
    float[][] below = input.features();
    for (int layer = 0; layer < config.layers(); layer++) {
      float[][] outputs = new float[order.length][];
      for (int i = 0; i < outputs.length; i++) {
        outputs[i] = new float[Math.multiplyExact(lengths[i], width)];
      }
      for (int direction = 0; direction < directions.length; direction++) {
        Pass pass = new Pass(layer, direction, order, lengths);
        if (layer == 0 && input.tokens() != null) {
          pass.overTokens(input.tokens(), outputs);
        } else {
          pass.overVectors(below, outputs);
        }
      }
      below = outputs;
    }
    return applyHead(below, lengths, skipped);
  }

  /** One direction of one layer over all sequences. */
  private final class Pass {
    private final RecurrentLayer layer;
    private final FoldedEmbedding embedding;
    private final LayerScratch scratch;
    private final boolean backward;
    private final int column;
    private final int inputWidth;
    private final int[] order;
    private final int[] lengths;

    Pass(int layer, int direction, int[] order, int[] lengths) {
      this.layer = directions[direction][layer];
      this.embedding = embeddings[direction];
      this.scratch = this.layer.newScratch(order.length);
      this.backward = direction == 1;
      this.column = direction * config.hiddenSize();
      this.inputWidth = layer == 0 ? config.inputSize() : config.layerOutputSize();
      this.order = order;
      this.lengths = lengths;
    }

    void overTokens(int[][] sequences, float[][] outputs) {
      Rows embedded = embedding.newInput(order.length);
      int[] tokens = new int[order.length];
      for (int step = 0, rows = rows(0); rows > 0; rows = rows(++step)) {
        for (int row = 0; row < rows; row++) {
          tokens[row] = sequences[order[row]][position(row, step)];
        }
        embedding.project(tokens, embedded, scratch, rows);
        layer.step(scratch, rows);
        store(step, rows, outputs);
      }
    }

    void overVectors(float[][] below, float[][] outputs) {
      Rows input = new Rows(order.length, inputWidth);
      for (int step = 0, rows = rows(0); rows > 0; rows = rows(++step)) {
        for (int row = 0; row < rows; row++) {
          System.arraycopy(
              below[order[row]],
              position(row, step) * inputWidth,
              input.values(),
              input.offset(row),
              inputWidth);
        }
        layer.project(input, scratch, rows);
        layer.step(scratch, rows);
        store(step, rows, outputs);
      }
    }

    private void store(int step, int rows, float[][] outputs) {
      Rows h = scratch.h();
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            h.values(),
            h.offset(row),
            outputs[order[row]],
            position(row, step) * config.layerOutputSize() + column,
            config.hiddenSize());
      }
    }

    private int position(int row, int step) {
      return backward ? lengths[order[row]] - 1 - step : step;
    }

    /** How many sequences are longer than {@code step}. */
    private int rows(int step) {
      int rows = 0;
      while (rows < order.length && lengths[order[rows]] > step) {
        rows++;
      }
      return rows;
    }
  }

  private float[][][] applyHead(float[][] top, int[] lengths, int skipped) {
    int width = config.layerOutputSize();
    Rows input = new Rows(1, width);
    Rows logits = head.newLogits(1);
    float[][][] outputs = new float[top.length][][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new float[lengths[i] - skipped][head.outputSize()];
      for (int step = 0; step < outputs[i].length; step++) {
        System.arraycopy(top[i], (step + skipped) * width, input.values(), 0, width);
        head.apply(input, logits, 1);
        System.arraycopy(logits.values(), 0, outputs[i][step], 0, head.outputSize());
      }
    }
    return outputs;
  }
}
