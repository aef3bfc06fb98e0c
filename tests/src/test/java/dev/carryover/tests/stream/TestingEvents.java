package dev.carryover.tests.stream;

import dev.carryover.schemas.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Seeded random events of many keys in the order of their times, some keys far busier than others.
 *
 * <p>Among them are end flags with and without a token, end tokens, tokens that no vocabulary has,
 * ends of sequences that do not run, and events that are sent twice. Sequence numbers rise within a
 * key, and two events of a key never have the same time.
 */
public final class TestingEvents {
  /** Time of the first event. */
  public static final long START_MS = 1_700_000_000_000L;

  private TestingEvents() {}

  /**
   * Events of {@code keys} keys.
   *
   * @param words how many tokens {@code w0, w1, ...} there are
   * @param stepMs mean time from one event to the next
   */
  public static List<Event> random(long seed, int count, int keys, int words, int stepMs) {
    Random random = new Random(seed);
    Map<String, Long> numbers = new HashMap<>();
    List<Event> events = new ArrayList<>(count);
    long now = START_MS;
    while (events.size() < count) {
      now += 1 + random.nextInt(2 * stepMs);
      String key = "key-" + (int) (keys * Math.pow(random.nextDouble(), 2));
      Event event =
          Event.newBuilder()
              .setKey(key)
              .setTimestampMs(now)
              .setSequence(numbers.merge(key, 1L, Long::sum))
              .setToken(token(random, words))
              .setEnd(random.nextInt(40) == 0)
              .build();
      if (random.nextInt(100) == 0) {
        event.setToken(null);
        event.setEnd(true);
      }
      events.add(event);
      if (random.nextInt(50) == 0) {
        events.add(event);
      }
    }
    return events;
  }

  private static String token(Random random, int words) {
    return switch (random.nextInt(100)) {
      case 0 -> TestingModels.END;
      case 1, 2 -> "never-seen-" + random.nextInt(1000);
      default -> "w" + random.nextInt(words);
    };
  }

  /** The same events out of order, each by at most {@code disorderMs} of event time. */
  public static List<Event> disordered(List<Event> events, int disorderMs, long seed) {
    Random random = new Random(seed);
    record Delayed(Event event, long atMs) {}
    return events.stream()
        .map(event -> new Delayed(event, event.getTimestampMs() + random.nextInt(disorderMs)))
        .sorted(Comparator.comparingLong(Delayed::atMs))
        .map(Delayed::event)
        .toList();
  }
}
