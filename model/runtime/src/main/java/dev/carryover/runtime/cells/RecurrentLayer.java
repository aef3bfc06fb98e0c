package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * One layer: a cell's equations with its packed weights. A step of B rows is {@link #project} (or
 * {@link FoldedEmbedding#project}) for the input half, then {@link #step}.
 *
 * <p>Immutable and shared by all threads; a {@link LayerScratch} belongs to one. Nothing is
 * allocated per step. Input {@code [B, I]}, state {@code [B, H]}.
 */
public abstract class RecurrentLayer {
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
   * Packs the weights {@code [G*H, J]} of a second input, which {@link #projectMore} reads beside
   * the first: columns I to I + J of a matrix whose first I columns are the layer's own.
   */
  public final PackedMatrix packMore(float[] weights, int inputs) {
    return blocks.pack(weights, inputs, inputOrder);
  }

  /**
   * Adds the part of a second input to sums that were filled for the first: the bits are those of
   * one product over both side by side.
   */
  public final void projectMore(PackedMatrix more, Rows in, LayerScratch scratch, int rows) {
    kernels.multiplyAdd(more, in, scratch.sums, 0, rows);
  }

  /** H: width of the layer's output. */
  public final int hiddenSize() {
    return hiddenSize;
  }

  /** Adds the recurrent half to the sums and advances the state of the first rows. */
  public final void step(LayerScratch scratch, int rows) {
    advance(scratch, rows);
    scratch.sums.turn();
  }

  /** The cell's own part of {@link #step}. */
  abstract void advance(LayerScratch scratch, int rows);

  /** Floats of the input half of one row of sums. */
  final int projectedWidth() {
    return input.outputs();
  }

  /** I: width of the rows that {@link #project} reads. */
  final int inputSize() {
    return input.inputs();
  }
}
