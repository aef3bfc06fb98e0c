package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import jdk.incubator.vector.FloatVector;

/**
 * {@link VectorProduct} of one row, {@code out += in * w}, with the same bits.
 *
 * <p>Allocates nothing, keeps nothing; {@code in} and {@code out} must be distinct.
 */
final class VectorSingleRow {
  /*
   * With one row the sums of four vectors do not hide the latency of a fused multiply-add, so four panels
   * go together, or two: as many streams of weights keep the caches busy, too.
   */
  private static final int L = Lanes.COUNT;
  private static final int PANEL = PackedMatrix.PANEL;

  /** Columns that go together. */
  private static final int BLOCK = 4 * PANEL;

  private VectorSingleRow() {}

  /** Whether {@link #multiplyAddBoth} takes these: all that either writes is whole blocks. */
  static boolean takesBoth(
      PackedMatrix w, Rows in, int first, PackedMatrix u, Rows h, int second, Rows sums) {
    return L == 16
        && (first | second | w.paddedOutputs() | u.paddedOutputs()) % BLOCK == 0
        && w.precision() == WeightPrecision.FP32
        && u.precision() == WeightPrecision.FP32
        && in.first()
        && h.first()
        && sums.first();
  }

  /**
   * Two products of one row into the same sums, block by block: what the next step, which walks the
   * other way, begins with is then what this one read last of both.
   */
  static void multiplyAddBoth(
      PackedMatrix w, Rows in, int first, PackedMatrix u, Rows h, int second, Rows sums) {
    int end = Math.max(first + w.paddedOutputs(), second + u.paddedOutputs());
    for (int walked = 0; walked < end; walked += BLOCK) {
      int column = sums.backwards() ? end - BLOCK - walked : walked;
      if (column >= first && column < first + w.paddedOutputs()) {
        fourPanels(w, column - first, in, sums, first);
      }
      if (column >= second && column < second + u.paddedOutputs()) {
        fourPanels(u, column - second, h, sums, second);
      }
    }
  }

