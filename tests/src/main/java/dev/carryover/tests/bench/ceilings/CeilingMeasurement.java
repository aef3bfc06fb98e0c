package dev.carryover.tests.bench.ceilings;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.TreeMap;

/** Measures {@link Ceilings} on the calling thread, by its CPU clock: the best of several tries. */
public final class CeilingMeasurement {
  /*
   * Reading has the best of four ways: one stream or four, always forwards or forwards and backwards
   * in turns. A product may walk its weights in any of them, and no way is the fastest at every size.
   */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long MULTIPLY_ADDS = 1L << 18;

  /** So much is read in one call at least: asking for the CPU time takes a microsecond. */
  private static final long CALL_BYTES = 8L << 20;

  private final CeilingLoops loops = CeilingLoops.load();
  private final long sampleNanos;
  private final int tries;

  /**
   * @param sampleNanos CPU time of one try, at least
   * @param tries how many, the best of which counts
   */
  public CeilingMeasurement(long sampleNanos, int tries) {
    this.sampleNanos = sampleNanos;
    this.tries = tries;
  }

  /**
   * Measures.
   *
   * @param sizes bytes of the arrays to read, multiples of 1,024
   * @throws IllegalStateException if a loop gives another result than what it claims to do
   */
  public Ceilings measure(Collection<Long> sizes) {
    TreeMap<Long, Double> read = new TreeMap<>();
    double operations = floatingPointPerSecond();
    for (long bytes : sizes) {
      read.put(bytes, readPerSecond(bytes));
    }
    // Once more, for a core that was not at its full clock yet.
    operations = Math.max(operations, floatingPointPerSecond());
    return new Ceilings(loops.lanes(), operations, read);
  }

  private double floatingPointPerSecond() {
    double perCall = 2.0 * MULTIPLY_ADDS * CeilingLoops.CHAINS * loops.lanes();
    return best(perCall, () -> require(loops.multiplyAdd(MULTIPLY_ADDS, 1, 1), perCall / 2));
  }

  private double readPerSecond(long bytes) {
    float[] values = new float[Math.toIntExact(bytes / Float.BYTES)];
    if (values.length == 0 || values.length % CeilingLoops.GRANULE != 0) {
      throw new IllegalArgumentException(
          "an array of %d bytes cannot be read evenly; give a multiple of %d"
              .formatted(bytes, CeilingLoops.GRANULE * Float.BYTES));
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3;
      sum += values[i];
    }
    int times = (int) Math.max(2, CALL_BYTES / bytes);
    double expected = sum * times;
    double best = 0;
    for (boolean four : new boolean[] {false, true}) {
      for (boolean inTurns : new boolean[] {false, true}) {
        best =
            Math.max(
                best,
                best(
                    (double) bytes * times,
                    () -> require(loops.read(values, four, inTurns, times), expected)));
      }
    }
    return best;
  }

  private static void require(double result, double expected) {
    if (result != expected) {
      throw new IllegalStateException(
          "a loop of the ceilings gives %s where it must give %s; nothing was timed"
              .formatted(result, expected));
    }
  }

  /** The highest rate of all tries; the first is longer, for the compiler. */
  private double best(double amountPerCall, Runnable call) {
    double best = 0;
    for (int attempt = 0; attempt <= tries; attempt++) {
      long nanos = attempt == 0 ? 2 * sampleNanos : sampleNanos;
      long calls = 0;
      long begin = THREADS.getCurrentThreadCpuTime();
      long passed;
      do {
        call.run();
        calls++;
        passed = THREADS.getCurrentThreadCpuTime() - begin;
      } while (passed < nanos);
      best = Math.max(best, calls * amountPerCall * 1e9 / passed);
    }
    return best;
  }
}
