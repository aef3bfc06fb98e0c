package dev.carryover.deploy.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.deploy.logs.TestingLog;
import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.StatePolicy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the tally adds up and what the report makes of it: block a runs at the cutover. */
class CutoverReportTest {

  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final Times TIMES = new Times(0, HOUR, 2 * HOUR, 4 * HOUR);
  private static final HdfsLog LOG =
      TestingLog.builder()
          .event(0, "a", "5")
          .event(2 * HOUR, "b", "5")
          .event(3 * HOUR, "a", "7")
          .event(4 * HOUR, "b", "7")
          .anomalous("b")
          .build();
  private static final Vocabulary TOKENS =
      Vocabulary.of(List.of("<bos>", "<eos>", "<unk>", "5", "7"), "<bos>", "<eos>", "<unk>");

  private RevisionTally tally = tally(StatePolicy.DRAIN);

  @Test
  void everyEventOnceByTheRevisionThatItsSequenceBeganOnPassesUnderDrain() {
    deliver(1, 2);
    tellStatuses();

    CutoverReport report = report(StatePolicy.DRAIN, List.of());

    assertThat(report.text())
        .containsPattern("1 +1970-01-01T00:00:00Z +2 +1 +active .*, superseded on 1 of 1")
        .containsPattern("2 +1970-01-01T02:00:00Z +2 +1 +loaded .*, active on 1 of 1")
        .containsPattern("before, by revision 1 +2\\.0 +1 +0 +0\\.0 +0\\.0 +0 +0 +0\n")
        .containsPattern("after, by revision 1 +2\\.0 +1 +0 +0\\.0 +0\\.0 +0 +0 +0\n")
        .containsPattern("after, by revision 2 +2\\.0 +2 +1 +0\\.5 +500\\.0 +1 +1 +1\n")
        .contains("4 events and 2 ends of sequences, 4 + 2 inferences: 0 doubled, 0 missing")
        .contains("2 of 2 alerts follow the thresholds")
        .contains("0 inferences by another revision")
        .contains("1 sequences ran at the cutover: 0 went from one revision to the other, as drain")
        .endsWith("PASS\n");
    assertThat(report.passed()).isTrue();
  }

  @Test
  void aSequenceThatIsTornFailsUnderDrain() {
    deliver(2, 2);
    tellStatuses();
    CutoverReport report = report(StatePolicy.DRAIN, List.of());
    assertThat(report.passed()).isFalse();
    assertThat(report.text())
        .contains("2 inferences by another revision")
        .contains("1 went from one revision to the other")
        .endsWith("FAIL\n");
  }

  @Test
  void aSequenceThatGoesOverPassesUnderCarry() {
    tally = tally(StatePolicy.CARRY);
    deliver(2, 2);
    tellStatuses();
    CutoverReport report = report(StatePolicy.CARRY, List.of());
    assertThat(report.passed()).isTrue();
    assertThat(report.text()).contains("1 went from one revision to the other\n");
  }

  @Test
  void aRevisionThatServesBeforeItsTimeFails() {
    tally = tally(StatePolicy.CARRY);
    deliver(1, 2);
    tellStatuses();
    assertThat(report(StatePolicy.CARRY, List.of()).passed()).isFalse();
  }

  @Test
  void anInferenceThatIsMissingOrDoubledFails() {
    deliver(1, 2);
    tellStatuses();
    infer("b", 2 * HOUR, 4 * HOUR, 2, 2, 0, null);
    assertThat(report(StatePolicy.DRAIN, List.of()).text())
        .contains("1 doubled")
        .endsWith("FAIL\n");

    tally = tally(StatePolicy.DRAIN);
    infer("a", 0, 0, 1, 1, 0, null);
    tellStatuses();
    assertThat(report(StatePolicy.DRAIN, List.of()).text())
        .contains("5 missing")
        .endsWith("FAIL\n");
  }

  @Test
  void aDeadLetterOrALostAlertOrAStatusThatWasNotToldFails() {
    deliver(1, 2);
    assertThat(report(StatePolicy.DRAIN, List.of()).passed()).isFalse();
    tellStatuses();
    assertThat(report(StatePolicy.DRAIN, List.of("dead-letters: why")).text())
        .contains("1 dead letters", "dead-letters: why")
        .endsWith("FAIL\n");
    tally.alert(null);
    assertThat(report(StatePolicy.DRAIN, List.of()).passed()).isFalse();
  }

  private static RevisionTally tally(StatePolicy policy) {
    RevisionTally tally = new RevisionTally(TIMES, policy, TOKENS, new RevisionStatuses(1));
    tally.thresholds(1, new AlertThresholds(4, 0, 1, false, 0.1f));
    tally.thresholds(2, new AlertThresholds(3, 0, 1, false, 0.1f));
    return tally;
  }

  /** The last event and the end of block a come from this revision, those of b from that. */
  private void deliver(long revisionOfA, long revisionOfB) {
    infer("a", 0, 0, 1, 1, 0, null);
    infer("b", 2 * HOUR, 2 * HOUR, 1, revisionOfB, 3, null);
    infer("a", 0, 3 * HOUR, 2, revisionOfA, 0, null);
    infer("b", 2 * HOUR, 4 * HOUR, 2, revisionOfB, 0, null);
    infer("a", 0, 4 * HOUR, 3, revisionOfA, 0, SequenceEnd.END_FLAG);
    infer("b", 2 * HOUR, 4 * HOUR, 3, revisionOfB, 4, SequenceEnd.END_FLAG);
    tally.alert(null);
    tally.alert(null);
  }

  private void infer(
      String key, long startMs, long timeMs, long step, long revision, int rank, SequenceEnd end) {
    tally.inference(
        Inference.newBuilder()
            .setKey(key)
            .setTimestampMs(timeMs)
            .setSequenceStartMs(startMs)
            .setStep(step)
            .setModelId("m")
            .setRevision(revision)
            .setPrediction(
                NextToken.newBuilder()
                    .setToken(end == null ? "5" : "<eos>")
                    .setSurprisalNats(rank)
                    .setRank(rank)
                    .setExpected(List.of())
                    .build())
            .setSequenceEnd(end)
            .build(),
        0);
  }

  private void tellStatuses() {
    tell(1, RevisionStatus.ACTIVE);
    tell(2, RevisionStatus.LOADED);
    tell(2, RevisionStatus.ACTIVE);
    tell(1, RevisionStatus.SUPERSEDED);
  }

  private void tell(long revision, RevisionStatus status) {
    tally.status(new ModelStatus("m", revision, 0L, status, null, null, 0, 1));
  }

  private CutoverReport report(StatePolicy policy, List<String> rejected) {
    return new CutoverReport(LOG, TIMES, policy, 2, tally, rejected);
  }
}
