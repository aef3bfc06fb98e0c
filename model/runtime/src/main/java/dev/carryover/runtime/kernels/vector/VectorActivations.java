package dev.carryover.runtime.kernels.vector;

import static dev.carryover.runtime.kernels.vector.Lanes.all;
import static dev.carryover.runtime.kernels.vector.Lanes.load;

import dev.carryover.runtime.kernels.Activations;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Activations} over {@code width} neighbouring values, lane by lane the same operations in
 * the same order. Widths are multiples of 32; source and target may be the same place.
 */
final class VectorActivations {
  /*
   * The polynomials are written out inside each loop, for two vectors at a time, on purpose. The
   * compiler counts nodes when it inlines, and a few vector polynomials behind method calls exhaust
   * the count (NodeCountInliningCutoff): the next one stays a call, and its vectors are boxed at
   * every element. Written out, a loop is also too large to be inlined into its callers, so it is
   * always compiled alone. Two vectors together hide the latency of the chains and of the division.
   */
  private static final int L = Lanes.COUNT;

  private VectorActivations() {}

  /** Logistic function in place. */
  static void sigmoid(float[] values, int at, int width) {
    FloatVector half = all(0.5f);
    FloatVector high = all(Activations.TANH_CLAMP);
    FloatVector low = all(-Activations.TANH_CLAMP);
    for (int j = 0; j < width; j += 2 * L) {
      FloatVector x = half.mul(load(values, at + j));
      FloatVector y = half.mul(load(values, at + j + L));
      x = x.blend(high, x.compare(VectorOperators.GT, high));
      y = y.blend(high, y.compare(VectorOperators.GT, high));
      x = x.blend(low, x.compare(VectorOperators.LT, low));
      y = y.blend(low, y.compare(VectorOperators.LT, low));
      FloatVector x2 = x.mul(x);
      FloatVector y2 = y.mul(y);
      FloatVector xp = x2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      FloatVector yp = y2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      xp = x2.fma(xp, all(Activations.TANH_P9));
      yp = y2.fma(yp, all(Activations.TANH_P9));
      xp = x2.fma(xp, all(Activations.TANH_P7));
      yp = y2.fma(yp, all(Activations.TANH_P7));
      xp = x2.fma(xp, all(Activations.TANH_P5));
      yp = y2.fma(yp, all(Activations.TANH_P5));
      xp = x2.fma(xp, all(Activations.TANH_P3));
      yp = y2.fma(yp, all(Activations.TANH_P3));
      xp = x2.fma(xp, all(Activations.TANH_P1));
      yp = y2.fma(yp, all(Activations.TANH_P1));
      FloatVector xq = x2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      FloatVector yq = y2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      xq = x2.fma(xq, all(Activations.TANH_Q2));
      yq = y2.fma(yq, all(Activations.TANH_Q2));
      xq = x2.fma(xq, all(Activations.TANH_Q0));
      yq = y2.fma(yq, all(Activations.TANH_Q0));
      half.fma(x.mul(xp).div(xq), half).intoArray(values, at + j);
      half.fma(y.mul(yp).div(yq), half).intoArray(values, at + j + L);
    }
  }

  /** Hyperbolic tangent of {@code from}, written to {@code to}. */
  static void tanh(float[] from, int source, float[] to, int target, int width) {
    FloatVector high = all(Activations.TANH_CLAMP);
    FloatVector low = all(-Activations.TANH_CLAMP);
    for (int j = 0; j < width; j += 2 * L) {
      FloatVector x = load(from, source + j);
      FloatVector y = load(from, source + j + L);
      x = x.blend(high, x.compare(VectorOperators.GT, high));
      y = y.blend(high, y.compare(VectorOperators.GT, high));
      x = x.blend(low, x.compare(VectorOperators.LT, low));
      y = y.blend(low, y.compare(VectorOperators.LT, low));
      FloatVector x2 = x.mul(x);
      FloatVector y2 = y.mul(y);
      FloatVector xp = x2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      FloatVector yp = y2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      xp = x2.fma(xp, all(Activations.TANH_P9));
      yp = y2.fma(yp, all(Activations.TANH_P9));
      xp = x2.fma(xp, all(Activations.TANH_P7));
      yp = y2.fma(yp, all(Activations.TANH_P7));
      xp = x2.fma(xp, all(Activations.TANH_P5));
      yp = y2.fma(yp, all(Activations.TANH_P5));
      xp = x2.fma(xp, all(Activations.TANH_P3));
      yp = y2.fma(yp, all(Activations.TANH_P3));
      xp = x2.fma(xp, all(Activations.TANH_P1));
      yp = y2.fma(yp, all(Activations.TANH_P1));
      FloatVector xq = x2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      FloatVector yq = y2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      xq = x2.fma(xq, all(Activations.TANH_Q2));
      yq = y2.fma(yq, all(Activations.TANH_Q2));
      xq = x2.fma(xq, all(Activations.TANH_Q0));
      yq = y2.fma(yq, all(Activations.TANH_Q0));
      x.mul(xp).div(xq).intoArray(to, target + j);
      y.mul(yp).div(yq).intoArray(to, target + j + L);
    }
  }

