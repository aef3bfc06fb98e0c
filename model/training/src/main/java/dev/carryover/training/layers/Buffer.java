package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/** A matrix that grows to the most rows ever asked for. What stood in it is lost when it grows. */
public final class Buffer {
  private final Precision precision;
  private final int columns;
  private Matrix matrix;

  /** An empty one, of rows of so many columns. */
  public Buffer(Precision precision, int columns) {
    this.precision = precision;
    this.columns = columns;
  }

  /** The first {@code rows} rows. */
  public Matrix rows(int rows) {
    if (matrix == null || matrix.rows() < rows) {
      matrix = Matrix.zeros(precision, rows, columns);
    }
    return matrix.rows(0, rows);
  }
}
