package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.model.spec.ModelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Seeded streams of events with everything that can happen to a sequence. */
public final class TestingStreams {
  /** Silence that some keys keep now and then, in milliseconds: more than a test's gap. */
  static final long SILENCE_MS = 5_000;

  private TestingStreams() {}

  /** How often a key occurs. */
  enum Keys {
    UNIFORM {
      @Override
      int pick(Random random) {
        return random.nextInt(200);
      }
    },
    SKEWED {
      @Override
      int pick(Random random) {
        return (int) (300 * Math.pow(random.nextDouble(), 4));
      }
    },
    ONE {
      @Override
      int pick(Random random) {
        return 0;
      }
    };

    abstract int pick(Random random);
  }

  /**
   * Events in the order of their times, which are distinct, with numbers that rise per key.
   * Repetitions come later than the original and carry its number and time of their own.
   */
  static List<StreamEvent> random(ModelConfig config, Keys keys, int count, long seed) {
    Random random = new Random(seed);
    List<StreamEvent> events = new ArrayList<>();
    Map<Integer, Long> numbers = new HashMap<>();
    long now = 1_000_000;
    for (int position = 0; position < count; position++) {
      now += random.nextInt(100) == 0 ? SILENCE_MS + random.nextInt(10) : 1 + random.nextInt(20);
      if (random.nextInt(20) == 0 && !events.isEmpty()) {
        StreamEvent earlier = events.get(Math.max(0, events.size() - 1 - random.nextInt(10)));
        events.add(repeated(earlier, now, position));
        continue;
      }
      int key = keys.pick(random);
      StreamEvent.Builder event =
          StreamEvent.builder()
              .key("key-" + key)
              .timestampMs(now)
              .sequence(numbers.merge(key, 1L, Long::sum))
              .origin("events", 0, position);
      fill(event, config, random);
      events.add(event.build());
    }
    return events;
  }

  private static StreamEvent repeated(StreamEvent event, long now, int position) {
    StreamEvent.Builder again =
        StreamEvent.builder()
            .key(event.key())
            .timestampMs(now)
            .sequence(event.sequence())
            .token(event.token())
            .end(event.end())
            .origin("events", 0, position);
    return again.features(event.features()).build();
  }

  private static void fill(StreamEvent.Builder event, ModelConfig config, Random random) {
    int kind = random.nextInt(100);
    if (kind < 4) {
      event.end(true);
    } else if (kind < 6) {
      if (random.nextBoolean()) {
        event.token("w3").features(1);
      }
    } else {
      event.end(kind < 9);
      if (config.tokenInput()) {
        event.token(kind < 12 ? "never seen" : token(config, random));
      } else {
        event.features(features(kind < 12 ? 3 : config.inputSize(), random));
      }
    }
  }

  private static String token(ModelConfig config, Random random) {
    return config.vocabulary().token(random.nextInt(config.vocabulary().size()));
  }

  private static float[] features(int count, Random random) {
    float[] features = new float[count];
    for (int i = 0; i < count; i++) {
      features[i] = (float) random.nextGaussian() * 3;
    }
    return features;
  }

  /** A token event. */
  public static StreamEvent token(String key, long timestampMs, String token) {
    return StreamEvent.builder()
        .key(key)
        .timestampMs(timestampMs)
        .token(token)
        .origin("events", 1, timestampMs)
        .build();
  }

  /** A numbered token event. */
  static StreamEvent token(String key, long timestampMs, String token, long sequence) {
    return StreamEvent.builder()
        .key(key)
        .timestampMs(timestampMs)
        .token(token)
        .sequence(sequence)
        .origin("events", 1, timestampMs)
        .build();
  }

  /** A token event that ends its sequence; without a token, the end alone. */
  public static StreamEvent end(String key, long timestampMs, String token) {
    return StreamEvent.builder()
        .key(key)
        .timestampMs(timestampMs)
        .token(token)
        .end(true)
        .origin("events", 1, timestampMs)
        .build();
  }

  /** A feature event. */
  static StreamEvent features(String key, long timestampMs, float... features) {
    return StreamEvent.builder()
        .key(key)
        .timestampMs(timestampMs)
        .features(features)
        .origin("events", 1, timestampMs)
        .build();
  }

  /** Values by key, each key's in order. */
  public static <T> Map<String, List<T>> byKey(List<T> values, Function<T, String> key) {
    return values.stream().collect(Collectors.groupingBy(key));
  }
}
