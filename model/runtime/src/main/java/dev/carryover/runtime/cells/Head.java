package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;

/**
 * The linear head: {@code logits [B, O] = h [B, H] * W^T + b}. The padding of a row of logits is
 * minus infinity, so that a softmax over the padded row is the softmax over the row.
 *
 * <p>Immutable and shared by all threads; allocates nothing per step.
 */
public final class Head {
  private final Kernels kernels;
  private final PackedMatrix weights;
  private final PackedMatrix contextWeights;
  private final float[] bias;

  /** Packs {@code weights [O, H]} in a precision, and {@code bias [O]}. */
  public Head(
      Kernels kernels, float[] weights, float[] bias, int hiddenSize, WeightPrecision precision) {
    this(kernels, PackedMatrix.pack(weights, bias.length, hiddenSize, precision), null, bias);
  }

  private Head(Kernels kernels, PackedMatrix weights, PackedMatrix contextWeights, float[] bias) {
    this.kernels = kernels;
    this.weights = weights;
    this.contextWeights = contextWeights;
    this.bias = weights.padBias(bias, Float.NEGATIVE_INFINITY);
  }

  /**
   * A head that reads {@code [h; context]}, with {@code weights [O, H + C]}: {@link #begin} for the
   * contexts, {@link #goOn} for the rows.
   */
  public static Head withContext(
      Kernels kernels,
      float[] weights,
      float[] bias,
      int hiddenSize,
      int contextSize,
      WeightPrecision precision) {
    int outputs = bias.length;
    float[] ofH = columns(weights, outputs, 0, hiddenSize);
    float[] ofContext = columns(weights, outputs, hiddenSize, hiddenSize + contextSize);
    return new Head(
        kernels,
        PackedMatrix.pack(ofH, outputs, hiddenSize, precision),
        PackedMatrix.pack(ofContext, outputs, contextSize, precision),
        bias);
  }

  private static float[] columns(float[] weights, int outputs, int from, int to) {
    int stride = weights.length / outputs;
    float[] taken = new float[Math.multiplyExact(outputs, to - from)];
    for (int output = 0; output < outputs; output++) {
      System.arraycopy(weights, output * stride + from, taken, output * (to - from), to - from);
    }
    return taken;
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

  /** Begins the first rows of {@code sums} with the bias and the part of the context. */
  public void begin(Rows contexts, Rows sums, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, sums.values(), sums.offset(row), bias.length);
    }
    kernels.multiplyAdd(contextWeights, contexts, sums, 0, rows);
    sums.turn();
  }

  /**
   * Fills the first rows of {@code logits} from the top layer's output, each going on from the sums
   * of {@link #begin} that {@code sumsOf} says.
   */
  public void goOn(Rows h, Rows sums, int[] sumsOf, Rows logits, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          sums.values(),
          sums.offset(sumsOf[row]),
          logits.values(),
          logits.offset(row),
          bias.length);
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
