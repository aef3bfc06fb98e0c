package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.FLOATS;
import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import dev.carryover.runtime.kernels.LookedUp;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import jdk.incubator.vector.FloatVector;

/**
 * The product {@code out += in * w} over packed panels.
 *
 * <p>Allocates nothing, keeps nothing; {@code in} and {@code out} must be distinct.
 */
final class VectorProduct {
  /*
   * A panel is walked once for a block of rows, with all of the block's sums in registers: 4 or 3 rows
   * by 4 vectors where there are 32 registers (512 bit), 2 by 4 elsewhere. Weights are loaded once per
   * block and k; the panel of one block stays in the first-level cache for the next. Narrow vectors take
   * a panel in several passes of four vectors. The order over k is the same in every shape, so a row's
   * bits do not depend on the block that it fell into.
   *
   * The panels are walked forwards in one step and backwards in the next. Weights that almost fill a
   * cache, or exceed it, would otherwise be evicted just before they are needed again: a cache that
   * drops what was used longest ago keeps nothing of a loop that is larger than itself.
   *
   * Where several steps of k are written out, it is to make the method too large to be inlined: loops
   * of vectors that are inlined into a large caller may stay boxed, see VectorActivations. Four rows take
   * two steps of k a turn for their own sake, too: the turn costs 3 to 6 % of the product otherwise. They
   * are so near the count of nodes at which the compiler begins to box (VectorGates) that they call
   * FloatVector itself: through the methods of Lanes, one call more each, they are ten times slower.
   */
  private static final int L = Lanes.COUNT;
  private static final int PASS = 4 * L;
  private static final int PANEL = PackedMatrix.PANEL;
  private static final int HALF = PackedMatrix.HALF_PANEL;
  private static final boolean WIDE = L == 16;

  private VectorProduct() {}

