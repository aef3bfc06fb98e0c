package dev.carryover.deploy.logs;

import java.time.Duration;
import java.util.List;

/**
 * What a run of the demo brought.
 *
 * @param expectedInferences how many inferences there must be: one for each event and one for each
 *     end of a sequence
 * @param expectedSequences how many sequences there must be
 * @param elapsed from the first event sent to the last inference visible
 * @param tally the inferences
 * @param alerts records of the alerts topic
 * @param rejected a line for each record of the dead-letter and the late topic
 */
record LogResult(
    long expectedInferences,
    long expectedSequences,
    Duration elapsed,
    InferenceTally tally,
    long alerts,
    List<String> rejected) {

  LogResult {
    rejected = List.copyOf(rejected);
  }

  /** True if every inference came once, and none came that was not expected. */
  boolean delivered() {
    return tally.ledger().delivered() == expectedInferences
        && tally.ledger().doubled() == 0
        && tally.ledger().holes() == 0
        && tally.ledger().sequences() == expectedSequences
        && tally.ends() == expectedSequences
        && alerts == tally.alerting()
        && rejected.isEmpty();
  }
}
