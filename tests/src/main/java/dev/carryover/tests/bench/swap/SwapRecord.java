package dev.carryover.tests.bench.swap;

import dev.carryover.schemas.Inference;
import java.util.Arrays;

/** What came of every event: when its inference was there, and which revision made it. */
public final class SwapRecord {
  private final SwapLoad load;
  private final long[] latencyNanos;
  private final byte[] revisions;
  private final int[] lastEvents;
  private int doubled;
  private int disordered;

  SwapRecord(SwapLoad load) {
    this.load = load;
    this.latencyNanos = new long[load.events()];
    this.revisions = new byte[load.events()];
    this.lastEvents = new int[load.keyCount()];
    Arrays.fill(lastEvents, -1);
  }

  /** Called by the thread of the operator. */
  void arrived(Inference inference) {
    int event = (int) inference.getTimestampMs();
    latencyNanos[event] = System.nanoTime() - load.departureNanos(event);
    if (revisions[event] != 0) {
      doubled++;
    }
    revisions[event] = (byte) inference.getRevision();
    int key = event % load.keyCount();
    if (event <= lastEvents[key]
        || (lastEvents[key] >= 0 && revisions[lastEvents[key]] > revisions[event])) {
      disordered++;
    }
    lastEvents[key] = event;
  }

  /**
   * Checks that every event has one inference, in the order of its key, and that no key went back.
   *
   * @throws IllegalStateException if not, with the counts
   */
  public void require() {
    int missing = 0;
    int announced = 0;
    for (byte revision : revisions) {
      missing += revision == 0 ? 1 : 0;
      announced += revision == 2 ? 1 : 0;
    }
    if (missing + doubled + disordered > 0 || announced == 0) {
      throw new IllegalStateException(
          "of %d events %d have no inference, %d more than one, %d came out of order, and %d were served by the new model; nothing can be said of the time"
              .formatted(revisions.length, missing, doubled, disordered, announced));
    }
  }

  /** The first event that the new model served. */
  public int firstOfNewModel() {
    int event = 0;
    while (revisions[event] != 2) {
      event++;
    }
    return event;
  }

  /** A percentile of the latency of the events that departed in a second, in nanoseconds. */
  public double percentile(int second, double share) {
    long[] sorted =
        Arrays.copyOfRange(latencyNanos, load.eventAt(second), load.eventAt(second + 1));
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
  }
}
