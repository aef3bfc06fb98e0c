package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;
import static jdk.incubator.vector.VectorOperators.LSHL;

import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product {@code out += in * w} over panels in {@link WeightPrecision#BF16}.
 *
 * <p>Allocates nothing, keeps nothing; {@code in} and {@code out} must be distinct.
 */
final class VectorBf16Product {
  /*
   * As VectorProduct, but that a vector of words gives two vectors of weights, by a shift and by a mask.
   * They belong to outputs half a panel apart, so nothing has to be rearranged. Narrow vectors take a
   * panel in several passes over two vectors of words.
   *
   * With one row three panels go together, and four or two of them last: six are slower, and two or one
   * do not keep the multipliers busy. See VectorProduct for how panels are walked and why loops are
   * written out. C2 stops inlining and boxes where the shift and the mask are methods of their own, and
   * where words are loaded as floats and reinterpreted.
   */
  private static final VectorSpecies<Integer> WORDS = Lanes.INTS;
  private static final int L = Lanes.COUNT;
  private static final int PASS = 2 * L;
  private static final int PANEL = PackedMatrix.PANEL;
  private static final int HALF = PackedMatrix.HALF_PANEL;
  private static final boolean WIDE = L == 16;

  private VectorBf16Product() {}

  static void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int rows) {
    assert column + w.paddedOutputs() <= out.stride() : "columns beyond the row";
    assert w.inputs() <= in.stride() && rows <= in.capacity() && rows <= out.capacity();
    int inputs = w.inputs();
    int full = w.paddedOutputs() / PANEL * PANEL;
    if (rows == 1 && WIDE && in.first() && out.first()) {
      singleRow(w, in, out, column, full / PANEL);
    } else {
      for (int walked = 0; walked < full; walked += PANEL) {
        int panel = out.backwards() ? full - PANEL - walked : walked;
        for (int pass = 0; pass < HALF; pass += PASS) {
          passOver(w, panel / 2 * inputs + pass, in, out, column + panel + pass, rows);
        }
      }
    }
    if (full < w.paddedOutputs()) {
      for (int pass = 0; pass < HALF / 2; pass += L) {
        halfPass(w, full / 2 * inputs + pass, in, out, column + full + pass, rows);
      }
    }
  }

  private static void singleRow(PackedMatrix w, Rows in, Rows out, int column, int panels) {
    // Four are not three and one: the sums of a single panel do not hide their latency.
    int threes = panels % 3 == 1 && panels > 1 ? panels / 3 - 1 : panels / 3;
    if (out.backwards()) {
      singleRowRest(w, in, out, column, 3 * threes, panels - 3 * threes);
      for (int three = threes - 1; three >= 0; three--) {
        threePanels(w, 3 * three, in, out, column);
      }
    } else {
      for (int three = 0; three < threes; three++) {
        threePanels(w, 3 * three, in, out, column);
      }
      singleRowRest(w, in, out, column, 3 * threes, panels - 3 * threes);
    }
  }

  private static void threePanels(PackedMatrix w, int panel, Rows in, Rows out, int column) {
    int inputs = w.inputs();
    int c0 = column + panel * PANEL;
    threePanels(w.words(), panel * HALF * inputs, inputs, in.values(), out.values(), c0);
  }

  private static void singleRowRest(
      PackedMatrix w, Rows in, Rows out, int column, int panel, int rest) {
    int inputs = w.inputs();
    int from = panel * HALF * inputs;
    int c0 = column + panel * PANEL;
    if (rest == 4) {
      fourPanels(w.words(), from, inputs, in.values(), out.values(), c0);
    } else if (rest == 2) {
      twoPanels(w.words(), from, inputs, in.values(), out.values(), c0);
    } else if (rest == 1) {
      rows1(w.words(), from, inputs, in.values(), 0, out.values(), c0);
    }
  }

  private static void passOver(PackedMatrix w, int from, Rows in, Rows out, int column, int rows) {
    float[] a = in.values();
    float[] c = out.values();
    int k = w.inputs();
    int row = 0;
    if (WIDE) {
      // Five rows are three and two, as in VectorProduct.
      for (; row + 4 <= rows && row + 5 != rows; row += 4) {
        int at = out.offset(row) + column;
        rows4(w.words(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
      }
      if (row + 3 <= rows) {
        int at = out.offset(row) + column;
        rows3(w.words(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
        row += 3;
      }
    }
    for (; row + 2 <= rows; row += 2) {
      int at = out.offset(row) + column;
      rows2(w.words(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
    }
    if (row < rows) {
      rows1(w.words(), from, k, a, in.offset(row), c, out.offset(row) + column);
    }
  }

  private static void halfPass(PackedMatrix w, int from, Rows in, Rows out, int column, int rows) {
    float[] a = in.values();
    float[] c = out.values();
    int k = w.inputs();
    int row = 0;
    for (; row + 4 <= rows; row += 4) {
      int at = out.offset(row) + column;
      half4(w.words(), from, k, a, in.offset(row), in.stride(), c, at, out.stride());
    }
    for (; row < rows; row++) {
      half1(w.words(), from, k, a, in.offset(row), c, out.offset(row) + column);
    }
  }

  private static void rows4(
      int[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    int c3 = c2 + ldc;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s02 = load(c, c0 + HALF);
    FloatVector s03 = load(c, c0 + HALF + L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s12 = load(c, c1 + HALF);
    FloatVector s13 = load(c, c1 + HALF + L);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + L);
    FloatVector s22 = load(c, c2 + HALF);
    FloatVector s23 = load(c, c2 + HALF + L);
    FloatVector s30 = load(c, c3);
    FloatVector s31 = load(c, c3 + L);
    FloatVector s32 = load(c, c3 + HALF);
    FloatVector s33 = load(c, c3 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      IntVector first = IntVector.fromArray(WORDS, w, from + k * HALF);
      IntVector second = IntVector.fromArray(WORDS, w, from + k * HALF + L);
      FloatVector w0 = first.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w1 = second.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w2 = first.and(mask).reinterpretAsFloats();
      FloatVector w3 = second.and(mask).reinterpretAsFloats();
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
      x = all(a[a3 + k]);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
      s33 = x.fma(w3, s33);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + L);
    s02.intoArray(c, c0 + HALF);
    s03.intoArray(c, c0 + HALF + L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + HALF);
    s13.intoArray(c, c1 + HALF + L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s22.intoArray(c, c2 + HALF);
    s23.intoArray(c, c2 + HALF + L);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + L);
    s32.intoArray(c, c3 + HALF);
    s33.intoArray(c, c3 + HALF + L);
  }

  private static void rows3(
      int[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s02 = load(c, c0 + HALF);
    FloatVector s03 = load(c, c0 + HALF + L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s12 = load(c, c1 + HALF);
    FloatVector s13 = load(c, c1 + HALF + L);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + L);
    FloatVector s22 = load(c, c2 + HALF);
    FloatVector s23 = load(c, c2 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      IntVector first = IntVector.fromArray(WORDS, w, from + k * HALF);
      IntVector second = IntVector.fromArray(WORDS, w, from + k * HALF + L);
      FloatVector w0 = first.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w1 = second.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w2 = first.and(mask).reinterpretAsFloats();
      FloatVector w3 = second.and(mask).reinterpretAsFloats();
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
    s02.intoArray(c, c0 + HALF);
    s03.intoArray(c, c0 + HALF + L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + HALF);
    s13.intoArray(c, c1 + HALF + L);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + L);
    s22.intoArray(c, c2 + HALF);
    s23.intoArray(c, c2 + HALF + L);
  }

  private static void rows2(
      int[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int c1 = c0 + ldc;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + L);
    FloatVector s02 = load(c, c0 + HALF);
    FloatVector s03 = load(c, c0 + HALF + L);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + L);
    FloatVector s12 = load(c, c1 + HALF);
    FloatVector s13 = load(c, c1 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      IntVector first = IntVector.fromArray(WORDS, w, from + k * HALF);
      IntVector second = IntVector.fromArray(WORDS, w, from + k * HALF + L);
      FloatVector w0 = first.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w1 = second.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w2 = first.and(mask).reinterpretAsFloats();
      FloatVector w3 = second.and(mask).reinterpretAsFloats();
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
    s02.intoArray(c, c0 + HALF);
    s03.intoArray(c, c0 + HALF + L);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + L);
    s12.intoArray(c, c1 + HALF);
    s13.intoArray(c, c1 + HALF + L);
  }

  /** One row with one panel. */
  private static void rows1(int[] w, int from, int inputs, float[] a, int a0, float[] c, int c0) {
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + HALF);
    FloatVector s3 = load(c, c0 + HALF + L);
    int k = 0;
    for (; k + 2 <= inputs; k += 2) {
      FloatVector x = all(a[a0 + k]);
      int p = from + k * HALF;
      IntVector w0 = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(w0.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = x.fma(w0.and(mask).reinterpretAsFloats(), s2);
      IntVector w1 = IntVector.fromArray(WORDS, w, p + L);
      s1 = x.fma(w1.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = x.fma(w1.and(mask).reinterpretAsFloats(), s3);
      FloatVector y = all(a[a0 + k + 1]);
      int q = from + (k + 1) * HALF;
      IntVector w2 = IntVector.fromArray(WORDS, w, q);
      s0 = y.fma(w2.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = y.fma(w2.and(mask).reinterpretAsFloats(), s2);
      IntVector w3 = IntVector.fromArray(WORDS, w, q + L);
      s1 = y.fma(w3.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = y.fma(w3.and(mask).reinterpretAsFloats(), s3);
    }
    if (k < inputs) {
      FloatVector x = all(a[a0 + k]);
      int p = from + k * HALF;
      IntVector w0 = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(w0.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = x.fma(w0.and(mask).reinterpretAsFloats(), s2);
      IntVector w1 = IntVector.fromArray(WORDS, w, p + L);
      s1 = x.fma(w1.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = x.fma(w1.and(mask).reinterpretAsFloats(), s3);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + HALF);
    s3.intoArray(c, c0 + HALF + L);
  }

  /** One row with two panels that follow each other. */
  private static void twoPanels(int[] w, int from, int inputs, float[] a, float[] c, int c0) {
    int step = HALF * inputs;
    int from1 = from + step;
    int c1 = c0 + PANEL;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + HALF);
    FloatVector s3 = load(c, c0 + HALF + L);
    FloatVector s4 = load(c, c1);
    FloatVector s5 = load(c, c1 + L);
    FloatVector s6 = load(c, c1 + HALF);
    FloatVector s7 = load(c, c1 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      FloatVector x = all(a[k]);
      int p = from + k * HALF;
      IntVector w0 = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(w0.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = x.fma(w0.and(mask).reinterpretAsFloats(), s2);
      IntVector w1 = IntVector.fromArray(WORDS, w, p + L);
      s1 = x.fma(w1.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = x.fma(w1.and(mask).reinterpretAsFloats(), s3);
      int q = from1 + k * HALF;
      IntVector w2 = IntVector.fromArray(WORDS, w, q);
      s4 = x.fma(w2.lanewise(LSHL, 16).reinterpretAsFloats(), s4);
      s6 = x.fma(w2.and(mask).reinterpretAsFloats(), s6);
      IntVector w3 = IntVector.fromArray(WORDS, w, q + L);
      s5 = x.fma(w3.lanewise(LSHL, 16).reinterpretAsFloats(), s5);
      s7 = x.fma(w3.and(mask).reinterpretAsFloats(), s7);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + HALF);
    s3.intoArray(c, c0 + HALF + L);
    s4.intoArray(c, c1);
    s5.intoArray(c, c1 + L);
    s6.intoArray(c, c1 + HALF);
    s7.intoArray(c, c1 + HALF + L);
  }

  private static void threePanels(int[] w, int from, int inputs, float[] a, float[] c, int c0) {
    int step = HALF * inputs;
    int from1 = from + step;
    int from2 = from1 + step;
    int c1 = c0 + PANEL;
    int c2 = c1 + PANEL;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + HALF);
    FloatVector s3 = load(c, c0 + HALF + L);
    FloatVector s4 = load(c, c1);
    FloatVector s5 = load(c, c1 + L);
    FloatVector s6 = load(c, c1 + HALF);
    FloatVector s7 = load(c, c1 + HALF + L);
    FloatVector s8 = load(c, c2);
    FloatVector s9 = load(c, c2 + L);
    FloatVector s10 = load(c, c2 + HALF);
    FloatVector s11 = load(c, c2 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      FloatVector x = all(a[k]);
      int p = from + k * HALF;
      IntVector w0 = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(w0.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = x.fma(w0.and(mask).reinterpretAsFloats(), s2);
      IntVector w1 = IntVector.fromArray(WORDS, w, p + L);
      s1 = x.fma(w1.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = x.fma(w1.and(mask).reinterpretAsFloats(), s3);
      int q = from1 + k * HALF;
      IntVector w2 = IntVector.fromArray(WORDS, w, q);
      s4 = x.fma(w2.lanewise(LSHL, 16).reinterpretAsFloats(), s4);
      s6 = x.fma(w2.and(mask).reinterpretAsFloats(), s6);
      IntVector w3 = IntVector.fromArray(WORDS, w, q + L);
      s5 = x.fma(w3.lanewise(LSHL, 16).reinterpretAsFloats(), s5);
      s7 = x.fma(w3.and(mask).reinterpretAsFloats(), s7);
      int r = from2 + k * HALF;
      IntVector w4 = IntVector.fromArray(WORDS, w, r);
      s8 = x.fma(w4.lanewise(LSHL, 16).reinterpretAsFloats(), s8);
      s10 = x.fma(w4.and(mask).reinterpretAsFloats(), s10);
      IntVector w5 = IntVector.fromArray(WORDS, w, r + L);
      s9 = x.fma(w5.lanewise(LSHL, 16).reinterpretAsFloats(), s9);
      s11 = x.fma(w5.and(mask).reinterpretAsFloats(), s11);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + HALF);
    s3.intoArray(c, c0 + HALF + L);
    s4.intoArray(c, c1);
    s5.intoArray(c, c1 + L);
    s6.intoArray(c, c1 + HALF);
    s7.intoArray(c, c1 + HALF + L);
    s8.intoArray(c, c2);
    s9.intoArray(c, c2 + L);
    s10.intoArray(c, c2 + HALF);
    s11.intoArray(c, c2 + HALF + L);
  }

  private static void fourPanels(int[] w, int from, int inputs, float[] a, float[] c, int c0) {
    int step = HALF * inputs;
    int from1 = from + step;
    int from2 = from1 + step;
    int from3 = from2 + step;
    int c1 = c0 + PANEL;
    int c2 = c1 + PANEL;
    int c3 = c2 + PANEL;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + HALF);
    FloatVector s3 = load(c, c0 + HALF + L);
    FloatVector s4 = load(c, c1);
    FloatVector s5 = load(c, c1 + L);
    FloatVector s6 = load(c, c1 + HALF);
    FloatVector s7 = load(c, c1 + HALF + L);
    FloatVector s8 = load(c, c2);
    FloatVector s9 = load(c, c2 + L);
    FloatVector s10 = load(c, c2 + HALF);
    FloatVector s11 = load(c, c2 + HALF + L);
    FloatVector s12 = load(c, c3);
    FloatVector s13 = load(c, c3 + L);
    FloatVector s14 = load(c, c3 + HALF);
    FloatVector s15 = load(c, c3 + HALF + L);
    for (int k = 0; k < inputs; k++) {
      FloatVector x = all(a[k]);
      int p = from + k * HALF;
      IntVector w0 = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(w0.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s2 = x.fma(w0.and(mask).reinterpretAsFloats(), s2);
      IntVector w1 = IntVector.fromArray(WORDS, w, p + L);
      s1 = x.fma(w1.lanewise(LSHL, 16).reinterpretAsFloats(), s1);
      s3 = x.fma(w1.and(mask).reinterpretAsFloats(), s3);
      int q = from1 + k * HALF;
      IntVector w2 = IntVector.fromArray(WORDS, w, q);
      s4 = x.fma(w2.lanewise(LSHL, 16).reinterpretAsFloats(), s4);
      s6 = x.fma(w2.and(mask).reinterpretAsFloats(), s6);
      IntVector w3 = IntVector.fromArray(WORDS, w, q + L);
      s5 = x.fma(w3.lanewise(LSHL, 16).reinterpretAsFloats(), s5);
      s7 = x.fma(w3.and(mask).reinterpretAsFloats(), s7);
      int r = from2 + k * HALF;
      IntVector w4 = IntVector.fromArray(WORDS, w, r);
      s8 = x.fma(w4.lanewise(LSHL, 16).reinterpretAsFloats(), s8);
      s10 = x.fma(w4.and(mask).reinterpretAsFloats(), s10);
      IntVector w5 = IntVector.fromArray(WORDS, w, r + L);
      s9 = x.fma(w5.lanewise(LSHL, 16).reinterpretAsFloats(), s9);
      s11 = x.fma(w5.and(mask).reinterpretAsFloats(), s11);
      int t = from3 + k * HALF;
      IntVector w6 = IntVector.fromArray(WORDS, w, t);
      s12 = x.fma(w6.lanewise(LSHL, 16).reinterpretAsFloats(), s12);
      s14 = x.fma(w6.and(mask).reinterpretAsFloats(), s14);
      IntVector w7 = IntVector.fromArray(WORDS, w, t + L);
      s13 = x.fma(w7.lanewise(LSHL, 16).reinterpretAsFloats(), s13);
      s15 = x.fma(w7.and(mask).reinterpretAsFloats(), s15);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + HALF);
    s3.intoArray(c, c0 + HALF + L);
    s4.intoArray(c, c1);
    s5.intoArray(c, c1 + L);
    s6.intoArray(c, c1 + HALF);
    s7.intoArray(c, c1 + HALF + L);
    s8.intoArray(c, c2);
    s9.intoArray(c, c2 + L);
    s10.intoArray(c, c2 + HALF);
    s11.intoArray(c, c2 + HALF + L);
    s12.intoArray(c, c3);
    s13.intoArray(c, c3 + L);
    s14.intoArray(c, c3 + HALF);
    s15.intoArray(c, c3 + HALF + L);
  }

  private static void half4(
      int[] w, int from, int inputs, float[] a, int a0, int lda, float[] c, int c0, int ldc) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int c1 = c0 + ldc;
    int c2 = c1 + ldc;
    int c3 = c2 + ldc;
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s00 = load(c, c0);
    FloatVector s01 = load(c, c0 + HALF / 2);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + HALF / 2);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + HALF / 2);
    FloatVector s30 = load(c, c3);
    FloatVector s31 = load(c, c3 + HALF / 2);
    for (int k = 0; k < inputs; k++) {
      IntVector pair = IntVector.fromArray(WORDS, w, from + k * (HALF / 2));
      FloatVector w0 = pair.lanewise(LSHL, 16).reinterpretAsFloats();
      FloatVector w1 = pair.and(mask).reinterpretAsFloats();
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
    s01.intoArray(c, c0 + HALF / 2);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + HALF / 2);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + HALF / 2);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + HALF / 2);
  }

  private static void half1(int[] w, int from, int inputs, float[] a, int a0, float[] c, int c0) {
    IntVector mask = IntVector.broadcast(WORDS, WeightPrecision.UPPER_HALF);
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + HALF / 2);
    int k = 0;
    for (; k + 4 <= inputs; k += 4) {
      int p = from + k * (HALF / 2);
      FloatVector x = all(a[a0 + k]);
      IntVector pair = IntVector.fromArray(WORDS, w, p);
      s0 = x.fma(pair.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s1 = x.fma(pair.and(mask).reinterpretAsFloats(), s1);
      x = all(a[a0 + k + 1]);
      pair = IntVector.fromArray(WORDS, w, p + HALF / 2);
      s0 = x.fma(pair.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s1 = x.fma(pair.and(mask).reinterpretAsFloats(), s1);
      x = all(a[a0 + k + 2]);
      pair = IntVector.fromArray(WORDS, w, p + 2 * (HALF / 2));
      s0 = x.fma(pair.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s1 = x.fma(pair.and(mask).reinterpretAsFloats(), s1);
      x = all(a[a0 + k + 3]);
      pair = IntVector.fromArray(WORDS, w, p + 3 * (HALF / 2));
      s0 = x.fma(pair.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s1 = x.fma(pair.and(mask).reinterpretAsFloats(), s1);
    }
    for (; k < inputs; k++) {
      FloatVector x = all(a[a0 + k]);
      IntVector pair = IntVector.fromArray(WORDS, w, from + k * (HALF / 2));
      s0 = x.fma(pair.lanewise(LSHL, 16).reinterpretAsFloats(), s0);
      s1 = x.fma(pair.and(mask).reinterpretAsFloats(), s1);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + HALF / 2);
  }
}
