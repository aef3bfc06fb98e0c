package dev.carryover.tests.bench.swap;

import dev.carryover.job.events.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Events that depart at a steady rate, whatever becomes of them: event i departs i periods after
 * the first, so a pause of the pipeline counts against every event that was due in it.
 *
 * <p>The event time of event i is i, which is how its departure is found again from its inference.
 */
public final class SwapLoad {
  private static final long SPIN_NANOS = 50_000;

  private final String[] keys;
  private final String[] tokens;
  private final int eventsPerSecond;
  private final int seconds;
  private volatile long firstNanos;

  /**
   * A load.
   *
   * @param keyCount keys, in turns
   * @param tokens what events carry, seeded random
   */
  public SwapLoad(int keyCount, List<String> tokens, int eventsPerSecond, int seconds, long seed) {
    Random random = new Random(seed);
    this.keys = new String[keyCount];
    for (int key = 0; key < keyCount; key++) {
      keys[key] = "key-" + Long.toUnsignedString(random.nextLong());
    }
    this.tokens = new String[1 << 12];
    for (int i = 0; i < this.tokens.length; i++) {
      this.tokens[i] = tokens.get(random.nextInt(tokens.size()));
    }
    this.eventsPerSecond = eventsPerSecond;
    this.seconds = seconds;
  }

  int events() {
    return eventsPerSecond * seconds;
  }

  int keyCount() {
    return keys.length;
  }

  int seconds() {
    return seconds;
  }

  /** The event that departs at a second. */
  int eventAt(int second) {
    return eventsPerSecond * second;
  }

  String key(int event) {
    return keys[event % keys.length];
  }

  /** Waits until an event is due, and makes it. */
  StreamEvent depart(int event) {
    if (event == 0) {
      firstNanos = System.nanoTime();
    }
    waitUntil(departureNanos(event));
    return StreamEvent.builder()
        .key(key(event))
        .token(tokens[event & (tokens.length - 1)])
        .timestampMs(event)
        .origin("events", 0, event)
        .recordTimestampMs(event)
        .record(key(event).getBytes(StandardCharsets.UTF_8), new byte[0])
        .build();
  }

  /** Waits until a second has come. */
  void awaitSecond(int second) {
    while (firstNanos == 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    waitUntil(departureNanos(eventAt(second)));
  }

  long departureNanos(int event) {
    return firstNanos + event * TimeUnit.SECONDS.toNanos(1) / eventsPerSecond;
  }

  private static void waitUntil(long nanos) {
    long left = nanos - System.nanoTime();
    while (left > 0) {
      if (left > SPIN_NANOS) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
      left = nanos - System.nanoTime();
    }
  }
}
