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
  // Written out, and arguments held within the clamp as integers, for the reasons in VectorGates.
  private static final int L = Lanes.COUNT;

  private VectorActivations() {}

  /** Hyperbolic tangent of {@code a + b}, written to {@code to}. */
  static void addTanh(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    IntVector limit =
        IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(Activations.TANH_CLAMP));
    IntVector sign = IntVector.broadcast(Lanes.INTS, 0x80000000);
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
    for (int j = 0; j < width; j += L) {
      FloatVector x = load(a, atA + j).add(load(b, atB + j));
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
      xc.mul(xp).div(xq).intoArray(to, target + j);
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
    for (int j = 0; j < width; j += L) {
      FloatVector x0 = load(from, source + j).sub(shifts);
      FloatVector x = x0.blend(highest, x0.compare(VectorOperators.GT, highest));
      FloatVector xs = x.fma(log2e, rounder);
      FloatVector xn = xs.sub(rounder);
      x = xn.fma(ln2High, x);
      x = xn.fma(ln2Low, x);
      FloatVector xp = x.fma(p0, p1);
      xp = x.fma(xp, p2);
      xp = x.fma(xp, p3);
      xp = x.fma(xp, p4);
      xp = x.fma(xp, p5);
      xp = xp.fma(x.mul(x), x).add(one);
      IntVector xe = xs.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      xp = xp.reinterpretAsInts().add(xe).reinterpretAsFloats();
      xp.blend(zero, x0.compare(VectorOperators.LT, lowest)).intoArray(to, target + j);
    }
  }
}
