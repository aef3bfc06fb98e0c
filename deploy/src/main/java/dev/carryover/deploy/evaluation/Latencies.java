package dev.carryover.deploy.evaluation;

import java.time.Duration;
import java.util.Arrays;

/** Keeps every latency of a run, to tell exact percentiles. Belongs to one thread. */
public final class Latencies {

  private long[] nanos;
  private int size;

  /** Of about so many values. */
  public Latencies(int expected) {
    this.nanos = new long[Math.max(16, expected)];
  }

  /** Adds a latency. */
  public void add(long latencyNanos) {
    if (size == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * size);
    }
    nanos[size++] = latencyNanos;
  }

  /**
   * The least latency that {@code share} of all do not exceed; zero if there are none.
   *
   * @param share above 0 and at most 1
   */
  public Duration percentile(double share) {
    if (size == 0) {
      return Duration.ZERO;
    }
    long[] sorted = Arrays.copyOf(nanos, size);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * size);
    return Duration.ofNanos(sorted[Math.min(size, Math.max(1, rank)) - 1]);
  }
}
