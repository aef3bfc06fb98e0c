package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Largest;
import dev.carryover.runtime.kernels.Rows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link Kernels#largest}. */
final class VectorLargest {
  /*
   * Short rows: a lane has a row, so the values of as many rows as there are lanes are compared at
   * once, without a branch, with the three largest that each of them has had. The rows are turned into
   * columns for that. A branch for every value, as insertion into a sorted prefix has it, is
   * mispredicted too often: the values of a row come in no order. But for a few rows it is the faster
   * way.
   *
   * Long rows: nearly every vector of values is below the least of the k, which one comparison says.
   */
  private static final int L = Lanes.COUNT;
  private static final int SLOTS = 3;
  private static final int FEW_ROWS = 3;

  private VectorLargest() {}

  static void largest(
      Rows values,
      int from,
      int rows,
      int width,
      int k,
      float[] scratch,
      float[] largest,
      int[] columns) {
    if (width > Kernels.SHORT_ROW || k > SLOTS || rows <= FEW_ROWS) {
      for (int row = 0; row < rows; row++) {
        oneRow(values.values(), values.offset(from + row), width, k, largest, columns, row * k);
      }
      return;
    }
    for (int row = 0; row < rows; row += L) {
      int count = Math.min(L, rows - row);
      turn(values, from + row, count, width, scratch);
      sift(scratch, width);
      takeOut(scratch, count, width, k, largest, columns, row * k);
    }
  }

  /** Writes rows as columns. What an absent row left there is sifted too, and not read. */
  private static void turn(Rows values, int from, int rows, int width, float[] scratch) {
    for (int row = 0; row < rows; row++) {
      int at = values.offset(from + row);
      for (int j = 0; j < width; j++) {
        scratch[j * L + row] = values.values()[at + j];
      }
    }
  }

  /** Leaves the three largest of every lane, and their columns as floats, behind the values. */
  private static void sift(float[] scratch, int width) {
    FloatVector v0 = all(Float.NEGATIVE_INFINITY);
    FloatVector v1 = v0;
    FloatVector v2 = v0;
    FloatVector c0 = all(Largest.NONE);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    for (int j = 0; j < width; j++) {
      FloatVector x = load(scratch, j * L);
      FloatVector column = all(j);
      VectorMask<Float> above0 = x.compare(VectorOperators.GT, v0);
      VectorMask<Float> above1 = x.compare(VectorOperators.GT, v1);
      VectorMask<Float> above2 = x.compare(VectorOperators.GT, v2);
      v2 = v2.blend(x, above2).blend(v1, above1);
      c2 = c2.blend(column, above2).blend(c1, above1);
      v1 = v1.blend(x, above1).blend(v0, above0);
      c1 = c1.blend(column, above1).blend(c0, above0);
      v0 = v0.blend(x, above0);
      c0 = c0.blend(column, above0);
    }
    int at = width * L;
    v0.intoArray(scratch, at);
    v1.intoArray(scratch, at + L);
    v2.intoArray(scratch, at + 2 * L);
    c0.intoArray(scratch, at + 3 * L);
    c1.intoArray(scratch, at + 4 * L);
    c2.intoArray(scratch, at + 5 * L);
  }

  private static void takeOut(
      float[] scratch, int rows, int width, int k, float[] largest, int[] columns, int to) {
    for (int row = 0; row < rows; row++) {
      int at = to + row * k;
      for (int place = 0; place < k; place++) {
        int from = (width + place) * L + row;
        largest[at + place] = scratch[from];
        columns[at + place] = (int) scratch[from + SLOTS * L];
      }
      if (k > 0 && columns[at + k - 1] == Largest.NONE) {
        Largest.complete(columns, at, k);
      }
    }
  }

  private static void oneRow(
      float[] values, int from, int width, int k, float[] largest, int[] columns, int to) {
    Largest.clear(largest, columns, to, k);
    for (int j = 0; j < width && k > 0; j += L) {
      if (load(values, from + j).compare(VectorOperators.GT, all(largest[to + k - 1])).anyTrue()) {
        for (int column = j; column < Math.min(width, j + L); column++) {
          Largest.insert(values[from + column], column, largest, columns, to, k);
        }
      }
    }
    Largest.complete(columns, to, k);
  }
}
