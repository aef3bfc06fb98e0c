package dev.carryover.tests.bench.ceilings;

import java.util.List;

/**
 * Measures the ceilings at one size again and again, each time briefly: between the iterations of
 * what is compared with them, in its process. A virtual core is faster in one minute than in the
 * next, and a share of ceilings that were measured elsewhere is one of two moods of its host.
 *
 * <p>Like {@link CeilingMeasurement}, the highest rate of all ways and of several tries of each.
 * Belongs to one thread.
 */
public final class CeilingProbe {
  private static final int TRIES = 3;
  private static final long MULTIPLY_ADD_NANOS = 15_000_000;
  private static final long READING_NANOS = 30_000_000;

  private final List<TimedLoop> multiplyAdds;
  private final List<TimedLoop> readings;
  private final double share;

  /**
   * What one core reaches now.
   *
   * @param floatingPointPerSecond operations per second of fused multiply-adds, two each
   * @param readPerSecond bytes per second of the array of the probe's size
   */
  public record Reached(double floatingPointPerSecond, double readPerSecond) {}

  /**
   * Makes the array to read.
   *
   * @param bytes a multiple of 1,024
   * @throws IllegalArgumentException if it is not
   */
  public CeilingProbe(long bytes) {
    this(bytes, 1);
  }

  /**
   * @param share of the usual time, for tests
   */
  CeilingProbe(long bytes, double share) {
    CeilingLoops loops = CeilingLoops.load();
    this.multiplyAdds = List.of(TimedLoop.multiplyAdds(loops));
    this.readings = TimedLoop.readings(loops, bytes);
    this.share = share;
  }

  /**
   * Measures for some 45 ms of CPU time. The first time the compiler takes its part of it.
   *
   * @throws IllegalStateException if a loop gives another result than what it claims to do
   */
  public Reached measure() {
    return new Reached(best(multiplyAdds, MULTIPLY_ADD_NANOS), best(readings, READING_NANOS));
  }

  private double best(List<TimedLoop> ways, long nanos) {
    long each = (long) (share * nanos) / (TRIES * ways.size());
    double best = 0;
    for (int attempt = 0; attempt < TRIES; attempt++) {
      for (TimedLoop way : ways) {
        best = Math.max(best, way.perSecond(each));
      }
    }
    return best;
  }
}
