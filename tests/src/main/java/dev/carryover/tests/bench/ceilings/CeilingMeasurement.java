package dev.carryover.tests.bench.ceilings;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;

/** Measures {@link Ceilings} on the calling thread, by its CPU clock: the best of several tries. */
public final class CeilingMeasurement {
  /*
   * Reading has the best of several ways. Small arrays: one stream, at each place that an array can
   * have within a cache line, since a vector that lies in two lines is loaded in two halves. Others:
   * four streams, always forwards, or forwards and backwards in turns, which finds the end of what was
   * read last still in the cache. One stream was never faster there, and the place made no difference.
   */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long MULTIPLY_ADDS = 1L << 18;

  /** Up to this size, which some first-level caches have, one stream is tried too. */
  private static final long SMALL = 96 << 10;

  /** Objects begin at multiples of 8 bytes, so these are all places within a line of 64. */
  private static final int PLACES = 8;

  private static final int FLOATS_APART = 2;

  /** So much is read in one call at least: asking for the CPU time takes a microsecond. */
  private static final long CALL_BYTES = 8L << 20;

  private final CeilingLoops loops = CeilingLoops.load();
  private final float[] sums = new float[CeilingLoops.CHAINS * loops.lanes()];
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
    warmUp();
    TreeMap<Long, Double> read = new TreeMap<>();
    double operations = floatingPointPerSecond();
    for (long bytes : sizes) {
      read.put(bytes, readPerSecond(bytes));
    }
    // Once more, for a core that was not at its full clock yet.
    operations = Math.max(operations, floatingPointPerSecond());
    return new Ceilings(loops.lanes(), operations, read);
  }

  /** Until the compiler is done with all loops: what is timed first would pay for it. */
  private void warmUp() {
    float[] values = new float[4 * CeilingLoops.GRANULE];
    long begin = THREADS.getCurrentThreadCpuTime();
    while (THREADS.getCurrentThreadCpuTime() - begin < 10 * sampleNanos) {
      loops.multiplyAdd(values.length, 1, 1, sums);
      for (int i = 0; i < 100; i++) {
        loops.read(values, 0, values.length, 2, sums);
        loops.readFourStreams(values, 0, values.length, 2, true, sums);
      }
    }
  }

  private double floatingPointPerSecond() {
    double each = MULTIPLY_ADDS;
    return best(
        2.0 * MULTIPLY_ADDS * sums.length,
        each * sums.length,
        () -> loops.multiplyAdd(MULTIPLY_ADDS, 1, 1, sums));
  }

  private double readPerSecond(long bytes) {
    int floats = Math.toIntExact(bytes / Float.BYTES);
    if (floats == 0 || floats % CeilingLoops.GRANULE != 0) {
      throw new IllegalArgumentException(
          "%d bytes cannot be read evenly; give a multiple of %d"
              .formatted(bytes, CeilingLoops.GRANULE * Float.BYTES));
    }
    // As large everywhere, so that the sum is the same from every place.
    float[] values = new float[floats + PLACES * FLOATS_APART];
    Arrays.fill(values, 1);
    int times = (int) Math.max(2, CALL_BYTES / bytes);
    double amount = (double) bytes * times;
    double expected = (double) floats * times;
    double best = 0;
    for (boolean inTurns : new boolean[] {false, true}) {
      best =
          Math.max(
              best,
              best(
                  amount,
                  expected,
                  () -> loops.readFourStreams(values, 0, floats, times, inTurns, sums)));
    }
    for (int place = 0; bytes <= SMALL && place < PLACES; place++) {
      int from = place * FLOATS_APART;
      best =
          Math.max(
              best, best(amount, expected, () -> loops.read(values, from, floats, times, sums)));
    }
    return best;
  }

  private void require(double expected) {
    double total = 0;
    for (float sum : sums) {
      total += sum;
    }
    if (total != expected) {
      throw new IllegalStateException(
          "a loop of the ceilings gives %s where it must give %s; nothing was timed"
              .formatted(total, expected));
    }
  }

  /** The highest rate of all tries; the first is longer, for the compiler. */
  private double best(double amountPerCall, double expectedSum, Runnable call) {
    Arrays.fill(sums, 0);
    call.run();
    require(expectedSum);
    double best = 0;
    for (int attempt = 0; attempt <= tries; attempt++) {
      long nanos = attempt == 0 ? 2 * sampleNanos : sampleNanos;
      long calls = 0;
      long begin = THREADS.getCurrentThreadCpuTime();
      long passed;
      do {
        Arrays.fill(sums, 0);
        call.run();
        calls++;
        passed = THREADS.getCurrentThreadCpuTime() - begin;
      } while (passed < nanos);
      best = Math.max(best, calls * amountPerCall * 1e9 / passed);
      require(expectedSum);
    }
    return best;
  }
}
