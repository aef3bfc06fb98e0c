package dev.carryover.deploy.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.SequenceEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogReportTest {

  private static final HdfsLog LOG =
      new HdfsLog(
          List.of(new BlockEvent(1000, "blk_1", "5"), new BlockEvent(2000, "blk_2", "7")),
          Map.of("blk_1", false, "blk_2", true),
          List.of(List.of("5")));
  private static final Map<String, SequenceScore> REFERENCE =
      Map.of("blk_1", new SequenceScore(2, 1, 1, 0.5), "blk_2", new SequenceScore(2, 11, 8, 4));

  private static final LogEvents EVENTS = new LogEvents(LOG, Optional.empty());

  private final InferenceTally tally =
      new InferenceTally(EVENTS.sendTimes(new EventFeed(EVENTS)), 9, 2);

  @Test
  void everythingOnceAndAsPyTorchSaysPasses() {
    deliverAll();
    LogReport report = report(2, List.of(), Optional.empty());
    assertThat(report.passed()).isTrue();
    assertThat(report.text())
        .contains("2 of 2 blocks agree")
        .contains("4 of 4 inferences, 0 doubled, 0 left out")
        .containsPattern("hdfs-gru64, top-11 +1 +0 +0 +1\\.000 +1\\.000 +1\\.000")
        .containsPattern("bigram +1 +0 +0 +1\\.000")
        .endsWith("PASS\n");
  }

  @Test
  void anInferenceThatIsLostFails() {
    deliver("blk_1", 1000, 1, 0, 0.5f, null);
    LogReport report = report(0, List.of(), Optional.empty());
    assertThat(report.passed()).isFalse();
    assertThat(report.text())
        .contains("1 of 4 inferences")
        .contains("blk_2: expected")
        .endsWith("FAIL\n");
  }

  @Test
  void aRunWithoutAnyInferenceFailsAndSaysWhereToLook() {
    LogReport report = report(0, List.of(), Optional.empty());
    assertThat(report.passed()).isFalse();
    assertThat(report.text()).contains("no inference became visible").endsWith("FAIL\n");
  }

  @Test
  void anInferenceThatIsDoubledFails() {
    deliverAll();
    deliver("blk_2", 2000, 2, 11, 4f, SequenceEnd.END_FLAG);
    LogReport report = report(2, List.of(), Optional.empty());
    assertThat(report.passed()).isFalse();
    assertThat(report.text()).contains("1 doubled");
  }

  @Test
  void aDeadLetterFailsAndIsShown() {
    deliverAll();
    LogReport report =
        report(2, List.of("dead-letters: events-0@7 UNKNOWN_TOKEN: why"), Optional.empty());
    assertThat(report.passed()).isFalse();
    assertThat(report.text()).contains("1 dead letters").contains("events-0@7 UNKNOWN_TOKEN: why");
  }

  @Test
  void anAlertThatIsLostFails() {
    deliverAll();
    assertThat(report(1, List.of(), Optional.empty()).passed()).isFalse();
  }

  @Test
  void withAGapSequencesAreCountedInsteadOfAgreement() {
    deliverAll();
    LogReport report = report(2, List.of(), Optional.of(Duration.ofHours(6)));
    assertThat(report.passed()).isTrue();
    assertThat(report.text())
        .contains("2 instead of 2: a block that is silent for longer than 6h begins a new one")
        .doesNotContain("PyTorch");
  }

  private void deliverAll() {
    deliver("blk_1", 1000, 1, 0, 0.5f, null);
    deliver("blk_1", 1000, 2, 1, 0.5f, SequenceEnd.END_FLAG);
    deliver("blk_2", 2000, 1, 11, 4f, null);
    deliver("blk_2", 2000, 2, 11, 4f, SequenceEnd.END_FLAG);
  }

  private void deliver(
      String key, long start, long step, int rank, float surprisal, SequenceEnd end) {
    tally.add(
        Inference.newBuilder()
            .setKey(key)
            .setTimestampMs(start)
            .setSequenceStartMs(start)
            .setStep(step)
            .setModelId("hdfs-gru64")
            .setRevision(1)
            .setPrediction(
                NextToken.newBuilder()
                    .setToken("5")
                    .setSurprisalNats(surprisal)
                    .setRank(rank)
                    .setExpected(List.of())
                    .build())
            .setSequenceEnd(end)
            .build(),
        0);
  }

  private LogReport report(long alerts, List<String> rejected, Optional<Duration> gap) {
    LogSettings settings =
        new LogSettings(
            Path.of("."),
            new DemoSettings(1, "heap", 0, Duration.ofSeconds(1), KernelChoice.AUTO),
            gap,
            1);
    return new LogReport(
        settings,
        LOG,
        new LogResult(4, 2, Duration.ofSeconds(1), tally, alerts, rejected),
        REFERENCE);
  }
}
