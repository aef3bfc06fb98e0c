package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Activations;
import dev.carryover.runtime.kernels.Rows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The gates of a step over {@code rows} rows from {@code first} on, {@code width} columns each,
 * with the bits of {@link Activations} lane by lane. Widths are multiples of 32.
 *
 * <p>Allocates nothing, keeps nothing.
 */
final class VectorGates {
  /*
   * The polynomials are written out inside each loop, on purpose. The compiler counts nodes when it
   * inlines, and a few vector polynomials behind method calls exhaust the count
   * (NodeCountInliningCutoff): the next one stays a call, and its vectors are boxed at every element.
   * Written out, a loop is also too large to be inlined into its callers, so it is always compiled
   * alone. Every call counts, so a constant is made once, and a loop takes two vectors at a time only where
   * the count has room for more. A loop that just exceeds it has its last stores boxed in one process of
   * seven, which is hard to see (-XX:+LogCompilation shows such stores as late_inline).
   *
   * A loop goes through all its rows, column by column, as one loop: what comes before its first turn,
   * checks of bounds and a dozen constants, takes as long as two vectors do.
   *
   * Arguments are held within the clamp as integers: in JDK 17 a comparison of floats with a blend is
   * four instructions, two of them slow, and a minimum of floats six. The bits of floats rise with
   * them from zero on, and those of negative floats are negative integers. So the lesser of an
   * argument's bits and the clamp's holds it from above, and once more with the sign turned round, from
   * below. It comes out with the other sign, and the coefficients of the odd polynomial have the other
   * sign, too. A NaN would be lost on the way: x - x, which is zero for numbers, brings it back.
   */
  private static final int L = Lanes.COUNT;
  private static final int SIGN = 0x80000000;

  private VectorGates() {}

  /** Logistic function in place, over columns from {@code column} on. */
  static void sigmoid(Rows sums, int column, int width, int first, int rows) {
    float[] values = sums.values();
    int at = sums.offset(first) + column;
    int stride = sums.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(2 * Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector half = all(0.5f);
    FloatVector p13 = all(-Activations.TANH_P13 * 0x1p-13f);
    FloatVector p11 = all(-Activations.TANH_P11 * 0x1p-11f);
    FloatVector p9 = all(-Activations.TANH_P9 * 0x1p-9f);
    FloatVector p7 = all(-Activations.TANH_P7 * 0x1p-7f);
    FloatVector p5 = all(-Activations.TANH_P5 * 0x1p-5f);
    FloatVector p3 = all(-Activations.TANH_P3 * 0x1p-3f);
    FloatVector p1 = all(-Activations.TANH_P1 * 0x1p-1f);
    FloatVector q6 = all(Activations.TANH_Q6 * 0x1p-6f);
    FloatVector q4 = all(Activations.TANH_Q4 * 0x1p-4f);
    FloatVector q2 = all(Activations.TANH_Q2 * 0x1p-2f);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= L) {
      FloatVector x = load(values, at + j);
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector xp = x2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      xp = x2.fma(xp, p7);
      xp = x2.fma(xp, p5);
      xp = x2.fma(xp, p3);
      xp = x2.fma(xp, p1);
      FloatVector xq = x2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      xq = x2.fma(xq, q0);
      half.fma(xc.mul(xp).div(xq), half).intoArray(values, at + j);
      j += L;
      if (j == width) {
        j = 0;
        at += stride;
      }
    }
  }

