package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * GRU with the reset gate applied after the recurrent product, as PyTorch and cuDNN have it ({@code
 * gru_reset: after}), gates in PyTorch's order r, z, n:
 *
 * <pre>
 * r, z = sigmoid(W x + b + U h + d)
 * n    = tanh(W x + b + r * (U h + d))
 * h'   = (1 - z) * n + z * h
 * </pre>
 */
public final class GruLayer extends RecurrentLayer {
  /*
   * Sums of a row, `width` floats each: [input part of n | r | z | recurrent part of n]. The input
   * product writes the first three blocks and the recurrent product goes on with the last three, so r
   * and z are one chain over both halves and the parts of n stay apart.
   */
  private static final int[] INPUT_ORDER = {2, 0, 1};
  private static final int[] RECURRENT_ORDER = {0, 1, 2};

  private final PackedMatrix recurrent;
  private final float[] candidateBias;

  private GruLayer(Kernels kernels, LayerWeights weights, GateBlocks blocks) {
    super(kernels, weights, blocks, inputBias(weights), INPUT_ORDER);
    this.recurrent = blocks.pack(weights.recurrentWeights(), weights.hiddenSize(), RECURRENT_ORDER);
    this.candidateBias = blocks.arrange(weights.recurrentBias(), 2);
  }

  /** A layer with the weights of {@code nn.GRU}. */
  public static GruLayer of(Kernels kernels, LayerWeights weights) {
    return new GruLayer(kernels, weights.requireGates(3), new GateBlocks(weights));
  }

  /** Both biases for r and z; for n the input bias alone, since r scales the other. */
  private static float[] inputBias(LayerWeights weights) {
    float[] bias = GateBlocks.sum(weights.inputBias(), weights.recurrentBias());
    int candidate = 2 * weights.hiddenSize();
    System.arraycopy(weights.inputBias(), candidate, bias, candidate, weights.hiddenSize());
    return bias;
  }

  @Override
  public LayerScratch newScratch(int capacity) {
    return new LayerScratch(capacity, hiddenSize, width + recurrent.paddedOutputs(), false, false);
  }

  @Override
  void addRecurrent(LayerScratch scratch, int rows) {
    beginCandidate(scratch.sums, rows);
    kernels.multiplyAdd(recurrent, scratch.h(), scratch.sums, width, rows);
  }

  @Override
  void addBoth(PackedMatrix inputWeights, Rows in, LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    beginCandidate(sums, rows);
    kernels.multiplyAddBoth(inputWeights, in, 0, recurrent, scratch.h(), width, sums, rows);
  }

  private void beginCandidate(Rows sums, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(candidateBias, 0, sums.values(), sums.offset(row) + 3 * width, width);
    }
  }

  @Override
  void advance(LayerScratch scratch, int rows) {
    kernels.gruStep(recurrent, candidateBias, scratch.sums, scratch.h(), width, rows);
  }

  @Override
  void advanceLookedUp(LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    kernels.gruStep(recurrent, candidateBias, scratch.input, sums, scratch.h(), width, rows);
  }

  @Override
  void activate(LayerScratch scratch, int rows) {
    kernels.gru(scratch.sums, scratch.h(), width, rows);
  }
}
