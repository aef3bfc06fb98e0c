package dev.carryover.tests.bench.ceilings;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link CeilingLoops} on the Java Vector API. */
final class VectorLoops implements CeilingLoops {
  /*
   * Sixteen sums hide the latency of a fused multiply-add or an addition, and fit the registers with
   * their operands. Like the kernels, each loop is a method too large to be inlined, and has no loop
   * inside: vectors that pass from an inner loop to an outer one are boxed, twenty times slower.
   */
  private static final VectorSpecies<Float> FLOATS = species();
  private static final int L = FLOATS.length();

  VectorLoops() {}

  private static VectorSpecies<Float> species() {
    return FloatVector.SPECIES_PREFERRED.length() > FloatVector.SPECIES_512.length()
        ? FloatVector.SPECIES_512
        : FloatVector.SPECIES_PREFERRED;
  }

  @Override
  public int lanes() {
    return L;
  }

  @Override
  public void multiplyAdd(long times, float factor, float addend, float[] sums) {
    FloatVector m = FloatVector.broadcast(FLOATS, factor);
    FloatVector c = FloatVector.broadcast(FLOATS, addend);
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = FloatVector.zero(FLOATS);
    FloatVector s2 = FloatVector.zero(FLOATS);
    FloatVector s3 = FloatVector.zero(FLOATS);
    FloatVector s4 = FloatVector.zero(FLOATS);
    FloatVector s5 = FloatVector.zero(FLOATS);
    FloatVector s6 = FloatVector.zero(FLOATS);
    FloatVector s7 = FloatVector.zero(FLOATS);
    FloatVector s8 = FloatVector.zero(FLOATS);
    FloatVector s9 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s13 = FloatVector.zero(FLOATS);
    FloatVector s14 = FloatVector.zero(FLOATS);
    FloatVector s15 = FloatVector.zero(FLOATS);
    for (long i = 0; i < times; i++) {
      s0 = s0.fma(m, c);
      s1 = s1.fma(m, c);
      s2 = s2.fma(m, c);
      s3 = s3.fma(m, c);
      s4 = s4.fma(m, c);
      s5 = s5.fma(m, c);
      s6 = s6.fma(m, c);
      s7 = s7.fma(m, c);
      s8 = s8.fma(m, c);
      s9 = s9.fma(m, c);
      s10 = s10.fma(m, c);
      s11 = s11.fma(m, c);
      s12 = s12.fma(m, c);
      s13 = s13.fma(m, c);
      s14 = s14.fma(m, c);
      s15 = s15.fma(m, c);
    }
    s0.intoArray(sums, 0 * L);
    s1.intoArray(sums, 1 * L);
    s2.intoArray(sums, 2 * L);
    s3.intoArray(sums, 3 * L);
    s4.intoArray(sums, 4 * L);
    s5.intoArray(sums, 5 * L);
    s6.intoArray(sums, 6 * L);
    s7.intoArray(sums, 7 * L);
    s8.intoArray(sums, 8 * L);
    s9.intoArray(sums, 9 * L);
    s10.intoArray(sums, 10 * L);
    s11.intoArray(sums, 11 * L);
    s12.intoArray(sums, 12 * L);
    s13.intoArray(sums, 13 * L);
    s14.intoArray(sums, 14 * L);
    s15.intoArray(sums, 15 * L);
  }

