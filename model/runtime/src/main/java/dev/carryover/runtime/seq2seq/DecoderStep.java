package dev.carryover.runtime.seq2seq;

import dev.carryover.model.spec.StateLayout;
import dev.carryover.runtime.cells.LayerScratch;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * Scratch of one step of the decoder for up to B rows, whatever sequences they belong to: states
 * and tokens are loaded, {@link #run} advances them, logits, weights and states are read.
 *
 * <p>Allocates nothing after construction, but for a source longer than all before. Belongs to one
 * thread. A row's results have the same bits whatever the other rows are.
 */
final class DecoderStep {
  private final Decoder decoder;
  private final Kernels kernels;
  private final LayerScratch[] layers;
  private final LayerScratch top;
  private final int[] tokens;
  private final Rows embedded;
  private final Rows queries;
  private final Rows contexts;
  private final Rows read;
  private final Rows logits;
  private final float[] exponentials;
  private final double[] logSumExp;
  private final Aligner.Source[] sources;
  private final float[][] recorded;
  private final int[] recordedAt;
  private final float[] hidden;
  private float[] weights;

  DecoderStep(Decoder decoder, int capacity) {
    this.decoder = decoder;
    this.kernels = decoder.kernels();
    RecurrentLayer[] stack = decoder.layers();
    this.layers = new LayerScratch[stack.length];
    for (int layer = 0; layer < stack.length; layer++) {
      layers[layer] = stack[layer].newScratch(capacity);
    }
    this.top = layers[layers.length - 1];
    this.tokens = new int[capacity];
    this.embedded = decoder.embedding().newInput(capacity);
    this.logits = decoder.head().newLogits(capacity);
    this.exponentials = new float[decoder.head().paddedOutputs()];
    this.logSumExp = new double[capacity];
    this.sources = new Aligner.Source[capacity];
    this.recorded = new float[capacity][];
    this.recordedAt = new int[capacity];
    Aligner aligner = decoder.aligner();
    if (aligner == null) {
      queries = null;
      contexts = null;
      read = null;
      hidden = null;
    } else {
      int keySize = decoder.config().encoderDecoder().keySize();
      queries = aligner.projects() ? new Rows(capacity, aligner.width()) : null;
      contexts = new Rows(capacity, keySize);
      read = new Rows(capacity, decoder.config().hiddenSize() + keySize);
      hidden = new float[aligner.width()];
      weights = new float[PackedMatrix.HALF_PANEL];
    }
  }

  /**
   * Fills a row.
   *
   * @param state of the hypothesis; copied
   * @param token that it wrote last
   * @param source that it looks back at; null without attention
   * @param recordTo receives the S weights of the step from {@code recordAt} on; null for none
   */
  void load(
      int row, float[] state, int token, Aligner.Source source, float[] recordTo, int recordAt) {
    StateLayout layout = decoder.layout();
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer].load(row, state, layout.hOffset(layer));
    }
    tokens[row] = token;
    sources[row] = source;
    recorded[row] = recordTo;
    recordedAt[row] = recordAt;
    if (source != null && source.steps() > weights.length) {
      weights = new float[PackedMatrix.padded(source.steps())];
    }
  }

  /** Advances the first rows by one target token each. */
  void run(int rows) {
    RecurrentLayer[] stack = decoder.layers();
    boolean feeds = decoder.contextWeights() != null;
    if (feeds) {
      attend(rows);
    }
    decoder.embedding().project(tokens, embedded, layers[0], rows);
    if (feeds) {
      stack[0].projectMore(decoder.contextWeights(), contexts, layers[0], rows);
    }
    stack[0].step(layers[0], rows);
    for (int layer = 1; layer < layers.length; layer++) {
      stack[layer].project(layers[layer - 1].h(), layers[layer], rows);
      stack[layer].step(layers[layer], rows);
    }
    if (contexts != null) {
      if (!feeds) {
        attend(rows);
      }
      join(rows);
    }
    decoder.head().apply(contexts == null ? top.h() : read, logits, rows);
    normalize(rows);
    for (int row = 0; row < rows; row++) {
      // Nothing of a job that is over is to be held.
      sources[row] = null;
      recorded[row] = null;
    }
  }

  private void attend(int rows) {
    Aligner aligner = decoder.aligner();
    if (queries != null) {
      aligner.project(top.h(), queries, rows);
    }
    Rows asked = queries == null ? top.h() : queries;
    for (int row = 0; row < rows; row++) {
      aligner.attend(asked, row, sources[row], weights, hidden, contexts);
      if (recorded[row] != null) {
        System.arraycopy(weights, 0, recorded[row], recordedAt[row], sources[row].steps());
      }
    }
  }

  /** Puts output and context side by side for the head. */
  private void join(int rows) {
    int size = decoder.config().hiddenSize();
    int keySize = decoder.config().encoderDecoder().keySize();
    for (int row = 0; row < rows; row++) {
      int at = read.offset(row);
      System.arraycopy(top.h().values(), top.h().offset(row), read.values(), at, size);
      System.arraycopy(contexts.values(), contexts.offset(row), read.values(), at + size, keySize);
    }
  }

  private void normalize(int rows) {
    int width = exponentials.length;
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float max = kernels.max(logits.values(), at, width);
      kernels.exp(logits.values(), at, max, exponentials, 0, width);
      // StrictMath is the same on every machine; Math.log may be an intrinsic of another.
      logSumExp[row] = max + StrictMath.log(kernels.sum(exponentials, 0, width));
    }
  }

  /** The head's output, {@code [B, Vt]}; the padding of a row is minus infinity. */
  Rows logits() {
    return logits;
  }

  /** What is taken from a row's logits to make them logarithms of probabilities. */
  double logSumExp(int row) {
    return logSumExp[row];
  }

  /** Copies the advanced state of a row out. */
  void store(int row, float[] state) {
    StateLayout layout = decoder.layout();
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer].store(row, state, layout.hOffset(layer));
    }
  }
}
