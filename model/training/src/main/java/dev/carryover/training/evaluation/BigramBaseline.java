package dev.carryover.training.evaluation;

import dev.carryover.training.data.TrainingSequence;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What every detector has to be shown beside: a sequence is anomalous if it holds a pair of
 * neighbours that no training sequence holds, or, besides, if it is shorter than every training
 * sequence. Beginning and end count as neighbours. No label is looked at.
 *
 * <p>Immutable and thread-safe.
 */
public final class BigramBaseline {
  private static final int EDGE = -1;

  private final Set<Long> pairs;
  private final int shortest;

  private BigramBaseline(Set<Long> pairs, int shortest) {
    this.pairs = pairs;
    this.shortest = shortest;
  }

  /**
   * Learns the pairs and the shortest length of the given sequences.
   *
   * @throws IllegalArgumentException if there is no sequence
   */
  public static BigramBaseline train(List<TrainingSequence> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException(
          "there are 0 sequences to learn pairs of; give at least 1 of training");
    }
    Set<Long> pairs = new HashSet<>();
    int shortest = Integer.MAX_VALUE;
    for (TrainingSequence sequence : sequences) {
      shortest = Math.min(shortest, sequence.length());
      int previous = EDGE;
      for (int token : sequence.tokens()) {
        pairs.add(pair(previous, token));
        previous = token;
      }
      pairs.add(pair(previous, EDGE));
    }
    return new BigramBaseline(pairs, shortest);
  }

  private static long pair(int first, int second) {
    return (long) first << Integer.SIZE | second & 0xffff_ffffL;
  }

  /** How many different pairs were learned, edges included. */
  public int pairs() {
    return pairs.size();
  }

  /** The length of the shortest sequence that was learned of. */
  public int shortest() {
    return shortest;
  }

  /** Whether a sequence holds a pair that was not learned. */
  public boolean holdsUnseenPair(TrainingSequence sequence) {
    int previous = EDGE;
    for (int token : sequence.tokens()) {
      if (!pairs.contains(pair(previous, token))) {
        return true;
      }
      previous = token;
    }
    return !pairs.contains(pair(previous, EDGE));
  }

  /** Whether a sequence is shorter than all that were learned of. */
  public boolean tooShort(TrainingSequence sequence) {
    return sequence.length() < shortest;
  }
}
