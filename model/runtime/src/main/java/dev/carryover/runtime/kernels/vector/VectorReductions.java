package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Kernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Reductions over one row in {@value Kernels#VIRTUAL_LANES} virtual lanes: vectors narrower than
 * that take the lanes in turns, so that every width sums in the same order.
 */
final class VectorReductions {
  /*
   * The sum and the dot product are one method each on purpose. A vector that is handed to another method, or carried through a
   * loop that was inlined into a large caller, may stay boxed for good, depending on what the compiler
   * happened to compile first. All widths together are too large to be inlined, so the loop of this
   * process's width is always compiled alone.
   */

  private static final int L = Lanes.COUNT;

  private VectorReductions() {}

  static float max(float[] values, int offset, int width) {
    FloatVector max = all(Float.NEGATIVE_INFINITY);
    for (int j = 0; j < width; j += Lanes.COUNT) {
      FloatVector value = load(values, offset + j);
      max = max.blend(value, value.compare(VectorOperators.GT, max));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  static float sum(float[] values, int offset, int width) {
    switch (Lanes.COUNT) {
      case 16:
        FloatVector lanes = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          lanes = lanes.add(load(values, offset + j));
        }
        float a0 = lanes.lane(0) + lanes.lane(8);
        float a1 = lanes.lane(1) + lanes.lane(9);
        float a2 = lanes.lane(2) + lanes.lane(10);
        float a3 = lanes.lane(3) + lanes.lane(11);
        float a4 = lanes.lane(4) + lanes.lane(12);
        float a5 = lanes.lane(5) + lanes.lane(13);
        float a6 = lanes.lane(6) + lanes.lane(14);
        float a7 = lanes.lane(7) + lanes.lane(15);
        return ((a0 + a4) + (a2 + a6)) + ((a1 + a5) + (a3 + a7));
      case 8:
        FloatVector low = all(0f);
        FloatVector high = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          low = low.add(load(values, offset + j));
          high = high.add(load(values, offset + j + 8));
        }
        low = low.add(high);
        float b0 = low.lane(0) + low.lane(4);
        float b1 = low.lane(1) + low.lane(5);
        float b2 = low.lane(2) + low.lane(6);
        float b3 = low.lane(3) + low.lane(7);
        return (b0 + b2) + (b1 + b3);
      default:
        FloatVector a = all(0f);
        FloatVector b = all(0f);
        FloatVector c = all(0f);
        FloatVector d = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          a = a.add(load(values, offset + j));
          b = b.add(load(values, offset + j + 4));
          c = c.add(load(values, offset + j + 8));
          d = d.add(load(values, offset + j + 12));
        }
        a = a.add(c).add(b.add(d));
        return (a.lane(0) + a.lane(2)) + (a.lane(1) + a.lane(3));
    }
  }

  static float dot(float[] a, int atA, float[] b, int atB, int width) {
    switch (Lanes.COUNT) {
      case 16:
        FloatVector lanes = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          lanes = load(a, atA + j).fma(load(b, atB + j), lanes);
        }
        float a0 = lanes.lane(0) + lanes.lane(8);
        float a1 = lanes.lane(1) + lanes.lane(9);
        float a2 = lanes.lane(2) + lanes.lane(10);
        float a3 = lanes.lane(3) + lanes.lane(11);
        float a4 = lanes.lane(4) + lanes.lane(12);
        float a5 = lanes.lane(5) + lanes.lane(13);
        float a6 = lanes.lane(6) + lanes.lane(14);
        float a7 = lanes.lane(7) + lanes.lane(15);
        return ((a0 + a4) + (a2 + a6)) + ((a1 + a5) + (a3 + a7));
      case 8:
        FloatVector low = all(0f);
        FloatVector high = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          low = load(a, atA + j).fma(load(b, atB + j), low);
          high = load(a, atA + j + 8).fma(load(b, atB + j + 8), high);
        }
        low = low.add(high);
        float b0 = low.lane(0) + low.lane(4);
        float b1 = low.lane(1) + low.lane(5);
        float b2 = low.lane(2) + low.lane(6);
        float b3 = low.lane(3) + low.lane(7);
        return (b0 + b2) + (b1 + b3);
      default:
        FloatVector s0 = all(0f);
        FloatVector s1 = all(0f);
        FloatVector s2 = all(0f);
        FloatVector s3 = all(0f);
        for (int j = 0; j < width; j += Kernels.VIRTUAL_LANES) {
          s0 = load(a, atA + j).fma(load(b, atB + j), s0);
          s1 = load(a, atA + j + 4).fma(load(b, atB + j + 4), s1);
          s2 = load(a, atA + j + 8).fma(load(b, atB + j + 8), s2);
          s3 = load(a, atA + j + 12).fma(load(b, atB + j + 12), s3);
        }
        s0 = s0.add(s2).add(s1.add(s3));
        return (s0.lane(0) + s0.lane(2)) + (s0.lane(1) + s0.lane(3));
    }
  }

  static void weightedSum(
      float[] weights,
      int at,
      float[] rows,
      int first,
      int stride,
      int count,
      float[] to,
      int target,
      int width) {
    // Eight vectors at a time hide the latency of the chains, of which each is only as long as
    // count.
    int eights = width / (8 * L) * (8 * L);
    for (int j = 0; j < eights; j += 8 * L) {
      FloatVector s0 = all(0f);
      FloatVector s1 = all(0f);
      FloatVector s2 = all(0f);
      FloatVector s3 = all(0f);
      FloatVector s4 = all(0f);
      FloatVector s5 = all(0f);
      FloatVector s6 = all(0f);
      FloatVector s7 = all(0f);
      for (int s = 0; s < count; s++) {
        int from = first + s * stride + j;
        FloatVector weight = all(weights[at + s]);
        s0 = weight.fma(load(rows, from), s0);
        s1 = weight.fma(load(rows, from + L), s1);
        s2 = weight.fma(load(rows, from + 2 * L), s2);
        s3 = weight.fma(load(rows, from + 3 * L), s3);
        s4 = weight.fma(load(rows, from + 4 * L), s4);
        s5 = weight.fma(load(rows, from + 5 * L), s5);
        s6 = weight.fma(load(rows, from + 6 * L), s6);
        s7 = weight.fma(load(rows, from + 7 * L), s7);
      }
      s0.intoArray(to, target + j);
      s1.intoArray(to, target + j + L);
      s2.intoArray(to, target + j + 2 * L);
      s3.intoArray(to, target + j + 3 * L);
      s4.intoArray(to, target + j + 4 * L);
      s5.intoArray(to, target + j + 5 * L);
      s6.intoArray(to, target + j + 6 * L);
      s7.intoArray(to, target + j + 7 * L);
    }
    for (int j = eights; j < width; j += 2 * L) {
      FloatVector low = all(0f);
      FloatVector high = all(0f);
      for (int s = 0; s < count; s++) {
        FloatVector weight = all(weights[at + s]);
        int from = first + s * stride + j;
        low = weight.fma(load(rows, from), low);
        high = weight.fma(load(rows, from + L), high);
      }
      low.intoArray(to, target + j);
      high.intoArray(to, target + j + L);
    }
  }

  static int rank(float[] values, int offset, int width, int index) {
    float value = values[offset + index];
    FloatVector limit = all(value);
    int greater = 0;
    int notLess = 0;
    for (int j = 0; j < width; j += Lanes.COUNT) {
      FloatVector others = load(values, offset + j);
      greater += others.compare(VectorOperators.GT, limit).trueCount();
      notLess += others.compare(VectorOperators.GE, limit).trueCount();
    }
    return notLess - greater == 1 ? greater : greater + equalBefore(values, offset, index);
  }

  /** Which hardly ever are: a value equals itself alone. */
  private static int equalBefore(float[] values, int offset, int index) {
    int equal = 0;
    for (int j = offset; j < offset + index; j++) {
      if (values[j] == values[offset + index]) {
        equal++;
      }
    }
    return equal;
  }

  static boolean allFinite(float[] values, int offset, int width) {
    // x * 0 is zero for finite values and NaN otherwise, and NaN stays in a sum.
    FloatVector zero = all(0f);
    FloatVector low = zero;
    FloatVector high = zero;
    for (int j = 0; j < width; j += 2 * L) {
      low = load(values, offset + j).fma(zero, low);
      high = load(values, offset + j + L).fma(zero, high);
    }
    return low.add(high).compare(VectorOperators.EQ, zero).allTrue();
  }
}
