package dev.carryover.tests.bench.operator;

import dev.carryover.job.events.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Events made beforehand: every key once, in disorder, then keys uniform over {@code keys}; tokens
 * uniform over a vocabulary; one millisecond between one and the next. Bytes of the Kafka record
 * are those of a small event, since they travel with it.
 */
final class EventPool {
  private static final int LEAST_EVENTS = 1 << 18;
  private static final int RECORD_BYTES = 48;
  private static final long START_MS = 1_700_000_000_000L;

  private final StreamEvent[] events;
  private final int keys;

  EventPool(int keys, List<String> tokens, long seed) {
    this.keys = keys;
    this.events = new StreamEvent[Integer.highestOneBit(Math.max(LEAST_EVENTS, 2 * keys - 1))];
    Random random = new Random(seed);
    String[] names = new String[keys];
    byte[][] recordKeys = new byte[keys][];
    for (int key = 0; key < keys; key++) {
      names[key] = "blk_" + Long.toUnsignedString(random.nextLong());
      recordKeys[key] = names[key].getBytes(StandardCharsets.UTF_8);
    }
    byte[] recordValue = new byte[RECORD_BYTES];
    StreamEvent.Builder builder = StreamEvent.builder();
    for (int i = 0; i < events.length; i++) {
      // Names are random, so those of the first pass are in disorder already.
      int key = i < keys ? i : random.nextInt(keys);
      events[i] =
          builder
              .clear()
              .key(names[key])
              .token(tokens.get(random.nextInt(tokens.size())))
              .timestampMs(START_MS + i)
              .origin("events", 0, i)
              .recordTimestampMs(START_MS + i)
              .record(recordKeys[key], recordValue)
              .build();
    }
  }

  /** How many events come before every key has had one. */
  int keys() {
    return keys;
  }

  /** The i-th event of an endless stream, which goes through the pool again and again. */
  StreamEvent event(long i) {
    return events[(int) (i & (events.length - 1))];
  }
}
