package dev.carryover.deploy.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.SequenceEnd;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class InferenceTallyTest {

  /** Every key has two events; the n-th of any was sent at n x 100 ns. */
  private static final InferenceTally.SendTimes SEND_TIMES =
      new InferenceTally.SendTimes() {
        @Override
        public int events(String key) {
          return 2;
        }

        @Override
        public long sentNanos(String key, int n) {
          return n * 100L;
        }
      };

  private final InferenceTally tally = new InferenceTally(SEND_TIMES, 9, 10);

  @Test
  void scoresAddUpByKeyOverItsSequences() {
    tally.add(inference("a", 1, 1, 3, 0.5f, null), 10);
    tally.add(inference("a", 1, 2, 9, 2.5f, SequenceEnd.INACTIVITY_GAP), 10);
    tally.add(inference("a", 7, 1, 0, 0.25f, null), 10);
    assertThat(tally.scores()).containsEntry("a", new SequenceScore(3, 9, 3.25, 2.5));
    assertThat(tally.ledger().sequences()).isEqualTo(2);
    assertThat(tally.ends()).isEqualTo(1);
    assertThat(tally.alerting()).isEqualTo(1);
  }

  @Test
  void latencyIsTakenFromTheEventThatWasScored() {
    tally.add(inference("a", 1, 1, 0, 0, null), 40);
    tally.add(inference("a", 1, 2, 0, 0, SequenceEnd.INACTIVITY_GAP), 50);
    tally.add(inference("a", 7, 1, 0, 0, null), 130);
    assertThat(tally.latencies().percentile(0.5)).isEqualTo(Duration.ofNanos(30));
    assertThat(tally.latencies().percentile(1)).isEqualTo(Duration.ofNanos(40));
    assertThat(tally.lastNanos()).isEqualTo(130);
  }

  @Test
  void whatIsDeliveredTwiceIsNotedAndScoredOnce() {
    tally.add(inference("a", 1, 1, 3, 0.5f, null), 10);
    tally.add(inference("a", 1, 1, 3, 0.5f, null), 20);
    assertThat(tally.ledger().doubled()).isEqualTo(1);
    assertThat(tally.scores()).containsEntry("a", new SequenceScore(1, 3, 0.5, 0.5));
  }

  private static Inference inference(
      String key, long start, long step, int rank, float surprisal, SequenceEnd end) {
    return Inference.newBuilder()
        .setKey(key)
        .setTimestampMs(start)
        .setSequenceStartMs(start)
        .setStep(step)
        .setModelId("m")
        .setRevision(1)
        .setPrediction(
            NextToken.newBuilder()
                .setToken("5")
                .setSurprisalNats(surprisal)
                .setRank(rank)
                .setExpected(List.of())
                .setNext(List.of())
                .build())
        .setSequenceEnd(end)
        .build();
  }
}