  /** Hyperbolic tangent of {@code a + b}, written to {@code to}. */
  static void addTanh(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    FloatVector high = all(Activations.TANH_CLAMP);
    FloatVector low = all(-Activations.TANH_CLAMP);
    for (int j = 0; j < width; j += 2 * L) {
      FloatVector x = load(a, atA + j).add(load(b, atB + j));
      FloatVector y = load(a, atA + j + L).add(load(b, atB + j + L));
      x = x.blend(high, x.compare(VectorOperators.GT, high));
      y = y.blend(high, y.compare(VectorOperators.GT, high));
      x = x.blend(low, x.compare(VectorOperators.LT, low));
      y = y.blend(low, y.compare(VectorOperators.LT, low));
      FloatVector x2 = x.mul(x);
      FloatVector y2 = y.mul(y);
      FloatVector xp = x2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      FloatVector yp = y2.fma(all(Activations.TANH_P13), all(Activations.TANH_P11));
      xp = x2.fma(xp, all(Activations.TANH_P9));
      yp = y2.fma(yp, all(Activations.TANH_P9));
      xp = x2.fma(xp, all(Activations.TANH_P7));
      yp = y2.fma(yp, all(Activations.TANH_P7));
      xp = x2.fma(xp, all(Activations.TANH_P5));
      yp = y2.fma(yp, all(Activations.TANH_P5));
      xp = x2.fma(xp, all(Activations.TANH_P3));
      yp = y2.fma(yp, all(Activations.TANH_P3));
      xp = x2.fma(xp, all(Activations.TANH_P1));
      yp = y2.fma(yp, all(Activations.TANH_P1));
      FloatVector xq = x2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      FloatVector yq = y2.fma(all(Activations.TANH_Q6), all(Activations.TANH_Q4));
      xq = x2.fma(xq, all(Activations.TANH_Q2));
      yq = y2.fma(yq, all(Activations.TANH_Q2));
      xq = x2.fma(xq, all(Activations.TANH_Q0));
      yq = y2.fma(yq, all(Activations.TANH_Q0));
      x.mul(xp).div(xq).intoArray(to, target + j);
      y.mul(yp).div(yq).intoArray(to, target + j + L);
    }
  }

  /** Exponential of {@code from - shift}, written to {@code to}. */
  static void exp(float[] from, int source, float shift, float[] to, int target, int width) {
    FloatVector shifts = all(shift);
    FloatVector highest = all(Activations.EXP_HIGHEST);
    FloatVector lowest = all(Activations.EXP_LOWEST);
    FloatVector rounder = all(Activations.ROUNDER);
    FloatVector zero = all(0f);
    FloatVector log2e = all(Activations.LOG2_E);
    FloatVector ln2High = all(-Activations.LN2_HIGH);
    FloatVector ln2Low = all(-Activations.LN2_LOW);
    FloatVector one = all(1f);
    FloatVector p0 = all(Activations.EXP_P0);
    FloatVector p1 = all(Activations.EXP_P1);
    FloatVector p2 = all(Activations.EXP_P2);
    FloatVector p3 = all(Activations.EXP_P3);
    FloatVector p4 = all(Activations.EXP_P4);
    FloatVector p5 = all(Activations.EXP_P5);
    for (int j = 0; j < width; j += 2 * L) {
      FloatVector x0 = load(from, source + j).sub(shifts);
      FloatVector y0 = load(from, source + j + L).sub(shifts);
      FloatVector x = x0.blend(highest, x0.compare(VectorOperators.GT, highest));
      FloatVector y = y0.blend(highest, y0.compare(VectorOperators.GT, highest));
      FloatVector xs = x.fma(log2e, rounder);
      FloatVector ys = y.fma(log2e, rounder);
      FloatVector xn = xs.sub(rounder);
      FloatVector yn = ys.sub(rounder);
      x = xn.fma(ln2High, x);
      y = yn.fma(ln2High, y);
      x = xn.fma(ln2Low, x);
      y = yn.fma(ln2Low, y);
      FloatVector xp = x.fma(p0, p1);
      FloatVector yp = y.fma(p0, p1);
      xp = x.fma(xp, p2);
      yp = y.fma(yp, p2);
      xp = x.fma(xp, p3);
      yp = y.fma(yp, p3);
      xp = x.fma(xp, p4);
      yp = y.fma(yp, p4);
      xp = x.fma(xp, p5);
      yp = y.fma(yp, p5);
      xp = xp.fma(x.mul(x), x).add(one);
      yp = yp.fma(y.mul(y), y).add(one);
      IntVector xe = xs.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      IntVector ye = ys.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      xp = xp.reinterpretAsInts().add(xe).reinterpretAsFloats();
      yp = yp.reinterpretAsInts().add(ye).reinterpretAsFloats();
      xp.blend(zero, x0.compare(VectorOperators.LT, lowest)).intoArray(to, target + j);
      yp.blend(zero, y0.compare(VectorOperators.LT, lowest)).intoArray(to, target + j + L);
    }
  }
}
