package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.LookedUp;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels} on the Java Vector API, at the width of {@link Lanes}.
 *
 * <p>Shapes, aliasing and errors: {@link Kernels}. Allocates nothing; safe for all threads.
 */
public final class VectorKernels implements Kernels {
  /** Called by name, once the module is known to be there. */
  public VectorKernels() {}

  @Override
  public String name() {
    return "simd" + Lanes.FLOATS.vectorBitSize();
  }

  @Override
  public void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int rows) {
    if (w.precision() == WeightPrecision.BF16) {
      VectorBf16Product.multiplyAdd(w, in, out, column, rows);
    } else {
      VectorProduct.multiplyAdd(w, in, out, column, rows);
    }
  }

  @Override
  public void multiplyAddBoth(
      PackedMatrix w, Rows in, int first, PackedMatrix u, Rows h, int second, Rows sums, int rows) {
    if (rows == 1 && VectorSingleRow.takesBoth(w, in, first, u, h, second, sums)) {
      VectorSingleRow.multiplyAddBoth(w, in, first, u, h, second, sums);
    } else {
      multiplyAdd(w, in, sums, first, rows);
      multiplyAdd(u, h, sums, second, rows);
    }
  }

  @Override
  public void tanh(Rows gates, Rows h, int width, int rows) {
    VectorGates.tanh(gates, h, width, 0, rows);
  }

  @Override
  public void relu(Rows gates, Rows h, int width, int rows) {
    FloatVector zero = Lanes.all(0f);
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row);
      int to = h.offset(row);
      for (int j = 0; j < width; j += Lanes.COUNT) {
        FloatVector sum = load(gates.values(), g + j);
        sum.blend(zero, sum.compare(VectorOperators.LT, zero)).intoArray(h.values(), to + j);
      }
    }
  }

  @Override
  public void lstm(Rows gates, Rows h, Rows c, int width, int rows) {
    int block = rowsAtOnce(width);
    for (int first = 0; first < rows; first += block) {
      int count = Math.min(block, rows - first);
      VectorGates.sigmoid(gates, 0, 3 * width, first, count);
      VectorGates.carry(gates, c, width, first, count);
      VectorGates.emit(gates, c, h, width, first, count);
    }
  }

  @Override
  public void gru(Rows gates, Rows h, int width, int rows) {
    int block = rowsAtOnce(width);
    for (int first = 0; first < rows; first += block) {
      int count = Math.min(block, rows - first);
      VectorGates.sigmoid(gates, width, 2 * width, first, count);
      VectorGates.resetAndBlend(gates, h, width, first, count);
    }
  }

  /** Rows whose sums stay in the first-level cache from one loop over them to the next. */
  private static int rowsAtOnce(int width) {
    return Math.max(1, 512 / width);
  }

  @Override
  public void lstmStep(PackedMatrix w, Rows gates, Rows h, Rows c, int width, int rows) {
    if (VectorStep.takes(w, gates, h, width, rows)) {
      VectorStep.lstm(w, gates, h, c);
    } else {
      multiplyAdd(w, h, gates, 0, rows);
      lstm(gates, h, c, width, rows);
    }
  }

  @Override
  public void gruStep(PackedMatrix w, float[] bias, Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, gates.values(), gates.offset(row) + 3 * width, width);
    }
    if (VectorStep.takes(w, gates, h, width, rows)) {
      VectorStep.gru(w, gates, h);
    } else {
      multiplyAdd(w, h, gates, width, rows);
      gru(gates, h, width, rows);
    }
  }

  @Override
  public void lstmStep(
      PackedMatrix w, LookedUp input, Rows gates, Rows h, Rows c, int width, int rows) {
    if (VectorProduct.takesLookedUp(w, width, rows)) {
      VectorProduct.multiplyAdd(w, h, input, null, 4 * width, gates, 0, rows);
      lstm(gates, h, c, width, rows);
    } else {
      Kernels.super.lstmStep(w, input, gates, h, c, width, rows);
    }
  }

  @Override
  public void gruStep(
      PackedMatrix w, float[] bias, LookedUp input, Rows gates, Rows h, int width, int rows) {
    if (VectorProduct.takesLookedUp(w, width, rows)) {
      input.copyTo(gates, width, rows);
      VectorProduct.multiplyAdd(w, h, input, bias, 3 * width, gates, width, rows);
      gru(gates, h, width, rows);
    } else {
      Kernels.super.gruStep(w, bias, input, gates, h, width, rows);
    }
  }

  @Override
  public void gruReset(Rows gates, Rows h, Rows reset, int width, int rows) {
    VectorGates.sigmoid(gates, width, 2 * width, 0, rows);
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row) + width;
      multiply(
          gates.values(), g, h.values(), h.offset(row), reset.values(), reset.offset(row), width);
    }
  }

  @Override
  public void gruBlend(Rows gates, Rows h, int width, int rows) {
    VectorGates.blend(gates, h, width, 0, rows);
  }

  private static void multiply(
      float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      load(a, atA + j).mul(load(b, atB + j)).intoArray(to, target + j);
    }
  }

  @Override
  public float max(float[] values, int offset, int width) {
    return VectorReductions.max(values, offset, width);
  }

  @Override
  public void exp(float[] from, int source, float shift, float[] to, int target, int width) {
    VectorActivations.exp(from, source, shift, to, target, width);
  }

  @Override
  public float sum(float[] values, int offset, int width) {
    return VectorReductions.sum(values, offset, width);
  }

  @Override
  public void add(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      load(a, atA + j).add(load(b, atB + j)).intoArray(to, target + j);
    }
  }

  @Override
  public void addTanh(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    VectorActivations.addTanh(a, atA, b, atB, to, target, width);
  }

  @Override
  public float dot(float[] a, int atA, float[] b, int atB, int width) {
    return VectorReductions.dot(a, atA, b, atB, width);
  }

  @Override
  public void weightedSum(
      float[] weights, int at, Rows rows, int count, float[] to, int target, int width) {
    assert count <= rows.capacity() && width <= rows.stride();
    VectorReductions.weightedSum(
        weights, at, rows.values(), rows.offset(0), rows.stride(), count, to, target, width);
  }

  @Override
  public int rank(float[] values, int offset, int width, int index) {
    return VectorReductions.rank(values, offset, width, index);
  }

  @Override
  public void largest(
      Rows values,
      int from,
      int rows,
      int width,
      int k,
      float[] scratch,
      float[] largest,
      int[] columns) {
    VectorLargest.largest(values, from, rows, width, k, scratch, largest, columns);
  }

  @Override
  public boolean allFinite(float[] values, int offset, int width) {
    return VectorReductions.allFinite(values, offset, width);
  }
}
