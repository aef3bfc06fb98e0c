package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * LSTM with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000),
 * gates in PyTorch's order i, f, g, o:
 *
 * <pre>
 * i, f, o = sigmoid(W x + b + U h + d)    g = tanh(W x + b + U h + d)
 * c' = f * c + i * g                      h' = o * tanh(c')
 * </pre>
 */
public final class LstmLayer extends RecurrentLayer {
  /* Sums of a row: [i | f | o | g], so that the three sigmoids are neighbours. */
  private static final int[] ORDER = {0, 1, 3, 2};

  private final PackedMatrix recurrent;

  private LstmLayer(Kernels kernels, LayerWeights weights, GateBlocks blocks) {
    super(
        kernels,
        weights,
        blocks,
        GateBlocks.sum(weights.inputBias(), weights.recurrentBias()),
        ORDER);
    this.recurrent = blocks.pack(weights.recurrentWeights(), weights.hiddenSize(), ORDER);
  }

  /** A layer with the weights of {@code nn.LSTM}. */
  public static LstmLayer of(Kernels kernels, LayerWeights weights) {
    return new LstmLayer(kernels, weights.requireGates(4), new GateBlocks(weights));
  }

  @Override
  public LayerScratch newScratch(int capacity) {
    return new LayerScratch(capacity, hiddenSize, recurrent.paddedOutputs(), true, false);
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
  void advance(LayerScratch scratch, int rows) {
    kernels.lstmStep(recurrent, scratch.sums, scratch.h(), scratch.c(), width, rows);
  }

  @Override
  void advanceLookedUp(LayerScratch scratch, int rows) {
    Rows sums = scratch.sums;
    kernels.lstmStep(recurrent, scratch.input, sums, scratch.h(), scratch.c(), width, rows);
  }

  @Override
  void activate(LayerScratch scratch, int rows) {
    kernels.lstm(scratch.sums, scratch.h(), scratch.c(), width, rows);
  }
}
