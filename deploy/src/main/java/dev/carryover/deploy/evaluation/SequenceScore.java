package dev.carryover.deploy.evaluation;

/**
 * What a next-token model says of one sequence, the end of it included.
 *
 * @param steps how many tokens were scored
 * @param worstRank the largest rank of an observed token; 0 = always the most likely one
 * @param sumSurprisal nats, over all scored tokens
 * @param maxSurprisal nats, of the most surprising token
 */
public record SequenceScore(int steps, int worstRank, double sumSurprisal, double maxSurprisal) {

  /** The score of a sequence of which nothing has been scored yet. */
  public static final SequenceScore EMPTY = new SequenceScore(0, 0, 0, 0);

  /** This score after one more token. */
  public SequenceScore plus(int rank, float surprisalNats) {
    return new SequenceScore(
        steps + 1,
        Math.max(worstRank, rank),
        sumSurprisal + surprisalNats,
        Math.max(maxSurprisal, surprisalNats));
  }

  /** The score of two sequences together. */
  public SequenceScore plus(SequenceScore other) {
    return new SequenceScore(
        steps + other.steps,
        Math.max(worstRank, other.worstRank),
        sumSurprisal + other.sumSurprisal,
        Math.max(maxSurprisal, other.maxSurprisal));
  }
}
