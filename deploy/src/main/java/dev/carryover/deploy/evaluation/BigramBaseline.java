package dev.carryover.deploy.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The baseline every sequence model has to be shown beside: a sequence is anomalous if it holds a
 * pair of neighbours that no training sequence holds. The beginning and the end count as
 * neighbours, so that a sequence which starts or stops where none did before is found too.
 *
 * <p>Immutable and thread-safe.
 */
public final class BigramBaseline {

  private static final String EDGE = "";

  private final Map<String, Set<String>> followers;

  private BigramBaseline(Map<String, Set<String>> followers) {
    this.followers = followers;
  }

  /**
   * Learns the pairs of the given sequences.
   *
   * @throws IllegalArgumentException if there is no sequence, or a token is empty
   */
  public static BigramBaseline train(List<List<String>> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("A bigram baseline needs at least one training sequence");
    }
    Map<String, Set<String>> followers = new HashMap<>();
    for (List<String> sequence : sequences) {
      String previous = EDGE;
      for (String token : withEnd(sequence)) {
        followers.computeIfAbsent(previous, t -> new HashSet<>()).add(token);
        previous = token;
      }
    }
    return new BigramBaseline(followers);
  }

  /** How many different pairs were learned, edges included. */
  public int pairs() {
    return followers.values().stream().mapToInt(Set::size).sum();
  }

  /** True if the sequence holds a pair that was not learned. */
  public boolean isAnomalous(List<String> sequence) {
    String previous = EDGE;
    for (String token : withEnd(sequence)) {
      if (!followers.getOrDefault(previous, Set.of()).contains(token)) {
        return true;
      }
      previous = token;
    }
    return false;
  }

  private static List<String> withEnd(List<String> sequence) {
    if (sequence.contains(EDGE)) {
      throw new IllegalArgumentException("A token is empty in " + sequence);
    }
    List<String> closed = new ArrayList<>(sequence);
    closed.add(EDGE);
    return closed;
  }
}
