package dev.carryover.tests.bench.operator;

import dev.carryover.job.events.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Events made beforehand: keys uniform over {@code keys}, tokens uniform over a vocabulary, one
 * millisecond between one and the next. Bytes of the Kafka record are those of a small event, since
 * they travel with it.
 */
final class EventPool {
  private static final int EVENTS = 1 << 18;
  private static final int RECORD_BYTES = 48;
  private static final long START_MS = 1_700_000_000_000L;

  private final StreamEvent[] events = new StreamEvent[EVENTS];

  EventPool(int keys, List<String> tokens, long seed) {
    Random random = new Random(seed);
    String[] names = new String[keys];
    for (int key = 0; key < keys; key++) {
      names[key] = "blk_" + Long.toUnsignedString(random.nextLong());
    }
    StreamEvent.Builder builder = StreamEvent.builder();
    for (int i = 0; i < EVENTS; i++) {
      String key = names[random.nextInt(keys)];
      events[i] =
          builder
              .clear()
              .key(key)
              .token(tokens.get(random.nextInt(tokens.size())))
              .timestampMs(START_MS + i)
              .origin("events", 0, i)
              .recordTimestampMs(START_MS + i)
              .record(key.getBytes(StandardCharsets.UTF_8), new byte[RECORD_BYTES])
              .build();
    }
  }

  /** The i-th event of an endless stream, which goes through the pool again and again. */
  StreamEvent event(long i) {
    return events[(int) (i & (EVENTS - 1))];
  }
}
