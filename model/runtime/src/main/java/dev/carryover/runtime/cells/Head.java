package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * The linear head: {@code logits [B, O] = h [B, H] * W^T + b}. The padding of a row of logits is
 * minus infinity, so that a softmax over the padded row is the softmax over the row.
 *
 * <p>Immutable and shared by all threads; allocates nothing per step.
 */
public final class Head {
  private final Kernels kernels;
  private final PackedMatrix weights;
  private final float[] bias;

  /** Packs {@code weights [O, H]} and {@code bias [O]}. */
  public Head(Kernels kernels, float[] weights, float[] bias, int hiddenSize) {
    this.kernels = kernels;
    this.weights = PackedMatrix.pack(weights, bias.length, hiddenSize);
    this.bias = this.weights.padBias(bias, Float.NEGATIVE_INFINITY);
  }

  /** Rows that {@link #apply} writes. */
  public Rows newLogits(int capacity) {
    return new Rows(capacity, weights.paddedOutputs());
  }

  /** Fills the first rows of {@code logits} from the top layer's output. */
  public void apply(Rows h, Rows logits, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, logits.values(), logits.offset(row), bias.length);
    }
    kernels.multiplyAdd(weights, h, logits, 0, rows);
    logits.turn();
  }

  /** O: outputs of a row. */
  public int outputSize() {
    return weights.outputs();
  }

  /** O with its padding. */
  public int paddedOutputs() {
    return weights.paddedOutputs();
  }
}
