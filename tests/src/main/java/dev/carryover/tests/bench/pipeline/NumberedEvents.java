package dev.carryover.tests.bench.pipeline;

import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A stream of events, each made from its number: event i has the time {@code i} milliseconds after
 * the first, which is how it is found again from its inference. Immutable; may be shared by
 * threads.
 */
public final class NumberedEvents {
  private static final long START_MS = 1_700_000_000_000L;

  private final String[] keys;
  private final List<String> tokens;
  private final long seed;
  private final IntUnaryOperator keyOf;

  private NumberedEvents(int keys, List<String> tokens, long seed, IntUnaryOperator keyOf) {
    this.keys = new String[keys];
    for (int key = 0; key < keys; key++) {
      this.keys[key] = "blk_" + Long.toUnsignedString(mixed(seed - 1 - key));
    }
    this.tokens = List.copyOf(tokens);
    this.seed = seed;
    this.keyOf = keyOf;
  }

  /** Events of keys that are drawn uniformly, with tokens that are. */
  public static NumberedEvents uniform(int keys, List<String> tokens, long seed) {
    return new NumberedEvents(
        keys, tokens, seed, event -> (int) Long.remainderUnsigned(mixed(~seed + event), keys));
  }

  /** Events of keys in turns, with tokens that are drawn uniformly. */
  public static NumberedEvents inTurns(int keys, List<String> tokens, long seed) {
    return new NumberedEvents(keys, tokens, seed, event -> event % keys);
  }

  /** How many keys there are. */
  public int keys() {
    return keys.length;
  }

  /** The number of an event's key. */
  public int keyNumber(int event) {
    return keyOf.applyAsInt(event);
  }

  /** The key of an event. */
  public String key(int event) {
    return keys[keyNumber(event)];
  }

  /** The token of an event. */
  public String token(int event) {
    return tokens.get((int) Long.remainderUnsigned(mixed(seed + event), tokens.size()));
  }

  /** The time of an event in milliseconds since 1970. */
  public long timestampMs(int event) {
    return START_MS + event;
  }

  /** An event as a record. */
  public Event record(int event) {
    return Event.newBuilder()
        .setKey(key(event))
        .setTimestampMs(timestampMs(event))
        .setToken(token(event))
        .build();
  }

  /** The number of the event that an inference is of. */
  public int number(Inference inference) {
    return (int) (inference.getTimestampMs() - START_MS);
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014): uniform bits of any number. */
  private static long mixed(long number) {
    long z = number * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
