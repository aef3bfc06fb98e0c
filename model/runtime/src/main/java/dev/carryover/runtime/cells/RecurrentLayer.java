package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import java.util.Arrays;

/**
 * One layer: a cell's equations with its packed weights. A step of B rows is {@link #project} (or
 * {@link FoldedEmbedding#project}) for the input half, then {@link #step}. Where rows go on from
 * states that they share, each state is gone on from once: {@link #recur} for the states, then
 * {@link #project} and {@link #finish}, or {@link FoldedEmbedding#finish}, for the rows.
 *
 * <p>Immutable and shared by all threads; a {@link LayerScratch} belongs to one. Nothing is
 * allocated per step. Input {@code [B, I]}, state {@code [B, H]}.
 */
public abstract class RecurrentLayer {
  /*
   * Weights of both halves that exceed a cache are read together, block by block, for a single row:
   * see VectorSingleRow. With smaller cells that gains nothing, and gates can begin before the end.
   */
  private static final int TOGETHER = 256;

  protected final Kernels kernels;
  protected final int hiddenSize;

  /** H rounded up to a multiple of 32: columns of one gate. */
  protected final int width;

  private final GateBlocks blocks;
  private final int[] inputOrder;
  private final PackedMatrix input;
  private final float[] bias;

  /**
   * @param bias {@code [G*H]}, what the sums of a row begin with
   * @param inputOrder the order of the gate blocks in the input half of the sums
   */
  RecurrentLayer(
      Kernels kernels, LayerWeights weights, GateBlocks blocks, float[] bias, int... inputOrder) {
    this.kernels = kernels;
    this.hiddenSize = weights.hiddenSize();
    this.width = GateBlocks.width(hiddenSize);
    this.blocks = blocks;
    this.inputOrder = inputOrder;
    this.input = blocks.pack(weights.inputWeights(), weights.inputSize(), inputOrder);
    this.bias = input.padBias(blocks.arrange(bias, inputOrder), 0f);
  }

  /** Scratch for micro-batches of up to {@code capacity} rows. */
  public abstract LayerScratch newScratch(int capacity);

  /** Fills the input half of the sums: {@code sums[r] = bias + W_ih in[r]}. */
  public final void project(Rows in, LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, sums.values(), sums.offset(row), bias.length);
    }
    kernels.multiplyAdd(input, in, sums, 0, rows);
  }

  /**
   * Packs the weights {@code [G*H, J]} of a second input: columns I to I + J of a matrix whose
   * first I columns are the layer's own. A product with them gives parts of {@link #beginShared}.
   */
  public final PackedMatrix packMore(float[] weights, int inputs) {
    return blocks.pack(weights, inputs, inputOrder);
  }

  /**
   * Begins the sums of a shared state with its part of the input, a weighted sum of parts that were
   * worked out with {@link #packMore}; without one they begin with zero.
   *
   * @param parts {@code [S, G*H]}; of {@code steps} of them the weights stand at {@code at}
   */
  public final void beginShared(
      LayerScratch shared, int state, float[] weights, int at, Rows parts, int steps) {
    Rows sums = shared.sums;
    int columns = input.paddedOutputs();
    kernels.weightedSum(weights, at, parts, steps, sums.values(), sums.offset(state), columns);
  }

  /** Begins the sums of the first shared states with zero. */
  public final void beginShared(LayerScratch shared, int states) {
    Arrays.fill(shared.sums.values(), 0, states * shared.sums.stride(), 0f);
  }

  /**
   * Adds what the states alone decide of the recurrent half to the sums of the first shared states.
   */
  public final void recur(LayerScratch shared, int states) {
    addRecurrent(shared, states);
    shared.sums.turn();
  }

  /**
   * Advances the first rows, whose input half {@link #project} filled, each from the shared state
   * that {@code stateOf} says.
   */
  public final void finish(LayerScratch shared, int[] stateOf, LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    for (int row = 0; row < rows; row++) {
      int at = sums.offset(row);
      scratch.join(kernels, shared, stateOf[row], row, sums.values(), at, input.paddedOutputs());
    }
    activateJoined(scratch, rows);
  }

  /** Advances the first rows, whose sums are complete. */
  final void activateJoined(LayerScratch scratch, int rows) {
    activate(scratch, rows);
    scratch.sums.turn();
  }

  /** H: width of the layer's output. */
  public final int hiddenSize() {
    return hiddenSize;
  }

  /** {@link #project}, then {@link #step(LayerScratch, int)}. */
  public final void step(Rows in, LayerScratch scratch, int rows) {
    if (rows > 1 || width < TOGETHER) {
      project(in, scratch, rows);
      step(scratch, rows);
    } else {
      System.arraycopy(bias, 0, scratch.sums.values(), scratch.sums.offset(0), bias.length);
      addBoth(input, in, scratch, rows);
      activateJoined(scratch, rows);
    }
  }

  /** Adds the recurrent half to the sums and advances the state of the first rows. */
  public final void step(LayerScratch scratch, int rows) {
    advance(scratch, rows);
    scratch.sums.turn();
  }

  /** {@link #step(LayerScratch, int)} of rows whose input half is looked up. */
  final void stepLookedUp(LayerScratch scratch, int rows) {
    advanceLookedUp(scratch, rows);
    scratch.sums.turn();
  }

  /** {@link #advance} of rows whose input half is looked up. */
  void advanceLookedUp(LayerScratch scratch, int rows) {
    scratch.input.copyTo(scratch.sums, rows);
    advance(scratch, rows);
  }

  /** Adds the recurrent half to the sums of the first rows and advances their state. */
  void advance(LayerScratch scratch, int rows) {
    addRecurrent(scratch, rows);
    activate(scratch, rows);
  }

  /** Adds what h alone decides of the recurrent half to the sums. */
  abstract void addRecurrent(LayerScratch scratch, int rows);

  /** Adds the input half, then {@link #addRecurrent}. */
  void addBoth(PackedMatrix inputWeights, Rows in, LayerScratch scratch, int rows) {
    kernels.multiplyAdd(inputWeights, in, scratch.sums, 0, rows);
    addRecurrent(scratch, rows);
  }

  /** Advances the state from sums that are complete, but for what the cell decides meanwhile. */
  abstract void activate(LayerScratch scratch, int rows);

  /** Floats of the input half of one row of sums. */
  final int projectedWidth() {
    return input.outputs();
  }

  /** I: width of the rows that {@link #project} reads. */
  final int inputSize() {
    return input.inputs();
  }
}
