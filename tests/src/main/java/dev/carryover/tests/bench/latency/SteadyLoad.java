package dev.carryover.tests.bench.latency;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.tests.bench.pipeline.NumberedEvents;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Events that depart at a steady rate, whatever becomes of them: event i is due i periods after the
 * first, so a pause of the pipeline counts against every event that was due in it. Or, at no rate,
 * events that depart as fast as they are taken.
 *
 * <p>The thread of the source writes when the first was due; the others read it.
 */
final class SteadyLoad {
  /** A rate of events that wait for nothing. */
  static final int UNPACED = 0;

  /*
   * Where events are due every few microseconds, a source that spins until each is due takes a core from
   * what is measured. So it sleeps when it is ahead, and then sends all that have become due; that it
   * wakes late counts as latency, some 0.1 ms of it.
   */
  private static final long NAP_NANOS = 50_000;

  private final NumberedEvents events;
  private final int count;
  private final int eventsPerSecond;
  private volatile long firstNanos;

  SteadyLoad(NumberedEvents events, int count, int eventsPerSecond) {
    this.events = events;
    this.count = count;
    this.eventsPerSecond = eventsPerSecond;
  }

  int count() {
    return count;
  }

  NumberedEvents events() {
    return events;
  }

  /** Waits until an event is due, and makes it. */
  StreamEvent depart(int event) {
    if (event == 0) {
      firstNanos = System.nanoTime();
    }
    if (eventsPerSecond != UNPACED) {
      long due = dueNanos(event);
      while (due - System.nanoTime() > 0) {
        LockSupport.parkNanos(NAP_NANOS);
      }
    }
    String key = events.key(event);
    return StreamEvent.builder()
        .key(key)
        .token(events.token(event))
        .timestampMs(events.timestampMs(event))
        .origin("events", 0, event)
        .recordTimestampMs(events.timestampMs(event))
        .record(key.getBytes(StandardCharsets.UTF_8), new byte[0])
        .build();
  }

  /** When an event was due; only of a load that has a rate. */
  long dueNanos(int event) {
    return firstNanos + event * TimeUnit.SECONDS.toNanos(1) / eventsPerSecond;
  }
}
