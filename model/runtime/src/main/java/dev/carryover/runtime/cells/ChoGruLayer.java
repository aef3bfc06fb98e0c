package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;

/**
 * GRU as first published (Cho et al. 2014), with the reset gate applied to the state before the
 * recurrent product ({@code gru_reset: before}); blocks in the order r, z, n and z as in PyTorch,
 * where z keeps the old state:
 *
 * <pre>
 * r, z = sigmoid(W x + b + U h + d)
 * n    = tanh(W x + b + U (r * h) + d)
 * h'   = (1 - z) * n + z * h
 * </pre>
 */
public final class ChoGruLayer extends RecurrentLayer {
  /* Sums of a row: [n | r | z]; the products of r and z run first, n's after r is known. */
  private static final int[] INPUT_ORDER = {2, 0, 1};

  private final PackedMatrix gates;
  private final PackedMatrix candidate;

  private ChoGruLayer(Kernels kernels, LayerWeights weights, GateBlocks blocks) {
    super(
        kernels,
        weights,
        blocks,
        GateBlocks.sum(weights.inputBias(), weights.recurrentBias()),
        INPUT_ORDER);
    this.gates = blocks.pack(weights.recurrentWeights(), weights.hiddenSize(), 0, 1);
    this.candidate = blocks.pack(weights.recurrentWeights(), weights.hiddenSize(), 2);
  }

  /** A layer with weights laid out as for {@code nn.GRU}. */
  public static ChoGruLayer of(Kernels kernels, LayerWeights weights) {
    return new ChoGruLayer(kernels, weights.requireGates(3), new GateBlocks(weights));
  }

  @Override
  public LayerScratch newScratch(int capacity) {
    return new LayerScratch(capacity, hiddenSize, width + gates.paddedOutputs(), false, true);
  }

  @Override
  void addRecurrent(LayerScratch scratch, int rows) {
    kernels.multiplyAdd(gates, scratch.h(), scratch.sums, width, rows);
  }

  @Override
  void activate(LayerScratch scratch, int rows) {
    kernels.gruReset(scratch.sums, scratch.h(), scratch.reset, width, rows);
    kernels.multiplyAdd(candidate, scratch.reset, scratch.sums, 0, rows);
    kernels.gruBlend(scratch.sums, scratch.h(), width, rows);
  }
}
