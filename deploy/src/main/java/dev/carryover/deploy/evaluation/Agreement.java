package dev.carryover.deploy.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether two implementations say the same of the same keys: as many steps, the same worst rank,
 * and sums and maxima of the surprisal that differ by no more than a tolerance.
 *
 * @param keys how many keys the reference has
 * @param agreeing how many of them agree
 * @param largestSumDifference nats
 * @param largestMaxDifference nats
 * @param disagreements one line for each key that does not agree, at most {@value #LISTED}
 */
public record Agreement(
    int keys,
    int agreeing,
    double largestSumDifference,
    double largestMaxDifference,
    List<String> disagreements) {

  /** How many disagreements are described. */
  public static final int LISTED = 10;

  /** Copies the list. */
  public Agreement {
    disagreements = List.copyOf(disagreements);
  }

  /**
   * Compares.
   *
   * @param reference what the other implementation says; every key of it must be there
   * @param actual what ours says; a key that the reference lacks is a disagreement too
   * @param toleranceNats how far sum and maximum of the surprisal may be apart
   */
  public static Agreement between(
      Map<String, SequenceScore> reference,
      Map<String, SequenceScore> actual,
      double toleranceNats) {
    int agreeing = 0;
    double largestSum = 0;
    double largestMax = 0;
    List<String> disagreements = new ArrayList<>();
    for (Map.Entry<String, SequenceScore> entry : reference.entrySet()) {
      SequenceScore expected = entry.getValue();
      SequenceScore found = actual.get(entry.getKey());
      if (found != null) {
        double sum = Math.abs(found.sumSurprisal() - expected.sumSurprisal());
        double max = Math.abs(found.maxSurprisal() - expected.maxSurprisal());
        largestSum = Math.max(largestSum, sum);
        largestMax = Math.max(largestMax, max);
        if (found.steps() == expected.steps()
            && found.worstRank() == expected.worstRank()
            && sum <= toleranceNats
            && max <= toleranceNats) {
          agreeing++;
          continue;
        }
      }
      list(disagreements, entry.getKey() + ": expected " + expected + ", found " + found);
    }
    for (Map.Entry<String, SequenceScore> entry : actual.entrySet()) {
      if (!reference.containsKey(entry.getKey())) {
        list(disagreements, entry.getKey() + ": the reference lacks it, found " + entry.getValue());
      }
    }
    return new Agreement(reference.size(), agreeing, largestSum, largestMax, disagreements);
  }

  /** True if every key agrees and there is none besides. */
  public boolean complete() {
    return disagreements.isEmpty();
  }

  private static void list(List<String> lines, String line) {
    if (lines.size() < LISTED) {
      lines.add(line);
    }
  }
}
