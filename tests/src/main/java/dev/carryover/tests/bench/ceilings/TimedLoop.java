package dev.carryover.tests.bench.ceilings;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One of the {@link CeilingLoops} as it is timed: by the CPU clock of the calling thread, its sums
 * checked before and after. Belongs to one thread.
 */
final class TimedLoop {
  /*
   * Reading has several ways, as none is the fastest at every size. From each place that an array can
   * have within a cache line, for a vector that lies in two lines is loaded in two halves; beyond the
   * second-level cache that makes no difference. In one stream, where a first-level cache may hold the
   * array; else in four, always forwards, or forwards and backwards in turns, which finds the end of
   * what was read last still in the cache; and large arrays in blocks that are taken forwards and
   * backwards in turns but read forwards, which prefetching likes better.
   */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long MULTIPLY_ADDS = 1L << 18;

  /** Up to this size, which some first-level caches have, one stream is tried too. */
  private static final long SMALL = 96 << 10;

  /** From this size on, a little below that of second-level caches, blocks are tried. */
  private static final long LARGE = 512 << 10;

  private static final int BLOCK_FLOATS = (256 << 10) / Float.BYTES;

  /** Up to this size every place is tried. */
  private static final long PLACED = 1 << 20;

  /** Objects begin at multiples of 8 bytes, so these are all places within a line of 64. */
  private static final int PLACES = 8;

  private static final int FLOATS_APART = 2;

  /** So much is read in one call at least: asking for the CPU time takes a microsecond. */
  private static final long CALL_BYTES = 8L << 20;

  /** Ways that are tried after a glance at all. */
  private static final int FINALISTS = 3;

  private final float[] sums;
  private final double amountPerCall;
  private final double expectedSum;
  private final Runnable call;

  private TimedLoop(float[] sums, double amountPerCall, double expectedSum, Runnable call) {
    this.sums = sums;
    this.amountPerCall = amountPerCall;
    this.expectedSum = expectedSum;
    this.call = call;
  }

  private static float[] newSums(CeilingLoops loops) {
    return new float[CeilingLoops.CHAINS * loops.lanes()];
  }

  /** Multiply-adds in registers; its rate is in floating-point operations, two each. */
  static TimedLoop multiplyAdds(CeilingLoops loops) {
    float[] sums = newSums(loops);
    double each = MULTIPLY_ADDS;
    return new TimedLoop(
        sums,
        2 * each * sums.length,
        each * sums.length,
        () -> loops.multiplyAdd(MULTIPLY_ADDS, 1, 1, sums));
  }

  /**
   * The ways of reading one array again and again, the fastest of which is the ceiling; their rates
   * are in bytes.
   *
   * @throws IllegalArgumentException if {@code bytes} cannot be read evenly
   */
  static List<TimedLoop> readings(CeilingLoops loops, long bytes) {
    int floats = Math.toIntExact(bytes / Float.BYTES);
    if (floats == 0 || bytes % (CeilingLoops.GRANULE * Float.BYTES) != 0) {
      throw new IllegalArgumentException(
          "%d bytes cannot be read evenly; give a multiple of %d"
              .formatted(bytes, CeilingLoops.GRANULE * Float.BYTES));
    }
    float[] sums = newSums(loops);
    // As large everywhere, so that the sum is the same from every place.
    float[] values = new float[floats + PLACES * FLOATS_APART];
    Arrays.fill(values, 1);
    // An even number, so that the next call goes on where this one ends.
    int times = 2 * (int) Math.max(1, CALL_BYTES / bytes / 2);
    double amount = (double) bytes * times;
    double expected = (double) floats * times;
    List<TimedLoop> ways = new ArrayList<>();
    Consumer<Runnable> way = call -> ways.add(new TimedLoop(sums, amount, expected, call));
    for (int place = 0; place < (bytes <= PLACED ? PLACES : 1); place++) {
      int from = place * FLOATS_APART;
      if (bytes <= SMALL) {
        way.accept(() -> loops.read(values, from, floats, times, sums));
      }
      way.accept(() -> loops.readFourStreams(values, from, floats, times, false, sums));
      way.accept(() -> loops.readFourStreams(values, from, floats, times, true, sums));
      if (bytes >= LARGE) {
        way.accept(() -> loops.readBlocksInTurns(values, from, floats, times, BLOCK_FLOATS, sums));
      }
    }
    return ways;
  }

  /**
   * The highest rate of all ways: after a glance at each, of several tries of those few that were
   * the fastest.
   *
   * @param cpuNanos of one try, at least; a glance is a fifth of it
   * @throws IllegalStateException if the sums of a loop are not those of what it claims to do
   */
  static double best(List<TimedLoop> ways, long cpuNanos, int tries) {
    Map<TimedLoop, Double> rates = new LinkedHashMap<>();
    for (TimedLoop way : ways) {
      rates.put(way, way.perSecond(cpuNanos / 5));
    }
    List<TimedLoop> fastest =
        ways.stream().sorted(Comparator.comparing(rates::get).reversed()).limit(FINALISTS).toList();
    double best = 0;
    for (int attempt = 0; attempt < tries; attempt++) {
      for (TimedLoop way : fastest) {
        best = Math.max(best, way.perSecond(cpuNanos));
      }
    }
    return best;
  }

  /**
   * Calls it until so much CPU time has passed.
   *
   * @return what it does in a second
   * @throws IllegalStateException if the sums are not those of what it claims to do
   */
  double perSecond(long cpuNanos) {
    call();
    require();
    long calls = 0;
    long begin = THREADS.getCurrentThreadCpuTime();
    long passed;
    do {
      call();
      calls++;
      passed = THREADS.getCurrentThreadCpuTime() - begin;
    } while (passed < cpuNanos);
    require();
    return calls * amountPerCall * 1e9 / passed;
  }

  private void call() {
    Arrays.fill(sums, 0);
    call.run();
  }

  private void require() {
    double total = 0;
    for (float sum : sums) {
      total += sum;
    }
    if (total != expectedSum) {
      throw new IllegalStateException(
          "a loop of the ceilings gives %s where it must give %s; nothing was timed"
              .formatted(total, expectedSum));
    }
  }
}
