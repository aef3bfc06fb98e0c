package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.end;
import static dev.carryover.job.operator.TestingStreams.features;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.Takeover;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatorMetricsTest {
  @TempDir Path folder;

  private TestingHarness start(TestingSettings settings) throws Exception {
    return TestingHarness.start(TestingModels.NEXT_TOKEN.in(folder), settings);
  }

  /** Dashboards name them: this list only grows. */
  @Test
  void theNamesOfTheMetricsArePinned() throws Exception {
    Set<String> names =
        new TreeSet<>(
            Set.of(
                "events",
                "steps",
                "duplicates",
                "alerts",
                "statesOfAnotherLayout",
                "keysExpired",
                "batchFill",
                "stepTimeNanos",
                "residentKeys",
                "keysOnOlderRevisions",
                "activeRevision",
                "residentModels",
                "modelLoadMs",
                "modelWaitMs",
                "stateCacheHits",
                "stateCacheMisses",
                "statesOfMissingRevision",
                "replaysNotFinite",
                "transductions",
                "transductionsWithoutAnswer",
                "decoderStepNanos",
                "pendingDecodes",
                "eventTimeLagMs",
                "cause.END_TOKEN.sequencesEnded",
                "cause.END_FLAG.sequencesEnded",
                "cause.INACTIVITY_GAP.sequencesEnded",
                "cause.MAXIMUM_LENGTH.sequencesEnded"));
    for (RejectReason reason : RejectReason.values()) {
      names.add("reason." + reason + ".deadLetters");
    }
    for (RejectionCode code : RejectionCode.values()) {
      names.add("reason." + code + ".modelsRejected");
    }
    for (Takeover.Kind kind : Takeover.Kind.values()) {
      names.add("policy." + kind + ".takeovers");
    }
    try (TestingHarness harness = start(settings())) {
      assertThat(harness.metricNames()).isEqualTo(names);
    }
  }

  @Test
  void eventsAndStepsAreCounted() throws Exception {
    try (TestingHarness harness = start(settings())) {
      harness.send(token("k", 1, "w3"), features("k", 2, 1), end("k", 3, null));
      harness.flush();
      assertThat(harness.counter("events")).isEqualTo(3);
      assertThat(harness.counter("steps")).as("the token and the end").isEqualTo(2);
      assertThat(harness.counter("reason.UNEXPECTED_INPUT.deadLetters")).isEqualTo(1);
      assertThat(harness.counter("cause.END_FLAG.sequencesEnded")).isEqualTo(1);
    }
  }

  @Test
  void theFillOfEveryBatchIsRecorded() throws Exception {
    try (TestingHarness harness = start(settings().batchSize(4))) {
      for (int event = 0; event < 10; event++) {
        harness.send(token("k" + event, event, "w3"));
      }
      harness.flush();
      assertThat(harness.histogram("batchFill").getStatistics().getValues())
          .containsExactly(4, 4, 2);
    }
  }

  @Test
  void everyStepOfEightRowsIsTimed() throws Exception {
    try (TestingHarness harness = start(settings().batchSize(8))) {
      for (int event = 0; event < 24; event++) {
        harness.send(token("k" + event, event, "w3"));
      }
      assertThat(harness.histogram("stepTimeNanos").getCount()).isEqualTo(3);
      assertThat(harness.histogram("stepTimeNanos").getStatistics().getMin()).isPositive();
    }
  }

  @Test
  void ofStepsOfFewerRowsTheFirstIsTimedAndEverySixteenthAfterIt() throws Exception {
    try (TestingHarness harness = start(settings().batchSize(1))) {
      List<Long> timed = new ArrayList<>();
      for (int event = 0; event < 34; event++) {
        harness.send(token("k" + event, event, "w3"));
        timed.add(harness.histogram("stepTimeNanos").getCount());
      }
      assertThat(harness.counter("steps")).isEqualTo(34);
      assertThat(timed.subList(0, 16)).containsOnly(1L);
      assertThat(timed.subList(16, 32)).containsOnly(2L);
      assertThat(timed.subList(32, 34)).containsOnly(3L);
    }
  }

  @Test
  void lookUpsThatTheCacheSavesAreCountedOncePerKeyAndBatch() throws Exception {
    try (TestingHarness harness = start(settings())) {
      harness.send(token("a", 1, "w3"), token("b", 1, "w3"), token("a", 2, "w3"));
      harness.flush();
      assertThat(harness.counter("stateCacheMisses")).as("a and b are new").isEqualTo(2);
      assertThat(harness.counter("stateCacheHits")).isZero();
      harness.send(token("a", 3, "w3"), token("c", 3, "w3"));
      harness.flush();
      assertThat(harness.counter("stateCacheMisses")).as("c is new").isEqualTo(3);
      assertThat(harness.counter("stateCacheHits")).isEqualTo(1);
    }
  }

  @Test
  void withoutACacheEveryLookUpIsAMiss() throws Exception {
    try (TestingHarness harness = start(settings().cacheBytes(0))) {
      for (int batch = 0; batch < 3; batch++) {
        harness.send(token("a", batch, "w3"), token("b", batch, "w3"));
        harness.flush();
      }
      assertThat(harness.counter("stateCacheMisses")).isEqualTo(6);
      assertThat(harness.counter("stateCacheHits")).isZero();
    }
  }

  @Test
  void residentKeysFollowBeginningsAndEnds() throws Exception {
    try (TestingHarness harness = start(settings().gapMs(10))) {
      assertThat(harness.gauge("residentKeys")).isEqualTo(0L);
      harness.send(token("a", 1, "w3"), token("b", 1, "w3"), token("c", 1, "<eos>"));
      harness.flush();
      assertThat(harness.gauge("residentKeys")).isEqualTo(2L);
      harness.send(token("b", 2, "<eos>"));
      harness.flush();
      assertThat(harness.gauge("residentKeys")).isEqualTo(1L);
      harness.watermark(100);
      assertThat(harness.gauge("residentKeys")).isEqualTo(0L);
    }
  }

  @Test
  void eventTimeLagIsThatOfTheLatestEvent() throws Exception {
    try (TestingHarness harness = start(settings())) {
      assertThat(harness.gauge("eventTimeLagMs")).isEqualTo(0L);
      long hourAgo = System.currentTimeMillis() - 3_600_000;
      harness.send(token("k", hourAgo, "w3"), token("k", hourAgo - 1000, "w3"));
      assertThat((Long) harness.gauge("eventTimeLagMs")).isCloseTo(3_600_000L, within(600_000L));
    }
  }
}
