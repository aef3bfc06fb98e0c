package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.end;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is kept of a key for longer than it is needed. */
class StateHygieneTest {
  @TempDir Path folder;

  private ModelReference model;

  @BeforeEach
  void writeModel() {
    model = TestingModels.NEXT_TOKEN.in(folder);
  }

  private static void expectNothingKept(TestingHarness harness) {
    assertThat(harness.keyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
    assertThat(harness.gauge("residentKeys")).isEqualTo(0L);
  }

  @Test
  void anIdleKeyExpiresWithoutAVerdict() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().expireAfterMs(100))) {
      harness.send(token("k", 1, "w3"));
      harness.watermark(101);
      assertThat(harness.keyedStateEntries()).isEqualTo(1);
      harness.watermark(102);
      expectNothingKept(harness);
      assertThat(harness.inferences()).hasSize(1);
      assertThat(harness.counter("keysExpired")).isEqualTo(1);
    }
  }

  @Test
  void theNextEventOfAnExpiredKeyFindsItForgottenThoughTheWatermarkLags() throws Exception {
    TestingSettings settings = settings().expireAfterMs(100).deduplicate();
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("k", 1, "w3", 9), token("k", 101, "w3", 10), token("k", 202, "w3", 2));
      harness.flush();
      assertThat(harness.inferences())
          .extracting(Inference::getSequenceStartMs, Inference::getStep)
          .containsExactly(tuple(1L, 1L), tuple(1L, 2L), tuple(202L, 1L));
      assertThat(harness.counter("keysExpired")).isEqualTo(1);
    }
  }

  @Test
  void everyWayToEndASequenceLeavesNothing() throws Exception {
    TestingSettings settings = settings().gapMs(50).maximumLength(3).expireAfterMs(1000);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("token", 1, "w3"), token("flag", 1, "w3"));
      harness.send(token("length", 1, "w3"), token("length", 2, "w3"));
      harness.flush();
      assertThat(harness.numEventTimeTimers()).isEqualTo(3);
      harness.send(token("token", 2, "<eos>"), end("flag", 2, null), token("length", 3, "w3"));
      harness.flush();
      expectNothingKept(harness);
      harness.send(token("gap", 4, "w3"));
      harness.watermark(55);
      expectNothingKept(harness);
    }
  }

  @Test
  void aTimerIsSetOncePerGapAndNotOncePerEvent() throws Exception {
    TestingSettings settings = settings().batchSize(1).gapMs(1000);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      for (int event = 0; event < 500; event++) {
        harness.send(token("k", event, "w3"));
        assertThat(harness.numEventTimeTimers()).isEqualTo(1);
      }
      harness.watermark(1000);
      assertThat(harness.numEventTimeTimers()).as("1001 is the first event's").isEqualTo(1);
      harness.watermark(1001);
      assertThat(harness.numEventTimeTimers()).as("set again for the last event").isEqualTo(1);
      assertThat(harness.counter("cause.INACTIVITY_GAP.sequencesEnded")).isZero();
      harness.watermark(499 + 1000);
      assertThat(harness.counter("cause.INACTIVITY_GAP.sequencesEnded")).isZero();
      harness.watermark(499 + 1001);
      assertThat(harness.counter("cause.INACTIVITY_GAP.sequencesEnded")).isEqualTo(1);
      expectNothingKept(harness);
    }
  }

  @Test
  void aKeyThatNeverExpiresHasNoTimerAndOutlivesTheInput() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings())) {
      harness.send(token("k", 1, "w3"));
      harness.flush();
      assertThat(harness.numEventTimeTimers()).isZero();
      harness.end();
      assertThat(harness.keyedStateEntries()).isEqualTo(1);
    }
  }

  @Test
  void aSequenceNumberOutlivesTheSequenceAndThenExpires() throws Exception {
    TestingSettings settings = settings().deduplicate().gapMs(50).expireAfterMs(100);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("k", 1, "w3", 1), token("k", 2, "<eos>", 2));
      harness.send(token("k", 3, "w3", 1), token("k", 4, "<eos>", 2), end("k", 5, null));
      harness.flush();
      assertThat(harness.inferences()).hasSize(2);
      assertThat(harness.counter("duplicates")).isEqualTo(2);
      assertThat(harness.keyedStateEntries()).isEqualTo(1);
      harness.watermark(102);
      assertThat(harness.keyedStateEntries()).isEqualTo(1);
      harness.watermark(103);
      expectNothingKept(harness);
    }
  }

  @Test
  void rememberingASequenceNumberChangesNoVerdict() throws Exception {
    List<List<Inference>> verdicts = new ArrayList<>();
    for (TestingSettings settings : List.of(settings(), settings().deduplicate())) {
      try (TestingHarness harness = TestingHarness.start(model, settings.gapMs(50))) {
        harness.send(token("k", 90, "w3", 1), token("k", 100, "<eos>", 2));
        harness.send(token("k", 70, "w3", 3)); // out of order: before the end of the last sequence
        harness.end();
        verdicts.add(harness.inferences());
      }
    }
    assertThat(verdicts.get(0)).hasSize(4).isEqualTo(verdicts.get(1));
    assertThat(verdicts.get(0).get(3).getTimestampMs()).isEqualTo(70);
  }

  @Test
  void aTimerForTheExpiryGivesWayToTheGapOfANewSequence() throws Exception {
    TestingSettings settings = settings().deduplicate().gapMs(50).expireAfterMs(1000);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("k", 1, "<eos>", 1));
      harness.flush();
      harness.send(token("k", 2, "w3", 2));
      harness.watermark(53);
      assertThat(harness.counter("cause.INACTIVITY_GAP.sequencesEnded")).isEqualTo(1);
      assertThat(harness.numEventTimeTimers()).isEqualTo(1);
      harness.watermark(1003);
      expectNothingKept(harness);
    }
  }

  @Test
  void aDuplicateIsKnownAfterARestore() throws Exception {
    OperatorSettings settings = settings().deduplicate().build();
    for (Backend backend : Backend.values()) {
      OperatorSubtaskState state;
      try (TestingHarness harness = TestingHarness.start(backend, model, settings)) {
        harness.send(token("k", 1, "w3", 7), token("ended", 1, "<eos>", 7));
        state = harness.checkpoint();
      }
      try (TestingHarness harness = TestingHarness.restore(backend, model, settings, state)) {
        harness.send(token("k", 1, "w3", 7), token("ended", 1, "<eos>", 7));
        harness.send(token("k", 1, "w3", 6), token("k", 2, "w4", 8));
        harness.flush();
        assertThat(harness.inferences()).extracting(Inference::getStep).containsExactly(2L);
        assertThat(harness.counter("duplicates")).isEqualTo(3);
      }
    }
  }

  @Test
  void eventsWithoutNumbersAreNeverDuplicates() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().deduplicate())) {
      harness.send(token("k", 1, "w3", 7), token("k", 1, "w3"), token("k", 1, "w3"));
      harness.flush();
      assertThat(harness.inferences()).hasSize(3);
    }
  }

  @Test
  void whatWaitsForTheWatermarkIsGoneWithItsRelease() throws Exception {
    TestingSettings settings = settings().eventTimeOrder().gapMs(10);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      for (int event = 0; event < 200; event++) {
        harness.send(token("k" + event % 7, event / 3, "w3"));
      }
      harness.end();
      expectNothingKept(harness);
    }
  }
}
