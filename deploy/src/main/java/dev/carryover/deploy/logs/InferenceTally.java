package dev.carryover.deploy.logs;

import dev.carryover.deploy.evaluation.DeliveryLedger;
import dev.carryover.deploy.evaluation.Latencies;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.util.HashMap;
import java.util.Map;

/**
 * Adds up the inferences of next-token models: the score of every key, which deliveries there were,
 * and how long each took. Belongs to one thread.
 */
final class InferenceTally {

  /** Knows when the n-th event of a key was sent. */
  interface SendTimes {
    /** How many events of the key were sent. */
    int events(String key);

    /** The system's nano time at which the n-th (from 0) was sent. */
    long sentNanos(String key, int n);
  }

  private final SendTimes sendTimes;
  private final int alertRank;
  private final DeliveryLedger ledger = new DeliveryLedger();
  private final Map<String, SequenceScore> scores = new HashMap<>();
  private final Map<String, Integer> eventsOfKey = new HashMap<>();
  private final Latencies latencies;
  private long ends;
  private long alerting;
  private long lastNanos;

  InferenceTally(SendTimes sendTimes, int alertRank, int expectedEvents) {
    this.sendTimes = sendTimes;
    this.alertRank = alertRank;
    this.latencies = new Latencies(expectedEvents);
  }

  /**
   * Adds one inference that became visible at a nano time.
   *
   * @throws IllegalArgumentException if it is not of a next-token model
   */
  void add(Inference inference, long visibleNanos) {
    if (!(inference.getPrediction() instanceof NextToken token)) {
      throw new IllegalArgumentException(
          "An inference of model "
              + inference.getModelId()
              + " is a "
              + inference.getPrediction().getClass().getSimpleName()
              + ", expected NextToken");
    }
    String key = inference.getKey();
    lastNanos = visibleNanos;
    if (!ledger.deliver(key, inference.getSequenceStartMs(), inference.getStep())) {
      return;
    }
    scores.merge(
        key,
        SequenceScore.EMPTY.plus(token.getRank(), token.getSurprisalNats()),
        SequenceScore::plus);
    if (token.getRank() >= alertRank) {
      alerting++;
    }
    if (inference.getSequenceEnd() != null) {
      ends++;
    } else {
      // Records of one key stay in one partition and so in their order: the n-th inference is of
      // the n-th event.
      int n = eventsOfKey.merge(key, 1, Integer::sum) - 1;
      if (n < sendTimes.events(key)) {
        latencies.add(visibleNanos - sendTimes.sentNanos(key, n));
      }
    }
  }

  DeliveryLedger ledger() {
    return ledger;
  }

  /** The score of each key, over all its sequences. */
  Map<String, SequenceScore> scores() {
    return scores;
  }

  Latencies latencies() {
    return latencies;
  }

  /** How many inferences ended a sequence. */
  long ends() {
    return ends;
  }

  /** How many inferences have a rank that alerts. */
  long alerting() {
    return alerting;
  }

  /** The nano time at which the last inference became visible. */
  long lastNanos() {
    return lastNanos;
  }
}
