package dev.carryover.deploy.evaluation;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps account of what was delivered: each (key, start of the sequence, step) must come once, and
 * the steps of a sequence must be 1, 2, 3 ... without a hole.
 *
 * <p>Belongs to one thread.
 */
public final class DeliveryLedger {

  private final Map<Sequence, BitSet> sequences = new HashMap<>();
  private long delivered;
  private long doubled;

  private record Sequence(String key, long startMs) {}

  /**
   * Notes one delivery.
   *
   * @param step from 1; a sequence is expected to be so short that a bit for each step is no burden
   * @return false if it was there before
   * @throws IllegalArgumentException if the step is below 1 or above 2<sup>31</sup>-1
   */
  public boolean deliver(String key, long sequenceStartMs, long step) {
    if (step < 1 || step > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Step "
              + step
              + " of key "
              + key
              + "; steps are counted from 1 up to "
              + Integer.MAX_VALUE);
    }
    BitSet steps = sequences.computeIfAbsent(new Sequence(key, sequenceStartMs), s -> new BitSet());
    delivered++;
    int bit = (int) step - 1;
    if (steps.get(bit)) {
      doubled++;
      return false;
    }
    steps.set(bit);
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
    return sequences.values().stream().mapToLong(s -> s.length() - s.cardinality()).sum();
  }

  /** How many sequences were seen. */
  public int sequences() {
    return sequences.size();
  }

  /** How many different steps of a key were delivered, over all its sequences. */
  public Map<String, Long> stepsByKey() {
    Map<String, Long> steps = new HashMap<>();
    sequences.forEach(
        (sequence, s) -> steps.merge(sequence.key(), (long) s.cardinality(), Long::sum));
    return steps;
  }
}
