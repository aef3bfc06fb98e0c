package dev.carryover.tests.bench.ceilings;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Measures {@link Ceilings} on the calling thread, by its CPU clock: the best of several tries. */
public final class CeilingMeasurement {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

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
    warmUp();
    TreeMap<Long, Double> read = new TreeMap<>();
    List<TimedLoop> multiplyAdds = List.of(TimedLoop.multiplyAdds(loops));
    double operations = best(multiplyAdds);
    for (long bytes : sizes) {
      read.put(bytes, best(TimedLoop.readings(loops, bytes)));
    }
    // Once more, for a core that was not at its full clock yet.
    operations = Math.max(operations, best(multiplyAdds));
    return new Ceilings(loops.lanes(), operations, read);
  }

  /** Until the compiler is done with all loops: what is timed first would pay for it. */
  private void warmUp() {
    float[] values = new float[4 * CeilingLoops.GRANULE];
    float[] sums = new float[CeilingLoops.CHAINS * loops.lanes()];
    long begin = THREADS.getCurrentThreadCpuTime();
    while (THREADS.getCurrentThreadCpuTime() - begin < 10 * sampleNanos) {
      loops.multiplyAdd(values.length, 1, 1, sums);
      for (int i = 0; i < 100; i++) {
        loops.read(values, 0, values.length, 2, sums);
        loops.readFourStreams(values, 0, values.length, 2, true, sums);
        loops.readBlocksInTurns(values, 0, values.length, 2, values.length, sums);
      }
    }
  }

  private double best(List<TimedLoop> ways) {
    return TimedLoop.best(ways, sampleNanos, tries);
  }
}
