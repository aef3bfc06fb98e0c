package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/**
 * The hidden state of one layer in one direction for up to {@code B} rows: h, and c of an LSTM,
 * each {@code [B, H]}; or the gradient of it.
 *
 * @param h the output of the last step
 * @param c the cell state; {@code null} for cells without one
 */
public record LayerState(Matrix h, Matrix c) {
  /** A state of zeros. */
  public static LayerState zeros(Precision precision, int rows, int hiddenSize, boolean withCell) {
    return new LayerState(
        Matrix.zeros(precision, rows, hiddenSize),
        withCell ? Matrix.zeros(precision, rows, hiddenSize) : null);
  }

  void fill(double value) {
    h.fill(value);
    if (c != null) {
      c.fill(value);
    }
  }
}
