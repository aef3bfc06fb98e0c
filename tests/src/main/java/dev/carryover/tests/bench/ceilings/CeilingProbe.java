package dev.carryover.tests.bench.ceilings;

import java.util.List;

/**
 * Measures the ceilings at one size again and again, each time briefly: between the iterations of
 * what is compared with them, in its process. A virtual core is faster in one minute than in the
 * next, and a share of ceilings that were measured elsewhere is one of two moods of its host.
 *
 * <p>Like {@link CeilingMeasurement}, the highest rate of all ways and of several tries. Belongs to
 * one thread.
 */
public final class CeilingProbe {
  private static final int TRIES = 3;
  private static final long TRY_NANOS = 3_000_000;

  private final List<TimedLoop> multiplyAdds;
  private final List<TimedLoop> readings;
  private final long tryNanos;

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
    this(bytes, TRY_NANOS);
  }

  CeilingProbe(long bytes, long tryNanos) {
    CeilingLoops loops = CeilingLoops.load();
    this.multiplyAdds = List.of(TimedLoop.multiplyAdds(loops));
    this.readings = TimedLoop.readings(loops, bytes);
    this.tryNanos = tryNanos;
  }

  /**
   * Measures for some 50 ms of CPU time. The first time the compiler takes its part of it.
   *
   * @throws IllegalStateException if a loop gives another result than what it claims to do
   */
  public Reached measure() {
    return new Reached(
        TimedLoop.best(multiplyAdds, tryNanos, TRIES), TimedLoop.best(readings, tryNanos, TRIES));
  }
}
