package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.WeightPrecision;

/**
 * Lays gate blocks out for the kernels: each block of H outputs is widened to the next multiple of
 * 32 with zero rows, and the blocks come in the order that a cell's step reads them in.
 */
final class GateBlocks {
  private final int hiddenSize;
  private final int width;
  private final WeightPrecision precision;

  GateBlocks(LayerWeights weights) {
    this.hiddenSize = weights.hiddenSize();
    this.precision = weights.precision();
    this.width = width(hiddenSize);
  }

  /** H rounded up to a multiple of 32: what kernels work on at a time. */
  static int width(int hiddenSize) {
    return PackedMatrix.padded(hiddenSize);
  }

  /** Packs the blocks {@code order} of {@code weights [G*H, K]}. */
  PackedMatrix pack(float[] weights, int inputs, int... order) {
    float[] arranged =
        new float[Math.multiplyExact(Math.multiplyExact(order.length, width), inputs)];
    for (int block = 0; block < order.length; block++) {
      System.arraycopy(
          weights,
          order[block] * hiddenSize * inputs,
          arranged,
          block * width * inputs,
          hiddenSize * inputs);
    }
    return PackedMatrix.pack(arranged, order.length * width, inputs, precision);
  }

  /** Arranges the blocks {@code order} of {@code bias [G*H]} like the rows of {@link #pack}. */
  float[] arrange(float[] bias, int... order) {
    float[] arranged = new float[order.length * width];
    for (int block = 0; block < order.length; block++) {
      System.arraycopy(bias, order[block] * hiddenSize, arranged, block * width, hiddenSize);
    }
    return arranged;
  }

  /** The sum of both biases; where a gate adds them anyway, they are added once, here. */
  static float[] sum(float[] inputBias, float[] recurrentBias) {
    float[] sum = new float[inputBias.length];
    for (int j = 0; j < sum.length; j++) {
      sum[j] = inputBias[j] + recurrentBias[j];
    }
    return sum;
  }
}
