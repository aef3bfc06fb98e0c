package dev.carryover.runtime.seq2seq;

import dev.carryover.model.spec.StateLayout;
import dev.carryover.runtime.cells.Head;
import dev.carryover.runtime.cells.LayerScratch;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.kernels.Activations;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import java.util.Arrays;

/**
 * Scratch of one step of the decoder for up to B rows, whatever sequences they belong to: states
 * and the rows that go on from them with a token are added, {@link #run} advances the rows, logits
 * and states of the rows are read until the next is added.
 *
 * <p>Allocates nothing after construction, but for sources longer than all before. Belongs to one
 * thread. A row's results have the same bits whatever the other rows are.
 */
final class DecoderStep {
  /*
   * Hypotheses of a beam often go on from the same one, with other tokens. What the state alone
   * decides is worked out once a state: its query, weights and context, its part of the sums of
   * every layer, the context's part of the head. What the token decides is added row by row. So of
   * the products only the head's, and those between layers, are made for every row.
   */
  private final Decoder decoder;
  private final Kernels kernels;
  private final boolean feeds;
  private final LayerScratch[] shared;
  private final LayerScratch[] layers;
  private final LayerScratch top;
  private final int[] stateOf;
  private final int[] itself;
  private final int[] tokens;
  private final Rows embedded;
  private final Rows queries;
  private final Rows contexts;
  private final Rows contextSums;
  private final Rows logits;
  private final float[] exponentials;
  private final double[] logSumExp;
  private final Aligner.Source[] sources;
  private final float[][] recorded;
  private final int[] recordedAt;
  private final float[] hidden;
  private final int[] weightsAt;
  private float[] weights;
  private int states;
  private int rows;
  private boolean ran;

  DecoderStep(Decoder decoder, int capacity) {
    this.decoder = decoder;
    this.kernels = decoder.kernels();
    RecurrentLayer[] stack = decoder.layers();
    this.shared = new LayerScratch[stack.length];
    this.layers = new LayerScratch[stack.length];
    for (int layer = 0; layer < stack.length; layer++) {
      shared[layer] = stack[layer].newScratch(capacity);
      layers[layer] = stack[layer].newScratch(capacity);
    }
    this.top = layers[layers.length - 1];
    this.stateOf = new int[capacity];
    this.itself = new int[capacity];
    Arrays.setAll(itself, row -> row);
    this.tokens = new int[capacity];
    this.embedded = decoder.embedding().newInput(capacity);
    this.logits = decoder.head().newLogits(capacity);
    this.exponentials = new float[decoder.head().paddedOutputs()];
    this.logSumExp = new double[capacity];
    this.sources = new Aligner.Source[capacity];
    this.recorded = new float[capacity][];
    this.recordedAt = new int[capacity];
    this.weightsAt = new int[capacity];
    Aligner aligner = decoder.aligner();
    if (aligner == null) {
      feeds = false;
      queries = null;
      contexts = null;
      contextSums = null;
      hidden = null;
    } else {
      feeds = aligner.feedsDecoder();
      queries = aligner.projects() ? new Rows(capacity, aligner.width()) : null;
      contexts = new Rows(capacity, decoder.config().encoderDecoder().keySize());
      contextSums = decoder.head().newLogits(capacity);
      hidden = new float[aligner.width()];
      weights = new float[PackedMatrix.HALF_PANEL];
    }
  }

  /**
   * Adds a state that rows go on from.
   *
   * @param state copied
   * @param source that its rows look back at; null without attention
   * @return its number
   */
  int addState(float[] state, Aligner.Source source) {
    if (ran) {
      ran = false;
      states = 0;
      rows = 0;
    }
    StateLayout layout = decoder.layout();
    for (int layer = 0; layer < layers.length; layer++) {
      shared[layer].load(states, state, layout.hOffset(layer));
    }
    sources[states] = source;
    return states++;
  }

  /**
   * Adds a row; rows are numbered from 0.
   *
   * @param state the number of the state that it goes on from
   * @param token that it wrote last
   * @param recordTo receives the S weights of the step from {@code recordAt} on; null for none
   */
  void addRow(int state, int token, float[] recordTo, int recordAt) {
    stateOf[rows] = state;
    tokens[rows] = token;
    recorded[rows] = recordTo;
    recordedAt[rows] = recordAt;
    rows++;
  }

  /** Advances all rows by one target token each. */
  void run() {
    ran = true;
    if (feeds) {
      attend(shared[shared.length - 1].h(), states, itself);
    }
    share();
    RecurrentLayer[] stack = decoder.layers();
    decoder.embedding().finish(tokens, embedded, shared[0], stateOf, layers[0], rows);
    for (int layer = 1; layer < layers.length; layer++) {
      stack[layer].project(layers[layer - 1].h(), layers[layer], rows);
      stack[layer].finish(shared[layer], stateOf, layers[layer], rows);
    }
    head();
    normalize();
    if (contexts != null) {
      record();
    }
    // Nothing of a job that is over is to be held.
    Arrays.fill(sources, 0, states, null);
    Arrays.fill(recorded, 0, rows, null);
  }

  /** Works the states' parts of all layers out. */
  private void share() {
    RecurrentLayer[] stack = decoder.layers();
    for (int layer = 0; layer < layers.length; layer++) {
      if (layer == 0 && feeds) {
        for (int state = 0; state < states; state++) {
          Aligner.Source source = sources[state];
          stack[0].beginShared(
              shared[0], state, weights, weightsAt[state], source.parts(), source.steps());
        }
      } else {
        stack[layer].beginShared(shared[layer], states);
      }
      stack[layer].recur(shared[layer], states);
    }
  }

  private void head() {
    Head head = decoder.head();
    if (contexts == null) {
      head.apply(top.h(), logits, rows);
    } else if (feeds) {
      head.begin(contexts, contextSums, states);
      head.goOn(top.h(), contextSums, stateOf, logits, rows);
    } else {
      attend(top.h(), rows, stateOf);
      head.begin(contexts, contextSums, rows);
      head.goOn(top.h(), contextSums, itself, logits, rows);
    }
  }

  /** Attends with h of states or of rows, whose sources are those of the states {@code of}. */
  private void attend(Rows h, int count, int[] of) {
    Aligner aligner = decoder.aligner();
    if (queries != null) {
      aligner.project(h, queries, count);
    }
    Rows asked = queries == null ? h : queries;
    int at = 0;
    for (int i = 0; i < count; i++) {
      weightsAt[i] = at;
      at = Math.addExact(at, PackedMatrix.padded(sources[of[i]].steps()));
    }
    if (weights.length < at) {
      weights = new float[at];
    }
    for (int i = 0; i < count; i++) {
      aligner.attend(asked, i, sources[of[i]], weights, weightsAt[i], hidden, contexts);
    }
  }

  private void record() {
    for (int row = 0; row < rows; row++) {
      if (recorded[row] != null) {
        int from = weightsAt[feeds ? stateOf[row] : row];
        int steps = sources[stateOf[row]].steps();
        System.arraycopy(weights, from, recorded[row], recordedAt[row], steps);
      }
    }
  }

  private void normalize() {
    int width = exponentials.length;
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float max = kernels.max(logits.values(), at, width);
      kernels.exp(logits.values(), at, max, exponentials, 0, width);
      logSumExp[row] = max + Activations.log(kernels.sum(exponentials, 0, width));
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
