package dev.carryover.model.spec;

import dev.carryover.model.vocabulary.Vocabulary;

/**
 * When what a next-token model says of an event is worth an alert. Calibrated on sequences that
 * hold no anomaly, they keep the alerts on such sequences below a stated rate.
 *
 * @param rank a token of at least this rank, 0 being the most likely one, alerts if it is also
 * @param surprisal at least this surprising, in nats
 * @param endSurprisal the end of a sequence alerts when it is at least this surprising; {@link
 *     #NEVER} when it does not
 * @param unknown whether a token that the vocabulary does not hold alerts whatever its rank
 * @param falseAlarmRate the share of sequences without an anomaly that the thresholds were to alert
 *     on, at most
 */
public record AlertThresholds(
    int rank, float surprisal, float endSurprisal, boolean unknown, float falseAlarmRate) {
  /** The surprisal that nothing has. */
  public static final float NEVER = Float.POSITIVE_INFINITY;

  /** Checks that every value is one that can be compared with. */
  public AlertThresholds {
    if (rank < 1) {
      throw new IllegalArgumentException("the alert rank is " + rank + "; it is at least 1");
    }
    checkSurprisal("surprisal", surprisal);
    checkSurprisal("end_surprisal", endSurprisal);
    if (!(falseAlarmRate > 0f && falseAlarmRate < 1f)) {
      throw new IllegalArgumentException(
          "the false alarm rate is " + falseAlarmRate + "; it lies between 0 and 1");
    }
  }

  private static void checkSurprisal(String name, float value) {
    if (!(value >= 0f)) {
      throw new IllegalArgumentException(
          "the alert threshold " + name + " is " + value + "; a surprisal is at least 0 nats");
    }
  }

  /**
   * Whether a scored token alerts. The end token is the end of the sequence.
   *
   * @param vocabulary that of the model
   * @param tokenId the id the token was read as
   * @param tokenRank its rank
   * @param tokenSurprisal its surprisal in nats
   */
  public boolean alerts(Vocabulary vocabulary, int tokenId, int tokenRank, float tokenSurprisal) {
    if (tokenId == vocabulary.endId()) {
      return tokenSurprisal >= endSurprisal;
    }
    if (unknown && tokenId == vocabulary.unknownId()) {
      return true;
    }
    return tokenRank >= rank && tokenSurprisal >= surprisal;
  }
}
