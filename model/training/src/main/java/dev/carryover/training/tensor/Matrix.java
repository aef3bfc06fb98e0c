package dev.carryover.training.tensor;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A dense row-major matrix {@code [rows, columns]} outside the Java heap.
 *
 * <p>A matrix is allocated once, at its largest, and used through {@link #rows views} of some of
 * its rows, which share its values. Views are made once and kept, because making one costs as much
 * as a small product. No method here allocates outside the heap but {@link #zeros}.
 *
 * <p>One matrix and its views belong to one thread at a time; threads may read one that none of
 * them writes, after {@link #rows} was called for what they read.
 */
public final class Matrix {
  /** Odd, so that no two keys become one. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final Precision precision;
  private final int rows;
  private final int columns;
  private final INDArray array;
  private final Matrix root;
  private final int firstRow;
  private final FloatBuffer floats;
  private final DoubleBuffer doubles;
  private final Map<Long, Matrix> views;

  private Matrix(
      Precision precision, int rows, int columns, INDArray array, Matrix root, int firstRow) {
    this.precision = precision;
    this.rows = rows;
    this.columns = columns;
    this.array = array;
    this.root = root == null ? this : root;
    this.firstRow = firstRow;
    if (root == null) {
      floats = precision == Precision.FLOAT ? array.data().asNioFloat() : null;
      doubles = precision == Precision.DOUBLE ? array.data().asNioDouble() : null;
      views = new HashMap<>();
    } else {
      floats = root.floats;
      doubles = root.doubles;
      views = root.views;
    }
  }

  /**
   * A matrix of zeros.
   *
   * @throws IllegalArgumentException when a size is not positive, or the values do not fit a buffer
   */
  public static Matrix zeros(Precision precision, int rows, int columns) {
    if (rows < 1 || columns < 1 || (long) rows * columns > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a matrix of [%d, %d] cannot be had; use 1 to 2^31 values: fewer rows or smaller windows"
              .formatted(rows, columns));
    }
    INDArray array = Nd4j.create(precision.dataType(), new long[] {rows, columns}, 'c');
    return new Matrix(precision, rows, columns, array, null, 0);
  }

  /** What the values are made of. */
  public Precision precision() {
    return precision;
  }

  /** The number of rows. */
  public int rows() {
    return rows;
  }

  /** The number of columns. */
  public int columns() {
    return columns;
  }

  /**
   * The rows {@code from} to {@code from + count - 1}, sharing their values with this.
   *
   * @throws IndexOutOfBoundsException when this has no such rows
   */
  public Matrix rows(int from, int count) {
    Objects.checkFromIndexSize(from, count, rows);
    if (count == rows) {
      return this;
    }
    int first = firstRow + from;
    // Unspread, blocks of 32 rows would all hash to multiples of 32 and share a bucket or two.
    return views.computeIfAbsent(
        ((long) first << 32 | count) * SPREAD,
        key ->
            new Matrix(
                precision,
                count,
                columns,
                root.array.get(NDArrayIndex.interval(first, first + count), NDArrayIndex.all()),
                root,
                first));
  }

  /** Sets every value. */
  public void fill(double value) {
    array.assign(value);
  }

  /**
   * Becomes {@code a * b}, or grows by it; {@code transposeA} reads {@code a} as its transpose.
   *
   * @param accumulate whether the product is added to what stands here
   * @throws IllegalArgumentException when the sizes do not fit
   */
  public void product(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, boolean accumulate) {
    int outer = transposeA ? a.columns : a.rows;
    int inner = transposeA ? a.rows : a.columns;
    int innerB = transposeB ? b.columns : b.rows;
    int outerB = transposeB ? b.rows : b.columns;
    if (outer != rows || outerB != columns || inner != innerB) {
      throw new IllegalArgumentException(
          "the product of %s%s and %s%s does not fit into %s; check which of them is transposed"
              .formatted(a, transposeA ? "^T" : "", b, transposeB ? "^T" : "", this));
    }
    Nd4j.gemm(a.array, b.array, array, transposeA, transposeB, 1.0, accumulate ? 1.0 : 0.0);
  }

  /** Grows by a matrix of its size. */
  public void add(Matrix other) {
    array.addi(other.array);
  }

  /** Adds a row {@code [1, columns]} to every row. */
  public void addToEveryRow(Matrix row) {
    array.addiRowVector(row.array);
  }

  /** Becomes the elementwise product of two matrices of its size; they may be this. */
  public void multiplyElements(Matrix a, Matrix b) {
    a.array.muli(b.array, array);
  }

  /** Becomes the elementwise difference of two matrices of its size. */
  public void subtractElements(Matrix a, Matrix b) {
    a.array.subi(b.array, array);
  }

  /** Becomes the softmax of every row of a matrix of its size. */
  public void softmax(Matrix logits) {
    Nd4j.exec(
        DynamicCustomOp.builder("softmax")
            .addInputs(logits.array)
            .addOutputs(array)
            .addIntegerArguments(1)
            .build());
  }

  /** Adds a column {@code [rows, 1]} to every column. */
  public void addToEveryColumn(Matrix column) {
    array.addiColumnVector(column.array);
  }

  /** Multiplies every row by its factor in a column {@code [rows, 1]}. */
  public void scaleRows(Matrix factors) {
    array.muliColumnVector(factors.array);
  }

  /** Copies a matrix of as many rows into the columns that begin at {@code column}. */
  public void setColumns(int column, Matrix from) {
    copyRows(from, 0, this, column, from.columns);
  }

  /** Becomes the columns of a matrix of as many rows that begin at {@code column}. */
  public void copyColumns(Matrix from, int column) {
    copyRows(from, column, this, 0, columns);
  }

  private static void copyRows(Matrix from, int first, Matrix to, int column, int count) {
    if (from.rows != to.rows) {
      throw new IllegalArgumentException(
          "the columns of %s do not fit those of %s; copy between matrices of as many rows"
              .formatted(from, to));
    }
    Objects.checkFromIndexSize(first, count, from.columns);
    Objects.checkFromIndexSize(column, count, to.columns);
    if (!Backend.onCpu()) {
      to.columnBlock(column, count).assign(from.columnBlock(first, count));
      return;
    }
    for (int row = 0; row < to.rows; row++) {
      int source = (from.firstRow + row) * from.columns + first;
      int target = (to.firstRow + row) * to.columns + column;
      if (to.floats != null) {
        to.floats.put(target, from.floats, source, count);
      } else {
        to.doubles.put(target, from.doubles, source, count);
      }
    }
  }

  /** A view of some columns of all rows. Not kept: for work that is done once for all steps. */
  INDArray columnBlock(int column, int count) {
    return array.get(NDArrayIndex.all(), NDArrayIndex.interval(column, column + count));
  }

  INDArray array() {
    return array;
  }

  /**
   * Row {@code r} becomes row {@code ids[r]} of a table.
   *
   * @throws IndexOutOfBoundsException when the table has no such row
   */
  public void gather(Matrix table, int[] ids) {
    gather(table, ids, 0);
  }

  /**
   * The columns of row {@code r} that begin at {@code column} become row {@code ids[r]} of a table.
   *
   * @throws IndexOutOfBoundsException when the table has no such row, or this no such column
   */
  public void gather(Matrix table, int[] ids, int column) {
    Objects.checkFromIndexSize(column, table.columns, columns);
    table.toHost();
    toHost();
    for (int row = 0; row < rows; row++) {
      int from = (table.firstRow + Objects.checkIndex(ids[row], table.rows)) * table.columns;
      int to = (firstRow + row) * columns + column;
      if (floats != null) {
        floats.put(to, table.floats, from, table.columns);
      } else {
        doubles.put(to, table.doubles, from, table.columns);
      }
    }
    changedOnHost();
  }

  /**
   * Row {@code ids[r]} of this table grows by row {@code r} of a matrix.
   *
   * @throws IndexOutOfBoundsException when this has no such row
   */
  public void scatterAdd(Matrix from, int[] ids) {
    scatterAdd(from, ids, 0);
  }

  /**
   * Row {@code ids[r]} of this table grows by the columns of row {@code r} of a matrix that begin
   * at {@code first}.
   *
   * @throws IndexOutOfBoundsException when this has no such row, or the matrix no such column
   */
  public void scatterAdd(Matrix from, int[] ids, int first) {
    Objects.checkFromIndexSize(first, columns, from.columns);
    from.toHost();
    toHost();
    for (int row = 0; row < from.rows; row++) {
      int source = (from.firstRow + row) * from.columns + first;
      int target = (firstRow + Objects.checkIndex(ids[row], rows)) * columns;
      for (int column = 0; column < columns; column++) {
        if (floats != null) {
          floats.put(
              target + column, floats.get(target + column) + from.floats.get(source + column));
        } else {
          doubles.put(
              target + column, doubles.get(target + column) + from.doubles.get(source + column));
        }
      }
    }
    changedOnHost();
  }

  /**
   * Adds {@code amounts[r]} to the value at {@code [r, columns[r]]}; a column below 0 is left out.
   */
  public void addAt(int[] columnOfRow, float[] amounts) {
    toHost();
    for (int row = 0; row < rows; row++) {
      if (columnOfRow[row] >= 0) {
        int at = index(row, columnOfRow[row]);
        if (floats != null) {
          floats.put(at, floats.get(at) + amounts[row]);
        } else {
          doubles.put(at, doubles.get(at) + amounts[row]);
        }
      }
    }
    changedOnHost();
  }

  /** The value at a place. For many of them use {@link #read}. */
  public double get(int row, int column) {
    toHost();
    int at = index(row, column);
    return floats != null ? floats.get(at) : doubles.get(at);
  }

  /** Sets the value at a place. For many of them use {@link #write}. */
  public void set(int row, int column, double value) {
    toHost();
    int at = index(row, column);
    if (floats != null) {
      floats.put(at, (float) value);
    } else {
      doubles.put(at, value);
    }
    changedOnHost();
  }

  private int index(int row, int column) {
    return (firstRow + Objects.checkIndex(row, rows)) * columns
        + Objects.checkIndex(column, columns);
  }

  /** Copies all values, row by row, to an array from {@code offset} on. */
  public void read(float[] to, int offset) {
    toHost();
    int length = rows * columns;
    if (floats != null) {
      floats.get(firstRow * columns, to, offset, length);
    } else {
      for (int i = 0; i < length; i++) {
        to[offset + i] = (float) doubles.get(firstRow * columns + i);
      }
    }
  }

  /** Sets all values, row by row, from an array from {@code offset} on. */
  public void write(float[] from, int offset) {
    int length = rows * columns;
    if (floats != null) {
      floats.put(firstRow * columns, from, offset, length);
    } else {
      for (int i = 0; i < length; i++) {
        doubles.put(firstRow * columns + i, from[offset + i]);
      }
    }
    changedOnHost();
  }

  /**
   * The float values of the whole allocation; {@link #hostOffset} says where a row of this begins.
   */
  FloatBuffer hostFloats() {
    return floats;
  }

  int hostOffset(int row) {
    return (firstRow + row) * columns;
  }

  /** Brings the newest values to where Java reads them; nothing on a CPU backend. */
  void toHost() {
    if (!Backend.onCpu()) {
      Nd4j.getAffinityManager().ensureLocation(root.array, AffinityManager.Location.HOST);
    }
  }

  /** Says that Java wrote; nothing on a CPU backend. */
  void changedOnHost() {
    if (!Backend.onCpu()) {
      Nd4j.getAffinityManager().tagLocation(root.array, AffinityManager.Location.HOST);
    }
  }

  @Override
  public String toString() {
    return "[" + rows + ", " + columns + "]";
  }
}