  /** The full panels of {@code w}; on 512-bit vectors. */
  static void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int full) {
    int fours = full / BLOCK * BLOCK;
    if (out.backwards()) {
      rest(w, in, out, column, fours, full);
      for (int panel = fours - BLOCK; panel >= 0; panel -= BLOCK) {
        fourPanels(w, panel, in, out, column);
      }
    } else {
      for (int panel = 0; panel < fours; panel += BLOCK) {
        fourPanels(w, panel, in, out, column);
      }
      rest(w, in, out, column, fours, full);
    }
  }

  private static void fourPanels(PackedMatrix w, int panel, Rows in, Rows out, int column) {
    int inputs = w.inputs();
    fourPanels(w.values(), panel * inputs, inputs, in.values(), out.values(), column + panel);
  }

  private static void rest(PackedMatrix w, Rows in, Rows out, int column, int from, int full) {
    int inputs = w.inputs();
    int panel = from;
    if (panel + 2 * PANEL <= full) {
      twoPanels(w.values(), panel * inputs, inputs, in.values(), out.values(), column + panel);
      panel += 2 * PANEL;
    }
    if (panel < full) {
      rows1(w.values(), panel * inputs, inputs, in.values(), 0, out.values(), column + panel);
    }
  }

  /** One row with one panel. */
  static void rows1(float[] w, int from, int inputs, float[] a, int a0, float[] c, int c0) {
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + 2 * L);
    FloatVector s3 = load(c, c0 + 3 * L);
    int k = 0;
    for (; k + 2 <= inputs; k += 2) {
      int p = from + k * PANEL;
      int q = p + PANEL;
      FloatVector x = all(a[a0 + k]);
      FloatVector y = all(a[a0 + k + 1]);
      s0 = y.fma(load(w, q), x.fma(load(w, p), s0));
      s1 = y.fma(load(w, q + L), x.fma(load(w, p + L), s1));
      s2 = y.fma(load(w, q + 2 * L), x.fma(load(w, p + 2 * L), s2));
      s3 = y.fma(load(w, q + 3 * L), x.fma(load(w, p + 3 * L), s3));
    }
    if (k < inputs) {
      int p = from + k * PANEL;
      FloatVector x = all(a[a0 + k]);
      s0 = x.fma(load(w, p), s0);
      s1 = x.fma(load(w, p + L), s1);
      s2 = x.fma(load(w, p + 2 * L), s2);
      s3 = x.fma(load(w, p + 3 * L), s3);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + 2 * L);
    s3.intoArray(c, c0 + 3 * L);
  }

  /** One row with two panels that follow each other. */
  static void twoPanels(float[] w, int from, int inputs, float[] a, float[] c, int c0) {
    int second = from + PANEL * inputs;
    FloatVector s0 = load(c, c0);
    FloatVector s1 = load(c, c0 + L);
    FloatVector s2 = load(c, c0 + 2 * L);
    FloatVector s3 = load(c, c0 + 3 * L);
    FloatVector s4 = load(c, c0 + 4 * L);
    FloatVector s5 = load(c, c0 + 5 * L);
    FloatVector s6 = load(c, c0 + 6 * L);
    FloatVector s7 = load(c, c0 + 7 * L);
    for (int k = 0; k < inputs; k++) {
      int p = from + k * PANEL;
      int q = second + k * PANEL;
      FloatVector x = all(a[k]);
      s0 = x.fma(load(w, p), s0);
      s1 = x.fma(load(w, p + L), s1);
      s2 = x.fma(load(w, p + 2 * L), s2);
      s3 = x.fma(load(w, p + 3 * L), s3);
      s4 = x.fma(load(w, q), s4);
      s5 = x.fma(load(w, q + L), s5);
      s6 = x.fma(load(w, q + 2 * L), s6);
      s7 = x.fma(load(w, q + 3 * L), s7);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + L);
    s2.intoArray(c, c0 + 2 * L);
    s3.intoArray(c, c0 + 3 * L);
    s4.intoArray(c, c0 + 4 * L);
    s5.intoArray(c, c0 + 5 * L);
    s6.intoArray(c, c0 + 6 * L);
    s7.intoArray(c, c0 + 7 * L);
  }

  private static void fourPanels(float[] w, int from, int inputs, float[] a, float[] c, int c0) {
    int step = PANEL * inputs;
    int from1 = from + step;
    int from2 = from1 + step;
    int from3 = from2 + step;
    FloatVector s0 = load(c, c0 + 0 * L);
    FloatVector s1 = load(c, c0 + 1 * L);
    FloatVector s2 = load(c, c0 + 2 * L);
    FloatVector s3 = load(c, c0 + 3 * L);
    FloatVector s4 = load(c, c0 + 4 * L);
    FloatVector s5 = load(c, c0 + 5 * L);
    FloatVector s6 = load(c, c0 + 6 * L);
    FloatVector s7 = load(c, c0 + 7 * L);
    FloatVector s8 = load(c, c0 + 8 * L);
    FloatVector s9 = load(c, c0 + 9 * L);
    FloatVector s10 = load(c, c0 + 10 * L);
    FloatVector s11 = load(c, c0 + 11 * L);
    FloatVector s12 = load(c, c0 + 12 * L);
    FloatVector s13 = load(c, c0 + 13 * L);
    FloatVector s14 = load(c, c0 + 14 * L);
    FloatVector s15 = load(c, c0 + 15 * L);
    for (int k = 0; k < inputs; k++) {
      int p = from + k * PANEL;
      int q = from1 + k * PANEL;
      int r = from2 + k * PANEL;
      int t = from3 + k * PANEL;
      FloatVector x = all(a[k]);
      s0 = x.fma(load(w, p + 0 * L), s0);
      s1 = x.fma(load(w, p + 1 * L), s1);
      s2 = x.fma(load(w, p + 2 * L), s2);
      s3 = x.fma(load(w, p + 3 * L), s3);
      s4 = x.fma(load(w, q + 0 * L), s4);
      s5 = x.fma(load(w, q + 1 * L), s5);
      s6 = x.fma(load(w, q + 2 * L), s6);
      s7 = x.fma(load(w, q + 3 * L), s7);
      s8 = x.fma(load(w, r + 0 * L), s8);
      s9 = x.fma(load(w, r + 1 * L), s9);
      s10 = x.fma(load(w, r + 2 * L), s10);
      s11 = x.fma(load(w, r + 3 * L), s11);
      s12 = x.fma(load(w, t + 0 * L), s12);
      s13 = x.fma(load(w, t + 1 * L), s13);
      s14 = x.fma(load(w, t + 2 * L), s14);
      s15 = x.fma(load(w, t + 3 * L), s15);
    }
    s0.intoArray(c, c0 + 0 * L);
    s1.intoArray(c, c0 + 1 * L);
    s2.intoArray(c, c0 + 2 * L);
    s3.intoArray(c, c0 + 3 * L);
    s4.intoArray(c, c0 + 4 * L);
    s5.intoArray(c, c0 + 5 * L);
    s6.intoArray(c, c0 + 6 * L);
    s7.intoArray(c, c0 + 7 * L);
    s8.intoArray(c, c0 + 8 * L);
    s9.intoArray(c, c0 + 9 * L);
    s10.intoArray(c, c0 + 10 * L);
    s11.intoArray(c, c0 + 11 * L);
    s12.intoArray(c, c0 + 12 * L);
    s13.intoArray(c, c0 + 13 * L);
    s14.intoArray(c, c0 + 14 * L);
    s15.intoArray(c, c0 + 15 * L);
  }
}
