package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * Elman network (Elman 1990): {@code h' = f(W_ih x + b_ih + W_hh h + b_hh)} with f = tanh or relu.
 */
public final class RnnLayer extends RecurrentLayer {
  private final PackedMatrix recurrent;
  private final boolean relu;

  private RnnLayer(Kernels kernels, LayerWeights weights, GateBlocks blocks, boolean relu) {
    super(
        kernels, weights, blocks, GateBlocks.sum(weights.inputBias(), weights.recurrentBias()), 0);
    this.recurrent = blocks.pack(weights.recurrentWeights(), weights.hiddenSize(), 0);
    this.relu = relu;
  }

  /** A layer with tanh. */
  public static RnnLayer tanh(Kernels kernels, LayerWeights weights) {
    return new RnnLayer(kernels, weights.requireGates(1), new GateBlocks(weights), false);
  }

  /** A layer with a rectifier. */
  public static RnnLayer relu(Kernels kernels, LayerWeights weights) {
    return new RnnLayer(kernels, weights.requireGates(1), new GateBlocks(weights), true);
  }

  @Override
  public LayerScratch newScratch(int capacity) {
    return new LayerScratch(capacity, hiddenSize, recurrent.paddedOutputs(), false, false);
  }

  @Override
  void addRecurrent(LayerScratch scratch, int rows) {
    kernels.multiplyAdd(recurrent, scratch.h(), scratch.sums, 0, rows);
  }

  @Override
  void addBoth(PackedMatrix inputWeights, Rows in, LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    kernels.multiplyAddBoth(inputWeights, in, 0, recurrent, scratch.h(), 0, sums, rows);
  }

  @Override
  void activate(LayerScratch scratch, int rows) {
    if (relu) {
      kernels.relu(scratch.sums, scratch.h(), width, rows);
    } else {
      kernels.tanh(scratch.sums, scratch.h(), width, rows);
    }
  }
}