  @Override
  public void read(float[] values, int from, int floats, int times, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, sums, 0 * L);
    FloatVector s1 = FloatVector.fromArray(FLOATS, sums, 1 * L);
    FloatVector s2 = FloatVector.fromArray(FLOATS, sums, 2 * L);
    FloatVector s3 = FloatVector.fromArray(FLOATS, sums, 3 * L);
    FloatVector s4 = FloatVector.fromArray(FLOATS, sums, 4 * L);
    FloatVector s5 = FloatVector.fromArray(FLOATS, sums, 5 * L);
    FloatVector s6 = FloatVector.fromArray(FLOATS, sums, 6 * L);
    FloatVector s7 = FloatVector.fromArray(FLOATS, sums, 7 * L);
    FloatVector s8 = FloatVector.fromArray(FLOATS, sums, 8 * L);
    FloatVector s9 = FloatVector.fromArray(FLOATS, sums, 9 * L);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, 10 * L);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, 11 * L);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, 12 * L);
    FloatVector s13 = FloatVector.fromArray(FLOATS, sums, 13 * L);
    FloatVector s14 = FloatVector.fromArray(FLOATS, sums, 14 * L);
    FloatVector s15 = FloatVector.fromArray(FLOATS, sums, 15 * L);
    int to = from + floats;
    int p = from;
    int count = floats / (CHAINS * L) * times;
    for (int k = 0; k < count; k++) {
      s0 = s0.add(FloatVector.fromArray(FLOATS, values, p));
      s1 = s1.add(FloatVector.fromArray(FLOATS, values, p + 1 * L));
      s2 = s2.add(FloatVector.fromArray(FLOATS, values, p + 2 * L));
      s3 = s3.add(FloatVector.fromArray(FLOATS, values, p + 3 * L));
      s4 = s4.add(FloatVector.fromArray(FLOATS, values, p + 4 * L));
      s5 = s5.add(FloatVector.fromArray(FLOATS, values, p + 5 * L));
      s6 = s6.add(FloatVector.fromArray(FLOATS, values, p + 6 * L));
      s7 = s7.add(FloatVector.fromArray(FLOATS, values, p + 7 * L));
      s8 = s8.add(FloatVector.fromArray(FLOATS, values, p + 8 * L));
      s9 = s9.add(FloatVector.fromArray(FLOATS, values, p + 9 * L));
      s10 = s10.add(FloatVector.fromArray(FLOATS, values, p + 10 * L));
      s11 = s11.add(FloatVector.fromArray(FLOATS, values, p + 11 * L));
      s12 = s12.add(FloatVector.fromArray(FLOATS, values, p + 12 * L));
      s13 = s13.add(FloatVector.fromArray(FLOATS, values, p + 13 * L));
      s14 = s14.add(FloatVector.fromArray(FLOATS, values, p + 14 * L));
      s15 = s15.add(FloatVector.fromArray(FLOATS, values, p + 15 * L));
      p += CHAINS * L;
      if (p == to) {
        p = from;
      }
    }
    s0.intoArray(sums, 0 * L);
    s1.intoArray(sums, 1 * L);
    s2.intoArray(sums, 2 * L);
    s3.intoArray(sums, 3 * L);
    s4.intoArray(sums, 4 * L);
    s5.intoArray(sums, 5 * L);
    s6.intoArray(sums, 6 * L);
    s7.intoArray(sums, 7 * L);
    s8.intoArray(sums, 8 * L);
    s9.intoArray(sums, 9 * L);
    s10.intoArray(sums, 10 * L);
    s11.intoArray(sums, 11 * L);
    s12.intoArray(sums, 12 * L);
    s13.intoArray(sums, 13 * L);
    s14.intoArray(sums, 14 * L);
    s15.intoArray(sums, 15 * L);
  }

  @Override
  public void readFourStreams(
      float[] values, int from, int floats, int times, boolean inTurns, float[] sums) {
    int count = floats / (CHAINS * L);
    for (int time = 0; time < times; time++) {
      if (inTurns && time % 2 == 1) {
        backwards(values, from, count, floats / 4, sums);
      } else {
        forwards(values, from, count, floats / 4, sums);
      }
    }
  }

  @Override
  public void readBlocksInTurns(
      float[] values, int from, int floats, int times, int block, float[] sums) {
    int blocks = (floats + block - 1) / block;
    for (int time = 0; time < times; time++) {
      for (int i = 0; i < blocks; i++) {
        int begin = block * (time % 2 == 0 ? i : blocks - 1 - i);
        int length = Math.min(block, floats - begin);
        forwards(values, from + begin, length / (CHAINS * L), length / 4, sums);
      }
    }
  }

  private static void forwards(float[] values, int from, int count, int quarter, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, sums, 0 * L);
    FloatVector s1 = FloatVector.fromArray(FLOATS, sums, 1 * L);
    FloatVector s2 = FloatVector.fromArray(FLOATS, sums, 2 * L);
    FloatVector s3 = FloatVector.fromArray(FLOATS, sums, 3 * L);
    FloatVector s4 = FloatVector.fromArray(FLOATS, sums, 4 * L);
    FloatVector s5 = FloatVector.fromArray(FLOATS, sums, 5 * L);
    FloatVector s6 = FloatVector.fromArray(FLOATS, sums, 6 * L);
    FloatVector s7 = FloatVector.fromArray(FLOATS, sums, 7 * L);
    FloatVector s8 = FloatVector.fromArray(FLOATS, sums, 8 * L);
    FloatVector s9 = FloatVector.fromArray(FLOATS, sums, 9 * L);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, 10 * L);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, 11 * L);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, 12 * L);
    FloatVector s13 = FloatVector.fromArray(FLOATS, sums, 13 * L);
    FloatVector s14 = FloatVector.fromArray(FLOATS, sums, 14 * L);
    FloatVector s15 = FloatVector.fromArray(FLOATS, sums, 15 * L);
    for (int k = 0; k < count; k++) {
      int p = from + k * 4 * L;
      int q = p + quarter;
      int r = q + quarter;
      int t = r + quarter;
      s0 = s0.add(FloatVector.fromArray(FLOATS, values, p));
      s1 = s1.add(FloatVector.fromArray(FLOATS, values, p + 1 * L));
      s2 = s2.add(FloatVector.fromArray(FLOATS, values, p + 2 * L));
      s3 = s3.add(FloatVector.fromArray(FLOATS, values, p + 3 * L));
      s4 = s4.add(FloatVector.fromArray(FLOATS, values, q));
      s5 = s5.add(FloatVector.fromArray(FLOATS, values, q + 1 * L));
      s6 = s6.add(FloatVector.fromArray(FLOATS, values, q + 2 * L));
      s7 = s7.add(FloatVector.fromArray(FLOATS, values, q + 3 * L));
      s8 = s8.add(FloatVector.fromArray(FLOATS, values, r));
      s9 = s9.add(FloatVector.fromArray(FLOATS, values, r + 1 * L));
      s10 = s10.add(FloatVector.fromArray(FLOATS, values, r + 2 * L));
      s11 = s11.add(FloatVector.fromArray(FLOATS, values, r + 3 * L));
      s12 = s12.add(FloatVector.fromArray(FLOATS, values, t));
      s13 = s13.add(FloatVector.fromArray(FLOATS, values, t + 1 * L));
      s14 = s14.add(FloatVector.fromArray(FLOATS, values, t + 2 * L));
      s15 = s15.add(FloatVector.fromArray(FLOATS, values, t + 3 * L));
    }
    s0.intoArray(sums, 0 * L);
    s1.intoArray(sums, 1 * L);
    s2.intoArray(sums, 2 * L);
    s3.intoArray(sums, 3 * L);
    s4.intoArray(sums, 4 * L);
    s5.intoArray(sums, 5 * L);
    s6.intoArray(sums, 6 * L);
    s7.intoArray(sums, 7 * L);
    s8.intoArray(sums, 8 * L);
    s9.intoArray(sums, 9 * L);
    s10.intoArray(sums, 10 * L);
    s11.intoArray(sums, 11 * L);
    s12.intoArray(sums, 12 * L);
    s13.intoArray(sums, 13 * L);
    s14.intoArray(sums, 14 * L);
    s15.intoArray(sums, 15 * L);
  }

  private static void backwards(float[] values, int from, int count, int quarter, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, sums, 0 * L);
    FloatVector s1 = FloatVector.fromArray(FLOATS, sums, 1 * L);
    FloatVector s2 = FloatVector.fromArray(FLOATS, sums, 2 * L);
    FloatVector s3 = FloatVector.fromArray(FLOATS, sums, 3 * L);
    FloatVector s4 = FloatVector.fromArray(FLOATS, sums, 4 * L);
    FloatVector s5 = FloatVector.fromArray(FLOATS, sums, 5 * L);
    FloatVector s6 = FloatVector.fromArray(FLOATS, sums, 6 * L);
    FloatVector s7 = FloatVector.fromArray(FLOATS, sums, 7 * L);
    FloatVector s8 = FloatVector.fromArray(FLOATS, sums, 8 * L);
    FloatVector s9 = FloatVector.fromArray(FLOATS, sums, 9 * L);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, 10 * L);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, 11 * L);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, 12 * L);
    FloatVector s13 = FloatVector.fromArray(FLOATS, sums, 13 * L);
    FloatVector s14 = FloatVector.fromArray(FLOATS, sums, 14 * L);
    FloatVector s15 = FloatVector.fromArray(FLOATS, sums, 15 * L);
    for (int k = count - 1; k >= 0; k--) {
      int p = from + k * 4 * L;
      int q = p + quarter;
      int r = q + quarter;
      int t = r + quarter;
      s0 = s0.add(FloatVector.fromArray(FLOATS, values, p));
      s1 = s1.add(FloatVector.fromArray(FLOATS, values, p + 1 * L));
      s2 = s2.add(FloatVector.fromArray(FLOATS, values, p + 2 * L));
      s3 = s3.add(FloatVector.fromArray(FLOATS, values, p + 3 * L));
      s4 = s4.add(FloatVector.fromArray(FLOATS, values, q));
      s5 = s5.add(FloatVector.fromArray(FLOATS, values, q + 1 * L));
      s6 = s6.add(FloatVector.fromArray(FLOATS, values, q + 2 * L));
      s7 = s7.add(FloatVector.fromArray(FLOATS, values, q + 3 * L));
      s8 = s8.add(FloatVector.fromArray(FLOATS, values, r));
      s9 = s9.add(FloatVector.fromArray(FLOATS, values, r + 1 * L));
      s10 = s10.add(FloatVector.fromArray(FLOATS, values, r + 2 * L));
      s11 = s11.add(FloatVector.fromArray(FLOATS, values, r + 3 * L));
      s12 = s12.add(FloatVector.fromArray(FLOATS, values, t));
      s13 = s13.add(FloatVector.fromArray(FLOATS, values, t + 1 * L));
      s14 = s14.add(FloatVector.fromArray(FLOATS, values, t + 2 * L));
      s15 = s15.add(FloatVector.fromArray(FLOATS, values, t + 3 * L));
    }
    s0.intoArray(sums, 0 * L);
    s1.intoArray(sums, 1 * L);
    s2.intoArray(sums, 2 * L);
    s3.intoArray(sums, 3 * L);
    s4.intoArray(sums, 4 * L);
    s5.intoArray(sums, 5 * L);
    s6.intoArray(sums, 6 * L);
    s7.intoArray(sums, 7 * L);
    s8.intoArray(sums, 8 * L);
    s9.intoArray(sums, 9 * L);
    s10.intoArray(sums, 10 * L);
    s11.intoArray(sums, 11 * L);
    s12.intoArray(sums, 12 * L);
    s13.intoArray(sums, 13 * L);
    s14.intoArray(sums, 14 * L);
    s15.intoArray(sums, 15 * L);
  }
}