  /** {@code h = tanh(sums)}, over the first columns. */
  static void tanh(Rows sums, Rows h, int width, int first, int rows) {
    float[] from = sums.values();
    float[] to = h.values();
    int source = sums.offset(first);
    int target = h.offset(first);
    int sourceStride = sums.stride();
    int targetStride = h.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector p13 = all(-Activations.TANH_P13);
    FloatVector p11 = all(-Activations.TANH_P11);
    FloatVector p9 = all(-Activations.TANH_P9);
    FloatVector p7 = all(-Activations.TANH_P7);
    FloatVector p5 = all(-Activations.TANH_P5);
    FloatVector p3 = all(-Activations.TANH_P3);
    FloatVector p1 = all(-Activations.TANH_P1);
    FloatVector q6 = all(Activations.TANH_Q6);
    FloatVector q4 = all(Activations.TANH_Q4);
    FloatVector q2 = all(Activations.TANH_Q2);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= 2 * L) {
      FloatVector x = load(from, source + j);
      FloatVector y = load(from, source + j + L);
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      IntVector yb = y.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector yc = yb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector y2 = yc.fma(yc, y.sub(y));
      FloatVector xp = x2.fma(p13, p11);
      FloatVector yp = y2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      yp = y2.fma(yp, p9);
      xp = x2.fma(xp, p7);
      yp = y2.fma(yp, p7);
      xp = x2.fma(xp, p5);
      yp = y2.fma(yp, p5);
      xp = x2.fma(xp, p3);
      yp = y2.fma(yp, p3);
      xp = x2.fma(xp, p1);
      yp = y2.fma(yp, p1);
      FloatVector xq = x2.fma(q6, q4);
      FloatVector yq = y2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      yq = y2.fma(yq, q2);
      xq = x2.fma(xq, q0);
      yq = y2.fma(yq, q0);
      xc.mul(xp).div(xq).intoArray(to, target + j);
      yc.mul(yp).div(yq).intoArray(to, target + j + L);
      j += 2 * L;
      if (j == width) {
        j = 0;
        source += sourceStride;
        target += targetStride;
      }
    }
  }

  /** {@code c = f * c + i * tanh(candidate)}, from the blocks [i | f | o | candidate]. */
  static void carry(Rows sums, Rows c, int width, int first, int rows) {
    float[] from = sums.values();
    float[] cells = c.values();
    int input = sums.offset(first);
    int cell = c.offset(first);
    int stride = sums.stride();
    int cellStride = c.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector p13 = all(-Activations.TANH_P13);
    FloatVector p11 = all(-Activations.TANH_P11);
    FloatVector p9 = all(-Activations.TANH_P9);
    FloatVector p7 = all(-Activations.TANH_P7);
    FloatVector p5 = all(-Activations.TANH_P5);
    FloatVector p3 = all(-Activations.TANH_P3);
    FloatVector p1 = all(-Activations.TANH_P1);
    FloatVector q6 = all(Activations.TANH_Q6);
    FloatVector q4 = all(Activations.TANH_Q4);
    FloatVector q2 = all(Activations.TANH_Q2);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= L) {
      int forget = input + width + j;
      int candidate = forget + 2 * width;
      FloatVector x = load(from, candidate);
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector xp = x2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      xp = x2.fma(xp, p7);
      xp = x2.fma(xp, p5);
      xp = x2.fma(xp, p3);
      xp = x2.fma(xp, p1);
      FloatVector xq = x2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      xq = x2.fma(xq, q0);
      xc = load(from, input + j).mul(xc.mul(xp).div(xq));
      load(from, forget).fma(load(cells, cell + j), xc).intoArray(cells, cell + j);
      j += L;
      if (j == width) {
        j = 0;
        input += stride;
        cell += cellStride;
      }
    }
  }

  /** {@code h = o * tanh(c)}, with the third of the blocks [i | f | o | candidate]. */
  static void emit(Rows sums, Rows c, Rows h, int width, int first, int rows) {
    float[] from = sums.values();
    float[] cells = c.values();
    float[] to = h.values();
    int output = sums.offset(first) + 2 * width;
    int cell = c.offset(first);
    int target = h.offset(first);
    int stride = sums.stride();
    int cellStride = c.stride();
    int targetStride = h.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector p13 = all(-Activations.TANH_P13);
    FloatVector p11 = all(-Activations.TANH_P11);
    FloatVector p9 = all(-Activations.TANH_P9);
    FloatVector p7 = all(-Activations.TANH_P7);
    FloatVector p5 = all(-Activations.TANH_P5);
    FloatVector p3 = all(-Activations.TANH_P3);
    FloatVector p1 = all(-Activations.TANH_P1);
    FloatVector q6 = all(Activations.TANH_Q6);
    FloatVector q4 = all(Activations.TANH_Q4);
    FloatVector q2 = all(Activations.TANH_Q2);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= L) {
      FloatVector x = load(cells, cell + j);
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector xp = x2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      xp = x2.fma(xp, p7);
      xp = x2.fma(xp, p5);
      xp = x2.fma(xp, p3);
      xp = x2.fma(xp, p1);
      FloatVector xq = x2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      xq = x2.fma(xq, q0);
      load(from, output + j).mul(xc.mul(xp).div(xq)).intoArray(to, target + j);
      j += L;
      if (j == width) {
        j = 0;
        output += stride;
        cell += cellStride;
        target += targetStride;
      }
    }
  }

  /**
   * {@code n = tanh(nInput + r * nRecurrent)}, {@code h = n + z * (h - n)}, from the blocks [nInput
   * | r | z | nRecurrent].
   */
  static void resetAndBlend(Rows sums, Rows h, int width, int first, int rows) {
    float[] from = sums.values();
    float[] to = h.values();
    int at = sums.offset(first);
    int target = h.offset(first);
    int stride = sums.stride();
    int targetStride = h.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector p13 = all(-Activations.TANH_P13);
    FloatVector p11 = all(-Activations.TANH_P11);
    FloatVector p9 = all(-Activations.TANH_P9);
    FloatVector p7 = all(-Activations.TANH_P7);
    FloatVector p5 = all(-Activations.TANH_P5);
    FloatVector p3 = all(-Activations.TANH_P3);
    FloatVector p1 = all(-Activations.TANH_P1);
    FloatVector q6 = all(Activations.TANH_Q6);
    FloatVector q4 = all(Activations.TANH_Q4);
    FloatVector q2 = all(Activations.TANH_Q2);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= L) {
      int reset = at + width + j;
      int update = reset + width;
      int recurrent = update + width;
      FloatVector x = load(from, reset).fma(load(from, recurrent), load(from, at + j));
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector xp = x2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      xp = x2.fma(xp, p7);
      xp = x2.fma(xp, p5);
      xp = x2.fma(xp, p3);
      xp = x2.fma(xp, p1);
      FloatVector xq = x2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      xq = x2.fma(xq, q0);
      xc = xc.mul(xp).div(xq);
      x = load(to, target + j).sub(xc);
      load(from, update).fma(x, xc).intoArray(to, target + j);
      j += L;
      if (j == width) {
        j = 0;
        at += stride;
        target += targetStride;
      }
    }
  }

  /** {@code n = tanh(sum)}, {@code h = n + z * (h - n)}, from the blocks [sum | r | z]. */
  static void blend(Rows sums, Rows h, int width, int first, int rows) {
    float[] from = sums.values();
    float[] to = h.values();
    int at = sums.offset(first);
    int target = h.offset(first);
    int stride = sums.stride();
    int targetStride = h.stride();
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, SIGN);
    FloatVector p13 = all(-Activations.TANH_P13);
    FloatVector p11 = all(-Activations.TANH_P11);
    FloatVector p9 = all(-Activations.TANH_P9);
    FloatVector p7 = all(-Activations.TANH_P7);
    FloatVector p5 = all(-Activations.TANH_P5);
    FloatVector p3 = all(-Activations.TANH_P3);
    FloatVector p1 = all(-Activations.TANH_P1);
    FloatVector q6 = all(Activations.TANH_Q6);
    FloatVector q4 = all(Activations.TANH_Q4);
    FloatVector q2 = all(Activations.TANH_Q2);
    FloatVector q0 = all(Activations.TANH_Q0);
    int j = 0;
    for (int left = rows * width; left > 0; left -= L) {
      int update = at + 2 * width + j;
      FloatVector x = load(from, at + j);
      IntVector xb = x.reinterpretAsInts().min(limit).lanewise(VectorOperators.XOR, sign);
      FloatVector xc = xb.min(limit).reinterpretAsFloats();
      FloatVector x2 = xc.fma(xc, x.sub(x));
      FloatVector xp = x2.fma(p13, p11);
      xp = x2.fma(xp, p9);
      xp = x2.fma(xp, p7);
      xp = x2.fma(xp, p5);
      xp = x2.fma(xp, p3);
      xp = x2.fma(xp, p1);
      FloatVector xq = x2.fma(q6, q4);
      xq = x2.fma(xq, q2);
      xq = x2.fma(xq, q0);
      xc = xc.mul(xp).div(xq);
      x = load(to, target + j).sub(xc);
      load(from, update).fma(x, xc).intoArray(to, target + j);
      j += L;
      if (j == width) {
        j = 0;
        at += stride;
        target += targetStride;
      }
    }
  }
}
