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
    return switch (Lanes.COUNT) {
      case 16 -> fold16(values, offset, width);
      case 8 -> fold8(values, offset, width);
      default -> fold4(values, offset, width);
    };
  }

  private static float fold16(float[] values, int offset, int width) {
    return fold(lanes(values, offset, width, 0));
  }

  private static float fold8(float[] values, int offset, int width) {
    FloatVector low = lanes(values, offset, width, 0);
    FloatVector high = lanes(values, offset, width, 8);
    return fold(low.add(high));
  }

  private static float fold4(float[] values, int offset, int width) {
    FloatVector a = lanes(values, offset, width, 0);
    FloatVector b = lanes(values, offset, width, 4);
    FloatVector c = lanes(values, offset, width, 8);
    FloatVector d = lanes(values, offset, width, 12);
    return fold(a.add(c).add(b.add(d)));
  }

  /** Sums of the virtual lanes {@code first .. first + COUNT - 1}. */
  private static FloatVector lanes(float[] values, int offset, int width, int first) {
    FloatVector sum = all(0f);
    for (int j = first; j < width; j += Kernels.VIRTUAL_LANES) {
      sum = sum.add(load(values, offset + j));
    }
    return sum;
  }

  /** Folds a vector in halves: lane i takes lane i + half. */
  private static float fold(FloatVector lanes) {
    float result = 0f;
    switch (Lanes.COUNT) {
      case 16:
        float a0 = lanes.lane(0) + lanes.lane(8);
        float a1 = lanes.lane(1) + lanes.lane(9);
        float a2 = lanes.lane(2) + lanes.lane(10);
        float a3 = lanes.lane(3) + lanes.lane(11);
        float a4 = lanes.lane(4) + lanes.lane(12);
        float a5 = lanes.lane(5) + lanes.lane(13);
        float a6 = lanes.lane(6) + lanes.lane(14);
        float a7 = lanes.lane(7) + lanes.lane(15);
        result = (a0 + a4) + (a2 + a6) + ((a1 + a5) + (a3 + a7));
        break;
      case 8:
        float b0 = lanes.lane(0) + lanes.lane(4);
        float b1 = lanes.lane(1) + lanes.lane(5);
        float b2 = lanes.lane(2) + lanes.lane(6);
        float b3 = lanes.lane(3) + lanes.lane(7);
        result = (b0 + b2) + (b1 + b3);
        break;
      default:
        result = (lanes.lane(0) + lanes.lane(2)) + (lanes.lane(1) + lanes.lane(3));
    }
    return result;
  }

  static int countGreater(float[] values, int offset, int width, float bound) {
    FloatVector limit = all(bound);
    int count = 0;
    for (int j = 0; j < width; j += Lanes.COUNT) {
      count += load(values, offset + j).compare(VectorOperators.GT, limit).trueCount();
    }
    return count;
  }

  static boolean allFinite(float[] values, int offset, int width) {
    FloatVector zero = all(0f);
    FloatVector sum = zero;
    for (int j = 0; j < width; j += Lanes.COUNT) {
      sum = load(values, offset + j).fma(zero, sum);
    }
    return sum.compare(VectorOperators.EQ, zero).allTrue();
  }
}
