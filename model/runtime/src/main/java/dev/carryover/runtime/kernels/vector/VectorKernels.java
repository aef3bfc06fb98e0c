package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels} on the Java Vector API, at the width of {@link Lanes}. Gates are computed
 * straight from the sums of a row, 16 hidden units or fewer at a time, without intermediate stores.
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
  public void tanh(Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      VectorActivations.tanh(gates.values(), gates.offset(row), h.values(), h.offset(row), width);
    }
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
    float[] sums = gates.values();
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row);
      int cell = c.offset(row);
      int to = h.offset(row);
      VectorActivations.sigmoid(sums, g, 3 * width);
      VectorActivations.tanh(sums, g + 3 * width, sums, g + 3 * width, width);
      carry(sums, g, c.values(), cell, width);
      VectorActivations.tanh(c.values(), cell, h.values(), to, width);
      multiply(h.values(), to, sums, g + 2 * width, h.values(), to, width);
    }
  }

  /** {@code c = f * c + i * candidate}, from the blocks [i | f | o | candidate]. */
  static void carry(float[] blocks, int g, float[] cells, int cell, int width) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      FloatVector entering = load(blocks, g + j).mul(load(blocks, g + 3 * width + j));
      load(blocks, g + width + j).fma(load(cells, cell + j), entering).intoArray(cells, cell + j);
    }
  }

  @Override
  public void gru(Rows gates, Rows h, int width, int rows) {
    float[] sums = gates.values();
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row);
      VectorActivations.sigmoid(sums, g + width, 2 * width);
      addReset(sums, g, width);
      VectorActivations.tanh(sums, g, sums, g, width);
      blend(sums, g, h.values(), h.offset(row), width);
    }
  }

  /** {@code nInput += r * nRecurrent}, in the blocks [nInput | r | z | nRecurrent]. */
  static void addReset(float[] blocks, int g, int width) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      load(blocks, g + width + j)
          .fma(load(blocks, g + 3 * width + j), load(blocks, g + j))
          .intoArray(blocks, g + j);
    }
  }

  /** {@code h = n + z * (h - n)}, from the blocks [n | r | z]. */
  static void blend(float[] blocks, int g, float[] h, int to, int width) {
    for (int j = 0; j < width; j += Lanes.COUNT) {
      FloatVector candidate = load(blocks, g + j);
      load(blocks, g + 2 * width + j)
          .fma(load(h, to + j).sub(candidate), candidate)
          .intoArray(h, to + j);
    }
  }

  @Override
  public void lstmStep(PackedMatrix w, Rows gates, Rows h, Rows c, int width, int rows) {
    if (VectorStep.takes(w, gates, h, width, rows)) {
      VectorStep.lstm(w, gates.values(), h.values(), c.values(), gates.backwards());
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
      VectorStep.gru(w, gates.values(), h.values(), gates.backwards());
    } else {
      multiplyAdd(w, h, gates, width, rows);
      gru(gates, h, width, rows);
    }
  }

  @Override
  public void gruReset(Rows gates, Rows h, Rows reset, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row) + width;
      VectorActivations.sigmoid(gates.values(), g, 2 * width);
      multiply(
          gates.values(), g, h.values(), h.offset(row), reset.values(), reset.offset(row), width);
    }
  }

  @Override
  public void gruBlend(Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      int g = gates.offset(row);
      VectorActivations.tanh(gates.values(), g, gates.values(), g, width);
      blend(gates.values(), g, h.values(), h.offset(row), width);
    }
  }

  static void multiply(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
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
  public int countGreater(float[] values, int offset, int width, float bound) {
    return VectorReductions.countGreater(values, offset, width, bound);
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