  static void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int rows) {
    assert column + w.paddedOutputs() <= out.stride() : "columns beyond the row";
    assert w.inputs() <= in.stride() && rows <= in.capacity() && rows <= out.capacity();
    int inputs = w.inputs();
    int full = w.paddedOutputs() / PANEL * PANEL;
    if (rows == 1 && WIDE && in.first() && out.first()) {
      VectorSingleRow.multiplyAdd(w, in, out, column, full);
    } else {
      for (int walked = 0; walked < full; walked += PANEL) {
        int panel = out.backwards() ? full - PANEL - walked : walked;
        for (int pass = 0; pass < PANEL; pass += PASS) {
          if (WIDE && w.outputs() - panel <= 3 * L) {
            narrowPass(w, panel * inputs, in, out, column + panel, rows);
          } else {
            passOver(w, panel * inputs + pass, in, out, column + panel + pass, 0, rows);
          }
        }
      }
    }
    if (full < w.paddedOutputs()) {
      for (int pass = 0; pass < HALF; pass += 2 * L) {
        halfPass(w, full * inputs + pass, in, out, column + full + pass, rows);
      }
    }
  }

  /** Whether sums can begin with what is looked up, and need not be filled with it before. */
  static boolean takesLookedUp(PackedMatrix w, int width, int rows) {
    return WIDE
        && rows >= 4
        && width % PANEL == 0
        && w.inputs() % 2 == 0
        && w.precision() == WeightPrecision.FP32;
  }

  /**
   * {@code out = begin + in * w}. What a column begins with is looked up; from {@code biasColumn}
   * on it is the bias.
   */
  static void multiplyAdd(
      PackedMatrix w,
      Rows in,
      LookedUp begin,
      float[] bias,
      int biasColumn,
      Rows out,
      int column,
      int rows) {
    int full = w.paddedOutputs();
    for (int walked = 0; walked < full; walked += PANEL) {
      int panel = out.backwards() ? full - PANEL - walked : walked;
      int to = column + panel;
      if (to < biasColumn) {
        passFrom(w, panel * w.inputs(), in, begin.table(), begin, to, out, to, rows);
      } else {
        passFrom(w, panel * w.inputs(), in, bias, null, to - biasColumn, out, to, rows);
      }
    }
  }

  /**
   * One panel. Where {@code begin} is null, all rows begin with what stands in {@code b} at {@code
   * at}.
   */
  private static void passFrom(
      PackedMatrix w,
      int from,
      Rows in,
      float[] b,
      LookedUp begin,
      int at,
      Rows out,
      int column,
      int rows) {
    int row = 0;
    for (; row + 4 <= rows && row + 5 != rows; row += 4) {
      rows4(
          w.values(),
          from,
          w.inputs(),
          in.values(),
          in.offset(row),
          in.stride(),
          b,
          offset(begin, row) + at,
          offset(begin, row + 1) + at,
          offset(begin, row + 2) + at,
          offset(begin, row + 3) + at,
          out.values(),
          out.offset(row) + column,
          out.stride());
    }
    for (int rest = row; rest < rows; rest++) {
      System.arraycopy(b, offset(begin, rest) + at, out.values(), out.offset(rest) + column, PANEL);
    }
    passOver(w, from, in, out, column, row, rows);
  }

  private static int offset(LookedUp begin, int row) {
    return begin == null ? 0 : begin.offset(row);
  }

  /** A panel whose last vector is padding: four rows at a time leave it out. */
  private static void narrowPass(
      PackedMatrix w, int from, Rows in, Rows out, int column, int rows) {
    int fours = (w.inputs() & 1) == 0 ? rows & ~3 : 0;
    for (int row = 0; row < fours; row += 4) {
      rows4by3(
          w.values(),
          from,
          w.inputs(),
          in.values(),
          in.offset(row),
          in.stride(),
          out.values(),
          out.offset(row) + column,
          out.stride());
    }
    passOver(w, from, in, out, column, fours, rows);
  }

  private static void passOver(
      PackedMatrix w, int from, Rows in, Rows out, int column, int first, int rows) {
    float[] a = in.values();
    float[] c = out.values();
    int k = w.inputs();
    int row = first;
    if (WIDE) {
      // Five rows are three and two: the sums of a single row do not hide their latency.
      int pairs = k & ~1;
      for (; row + 4 <= rows && row + 5 != rows; row += 4) {
        int at = out.offset(row) + column;
        int n = out.stride();
        int b1 = at + n;
        int b2 = b1 + n;
        int b3 = b2 + n;
        rows4(w.values(), from, pairs, a, in.offset(row), in.stride(), c, at, b1, b2, b3, c, at, n);
        if (pairs < k) {
          lastInput(w.values(), from, pairs, a, in.offset(row), in.stride(), c, at, out.stride());
        }
      }
      if (row + 3 <= rows) {
        int at = out.offset(row) + column;
        rows3(w.values(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
        row += 3;
      }
    }
    for (; row + 2 <= rows; row += 2) {
      int at = out.offset(row) + column;
      rows2(w.values(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
    }
    if (row < rows) {
      VectorSingleRow.rows1(w.values(), from, k, a, in.offset(row), c, out.offset(row) + column);
    }
  }

  /**
   * Four rows with one panel, two inputs at a time; {@code inputs} is even. Their sums begin with
   * what stands in {@code b}.
   */
  private static void rows4(
      float[] w,
      int from,
      int inputs,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int b1,
      int b2,
      int b3,
      float[] c,
      int c0,
      int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    int c3 = c2 + ldc;
    FloatVector s00 = fromArray(FLOATS, b, b0);
    FloatVector s01 = fromArray(FLOATS, b, b0 + L);
    FloatVector s02 = fromArray(FLOATS, b, b0 + 2 * L);
    FloatVector s03 = fromArray(FLOATS, b, b0 + 3 * L);
    FloatVector s10 = fromArray(FLOATS, b, b1);
    FloatVector s11 = fromArray(FLOATS, b, b1 + L);
    FloatVector s12 = fromArray(FLOATS, b, b1 + 2 * L);
    FloatVector s13 = fromArray(FLOATS, b, b1 + 3 * L);
    FloatVector s20 = fromArray(FLOATS, b, b2);
    FloatVector s21 = fromArray(FLOATS, b, b2 + L);
    FloatVector s22 = fromArray(FLOATS, b, b2 + 2 * L);
    FloatVector s23 = fromArray(FLOATS, b, b2 + 3 * L);
    FloatVector s30 = fromArray(FLOATS, b, b3);
    FloatVector s31 = fromArray(FLOATS, b, b3 + L);
    FloatVector s32 = fromArray(FLOATS, b, b3 + 2 * L);
    FloatVector s33 = fromArray(FLOATS, b, b3 + 3 * L);
    for (int k = 0; k < inputs; k += 2) {
      int p = from + k * PANEL;
      FloatVector w0 = fromArray(FLOATS, w, p);
      FloatVector w1 = fromArray(FLOATS, w, p + L);
      FloatVector w2 = fromArray(FLOATS, w, p + 2 * L);
      FloatVector w3 = fromArray(FLOATS, w, p + 3 * L);
      FloatVector x = broadcast(FLOATS, a[a0 + k]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      s03 = x.fma(w3, s03);
      x = broadcast(FLOATS, a[a1 + k]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      s13 = x.fma(w3, s13);
      x = broadcast(FLOATS, a[a2 + k]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      s23 = x.fma(w3, s23);
      x = broadcast(FLOATS, a[a3 + k]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
      s33 = x.fma(w3, s33);
      int q = p + PANEL;
      w0 = fromArray(FLOATS, w, q);
      w1 = fromArray(FLOATS, w, q + L);
      w2 = fromArray(FLOATS, w, q + 2 * L);
      w3 = fromArray(FLOATS, w, q + 3 * L);
      x = broadcast(FLOATS, a[a0 + k + 1]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      s03 = x.fma(w3, s03);
      x = broadcast(FLOATS, a[a1 + k + 1]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      s13 = x.fma(w3, s13);
      x = broadcast(FLOATS, a[a2 + k + 1]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      s23 = x.fma(w3, s23);
      x = broadcast(FLOATS, a[a3 + k + 1]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
      s33 = x.fma(w3, s33);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s02.intoArray(c, c0 + 2 * L);
    s03.intoArray(c, c0 + 3 * L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + 2 * L);
    s13.intoArray(c, c1 + 3 * L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s22.intoArray(c, c2 + 2 * L);
    s23.intoArray(c, c2 + 3 * L);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + L);
    s32.intoArray(c, c3 + 2 * L);
    s33.intoArray(c, c3 + 3 * L);
  }

  /** {@link #rows4} with three vectors of the panel. */
  private static void rows4by3(
      float[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    int c3 = c2 + ldc;
    FloatVector s00 = fromArray(FLOATS, c, c0);
    FloatVector s01 = fromArray(FLOATS, c, c0 + L);
    FloatVector s02 = fromArray(FLOATS, c, c0 + 2 * L);
    FloatVector s10 = fromArray(FLOATS, c, c1);
    FloatVector s11 = fromArray(FLOATS, c, c1 + L);
    FloatVector s12 = fromArray(FLOATS, c, c1 + 2 * L);
    FloatVector s20 = fromArray(FLOATS, c, c2);
    FloatVector s21 = fromArray(FLOATS, c, c2 + L);
    FloatVector s22 = fromArray(FLOATS, c, c2 + 2 * L);
    FloatVector s30 = fromArray(FLOATS, c, c3);
    FloatVector s31 = fromArray(FLOATS, c, c3 + L);
    FloatVector s32 = fromArray(FLOATS, c, c3 + 2 * L);
    for (int k = 0; k < inputs; k += 2) {
      int p = from + k * PANEL;
      FloatVector w0 = fromArray(FLOATS, w, p);
      FloatVector w1 = fromArray(FLOATS, w, p + L);
      FloatVector w2 = fromArray(FLOATS, w, p + 2 * L);
      FloatVector x = broadcast(FLOATS, a[a0 + k]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      x = broadcast(FLOATS, a[a1 + k]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      x = broadcast(FLOATS, a[a2 + k]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      x = broadcast(FLOATS, a[a3 + k]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
      int q = p + PANEL;
      w0 = fromArray(FLOATS, w, q);
      w1 = fromArray(FLOATS, w, q + L);
      w2 = fromArray(FLOATS, w, q + 2 * L);
      x = broadcast(FLOATS, a[a0 + k + 1]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      x = broadcast(FLOATS, a[a1 + k + 1]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      x = broadcast(FLOATS, a[a2 + k + 1]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      x = broadcast(FLOATS, a[a3 + k + 1]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s02.intoArray(c, c0 + 2 * L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + 2 * L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s22.intoArray(c, c2 + 2 * L);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + L);
    s32.intoArray(c, c3 + 2 * L);
  }

  /** Four rows with the last of an odd number of inputs, which {@link #rows4} leaves. */
  private static void lastInput(
      float[] w, int from, int last, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int p = from + last * PANEL;
    rows2(w, p, 1, a, a0 + last, lda, c, c0, ldc);
    rows2(w, p, 1, a, a0 + last + 2 * lda, lda, c, c0 + 2 * ldc, ldc);
  }

  private static void rows3(
      float[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s02 = load(c, c0 + 2 * L);
    FloatVector s03 = load(c, c0 + 3 * L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s12 = load(c, c1 + 2 * L);
    FloatVector s13 = load(c, c1 + 3 * L);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + L);
    FloatVector s22 = load(c, c2 + 2 * L);
    FloatVector s23 = load(c, c2 + 3 * L);
    for (int k = 0; k < inputs; k++) {
      int p = from + k * PANEL;
      FloatVector w0 = load(w, p);
      FloatVector w1 = load(w, p + L);
      FloatVector w2 = load(w, p + 2 * L);
      FloatVector w3 = load(w, p + 3 * L);
      FloatVector x = all(a[a0 + k]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      s03 = x.fma(w3, s03);
      x = all(a[a1 + k]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      s13 = x.fma(w3, s13);
      x = all(a[a2 + k]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      s23 = x.fma(w3, s23);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s02.intoArray(c, c0 + 2 * L);
    s03.intoArray(c, c0 + 3 * L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + 2 * L);
    s13.intoArray(c, c1 + 3 * L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s22.intoArray(c, c2 + 2 * L);
    s23.intoArray(c, c2 + 3 * L);
  }

  private static void rows2(
      float[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int c1 = c0 + ldc;
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s02 = load(c, c0 + 2 * L);
    FloatVector s03 = load(c, c0 + 3 * L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s12 = load(c, c1 + 2 * L);
    FloatVector s13 = load(c, c1 + 3 * L);
    for (int k = 0; k < inputs; k++) {
      int p = from + k * PANEL;
      FloatVector w0 = load(w, p);
      FloatVector w1 = load(w, p + L);
      FloatVector w2 = load(w, p + 2 * L);
      FloatVector w3 = load(w, p + 3 * L);
      FloatVector x = all(a[a0 + k]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      s03 = x.fma(w3, s03);
      x = all(a[a1 + k]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      s13 = x.fma(w3, s13);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s02.intoArray(c, c0 + 2 * L);
    s03.intoArray(c, c0 + 3 * L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + 2 * L);
    s13.intoArray(c, c1 + 3 * L);
  }

  private static void halfPass(PackedMatrix w, int from, Rows in, Rows out, int column, int rows) {
    int row = 0;
    for (; row + 4 <= rows; row += 4) {
      half4(
          w.values(),
          from,
          w.inputs(),
          in.values(),
          in.offset(row),
          in.stride(),
          out.values(),
          out.offset(row) + column,
          out.stride());
    }
    for (; row < rows; row++) {
      half1(
          w.values(),
          from,
          w.inputs(),
          in.values(),
          in.offset(row),
          out.values(),
          out.offset(row) + column);
    }
  }

  private static void half4(
      float[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    int c3 = c2 + ldc;
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + L);
    FloatVector s30 = load(c, c3);
    FloatVector s31 = load(c, c3 + L);
    for (int k = 0; k < inputs; k++) {
      int p = from + k * HALF;
      FloatVector w0 = load(w, p);
      FloatVector w1 = load(w, p + L);
      FloatVector x = all(a[a0 + k]);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      x = all(a[a1 + k]);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      x = all(a[a2 + k]);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      x = all(a[a3 + k]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + L);
  }

  private static void half1(float[] w, int from, int inputs, float[] a, int a0, float[] c, int c0) {
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    int k = 0;
    for (; k + 4 <= inputs; k += 4) {
      int p = from + k * HALF;
      FloatVector x = all(a[a0 + k]);
      s0 = x.fma(load(w, p), s0);
      s1 = x.fma(load(w, p + L), s1);
      x = all(a[a0 + k + 1]);
      s0 = x.fma(load(w, p + HALF), s0);
      s1 = x.fma(load(w, p + HALF + L), s1);
      x = all(a[a0 + k + 2]);
      s0 = x.fma(load(w, p + 2 * HALF), s0);
      s1 = x.fma(load(w, p + 2 * HALF + L), s1);
      x = all(a[a0 + k + 3]);
      s0 = x.fma(load(w, p + 3 * HALF), s0);
      s1 = x.fma(load(w, p + 3 * HALF + L), s1);
    }
    for (; k < inputs; k++) {
      int p = from + k * HALF;
      FloatVector x = all(a[a0 + k]);
      s0 = x.fma(load(w, p), s0);
      s1 = x.fma(load(w, p + L), s1);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
  }
}
