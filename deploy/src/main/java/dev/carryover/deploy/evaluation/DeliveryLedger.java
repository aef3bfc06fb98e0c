package dev.carryover.deploy.evaluation;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps account of what was delivered: each (key, start of the sequence, step) must come once, and
 * the steps of a sequence must be 1, 2, 3 ... without a hole.
 *
 * <p>Belongs to one thread.
 */
public final class DeliveryLedger {

  private final Map<Sequence, Steps> sequences = new HashMap<>();
  private long delivered;
  private long doubled;

  private record Sequence(String key, long startMs) {}

  private static final class Steps {
    final Map<Long, Integer> timesSeen = new TreeMap<>();
    long last;
  }

  /**
   * Notes one delivery.
   *
   * @return false if it was there before
   */
  public boolean deliver(String key, long sequenceStartMs, long step) {
    Steps steps = sequences.computeIfAbsent(new Sequence(key, sequenceStartMs), s -> new Steps());
    delivered++;
    steps.last = Math.max(steps.last, step);
    if (steps.timesSeen.merge(step, 1, Integer::sum) > 1) {
      doubled++;
      return false;
    }
    return true;
  }

  /** All deliveries, doubled ones included. */
  public long delivered() {
    return delivered;
  }

  /** Deliveries of something that had been delivered before. */
  public long doubled() {
    return doubled;
  }

  /** Steps that are absent although a later step of the same sequence was delivered. */
  public long holes() {
    return sequences.values().stream().mapToLong(s -> s.last - s.timesSeen.size()).sum();
  }

  /** How many sequences were seen. */
  public int sequences() {
    return sequences.size();
  }

  /** How many different steps of a key were delivered, over all its sequences. */
  public Map<String, Long> stepsByKey() {
    Map<String, Long> steps = new HashMap<>();
    sequences.forEach(
        (sequence, s) -> steps.merge(sequence.key(), (long) s.timesSeen.size(), Long::sum));
    return steps;
  }
}
