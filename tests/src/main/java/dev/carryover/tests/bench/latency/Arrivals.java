package dev.carryover.tests.bench.latency;

import dev.carryover.schemas.Inference;
import java.util.Arrays;

/**
 * When the inference of every event was there. Written by the thread of the sink, read when the job
 * has ended.
 */
final class Arrivals {
  private final SteadyLoad load;
  private final long[] arrivedNanos;
  private final long[] lastSteps;
  private int doubled;
  private int disordered;

  Arrivals(SteadyLoad load) {
    this.load = load;
    this.arrivedNanos = new long[load.count()];
    this.lastSteps = new long[load.events().keys()];
  }

  /** Takes an inference. */
  void arrived(Inference inference) {
    int event = load.events().number(inference);
    if (arrivedNanos[event] != 0) {
      doubled++;
    }
    int key = load.events().keyNumber(event);
    if (inference.getStep() != lastSteps[key] + 1) {
      disordered++;
    }
    lastSteps[key] = inference.getStep();
    arrivedNanos[event] = System.nanoTime();
  }

  /**
   * Requires that every event has one inference, and those of a key are in their order.
   *
   * @throws IllegalStateException if not, with the counts
   */
  void requireAll() {
    long missing = Arrays.stream(arrivedNanos).filter(nanos -> nanos == 0).count();
    if (missing + doubled + disordered > 0) {
      throw new IllegalStateException(
          "of %d events %d have no inference, %d more than one, and %d came out of order; nothing can be said of the time"
              .formatted(arrivedNanos.length, missing, doubled, disordered));
    }
  }

  /** Events per second between the arrivals of two events. */
  double eventsPerSecond(int from, int to) {
    return (to - from) * 1e9 / (arrivedNanos[to] - arrivedNanos[from]);
  }

  /**
   * Percentiles of the latency of the events from one number to before another: from when an event
   * was due to its inference at the sink, in milliseconds.
   */
  double[] percentiles(int from, int to, double... shares) {
    long[] nanos = new long[to - from];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = arrivedNanos[from + i] - load.dueNanos(from + i);
    }
    Arrays.sort(nanos);
    return Arrays.stream(shares)
        .map(share -> nanos[(int) Math.min(nanos.length - 1L, (long) (share * nanos.length))] / 1e6)
        .toArray();
  }
}
