package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.end;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.schemas.Transduction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When sequences are decoded, and what comes of those that cannot be. */
class TransductionTest {
  @TempDir Path folder;

  private TestingHarness start(TestingTransducers kind, TestingSettings settings) throws Exception {
    return TestingHarness.start(kind.in(folder), settings);
  }

  private static long pending(TestingHarness harness) {
    return ((Number) harness.gauge("pendingDecodes")).longValue();
  }

  /** How many slices it takes until nothing is pending. */
  private static int slicesUntilDone(TestingHarness harness) throws Exception {
    int slices = 0;
    while (pending(harness) > 0) {
      harness.setProcessingTime(harness.getProcessingTime() + 1);
      slices++;
    }
    return slices;
  }

  private static void expectNothingKept(TestingHarness harness) {
    assertThat(harness.keyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
    assertThat(harness.gauge("residentKeys")).isEqualTo(0L);
  }

  @ParameterizedTest
  @EnumSource
  void onlyTheEndOfASequenceIsAnswered(TestingTransducers kind) throws Exception {
    try (TestingHarness harness = start(kind, settings().gapMs(50).maximumLength(3))) {
      harness.send(token("flag", 1, "w3"), token("alone", 1, "w4"), token("gap", 1, "w5"));
      harness.send(token("length", 1, "w3"), token("length", 2, "w3"));
      harness.flush();
      assertThat(harness.keyedStateEntries()).as("something is kept").isPositive();
      slicesUntilDone(harness);
      assertThat(harness.inferences()).isEmpty();
      harness.send(end("flag", 2, "w4"), end("alone", 2, null), token("length", 3, "w3"));
      harness.watermark(60);
      slicesUntilDone(harness);
      assertThat(harness.inferences())
          .extracting(
              Inference::getKey,
              Inference::getStep,
              Inference::getTimestampMs,
              Inference::getSequenceEnd)
          .containsExactlyInAnyOrder(
              tuple("flag", 2L, 2L, SequenceEnd.END_FLAG),
              tuple("alone", 2L, 2L, SequenceEnd.END_FLAG),
              tuple("gap", 2L, 1L, SequenceEnd.INACTIVITY_GAP),
              tuple("length", 3L, 3L, SequenceEnd.MAXIMUM_LENGTH));
      assertThat(harness.counter("transductions")).isEqualTo(4);
      expectNothingKept(harness);
    }
  }

  @Test
  void answersHoldAsManyHypothesesAndWeightsAsAreAskedFor() throws Exception {
    try (TestingHarness harness =
        start(TestingTransducers.ADDITIVE, settings().beam(5, 3).attention())) {
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"));
      harness.end();
      Transduction answer = (Transduction) harness.inferences().get(0).getPrediction();
      assertThat(answer.getHypotheses()).hasSize(3);
      assertThat(answer.getHypotheses())
          .allSatisfy(
              hypothesis -> {
                assertThat(hypothesis.getAttention()).hasSameSizeAs(hypothesis.getTokens());
                assertThat(hypothesis.getAttention()).allMatch(weights -> weights.size() == 2);
              });
    }
  }

  @Test
  void aCheckpointTakesDecodesAsTheyAreAndARestoreGoesOnFromThere() throws Exception {
    for (TestingTransducers kind : TestingTransducers.values()) {
      OperatorSettings settings = settings().beam(3, 3).build();
      ModelReference model = kind.in(folder);
      int steps;
      List<Inference> whole;
      try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
        harness.send(token("k", 1, "w3"), token("k", 2, "w4"), end("k", 3, "w5"));
        harness.flush();
        steps = slicesUntilDone(harness);
        whole = harness.inferences();
      }
      assertThat(steps).as("steps of %s", kind).isGreaterThan(2);
      for (int before = 0; before < steps; before++) {
        OperatorSubtaskState state;
        try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
          harness.send(token("k", 1, "w3"), token("k", 2, "w4"), end("k", 3, "w5"));
          harness.flush();
          for (int slice = 0; slice < before; slice++) {
            harness.setProcessingTime(harness.getProcessingTime() + 1);
          }
          state = harness.checkpoint();
          assertThat(harness.inferences()).isEmpty();
        }
        try (TestingHarness harness =
            TestingHarness.restore(Backend.HEAP, model, settings, state)) {
          assertThat(pending(harness)).isEqualTo(1);
          assertThat(slicesUntilDone(harness))
              .as("steps of %s after %d", kind, before)
              .isEqualTo(steps - before);
          assertThat(harness.inferences()).isEqualTo(whole);
          expectNothingKept(harness);
        }
      }
    }
  }

  @Test
  void aSliceEndsWithItsTimeAndEventsComeBetween() throws Exception {
    try (TestingHarness harness =
        start(TestingTransducers.ADDITIVE, settings().sliceNanos(0).batchSize(64))) {
      for (int key = 0; key < 100; key++) {
        harness.send(end("k" + key, key, "w3"));
      }
      harness.flush();
      assertThat(pending(harness)).isEqualTo(100);
      harness.send(token("other", 200, "w3"));
      harness.setProcessingTime(harness.getProcessingTime() + 1);
      assertThat(pending(harness)).as("one step of the decoder").isEqualTo(100);
      harness.checkpoint();
      assertThat(pending(harness)).as("a checkpoint decodes nothing").isEqualTo(100);
      assertThat(slicesUntilDone(harness)).isGreaterThan(10);
      assertThat(harness.inferences()).hasSize(100);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"GENERAL", "TWO_DIRECTIONS"})
  void longSourcesTakeTurnsAndComeToTheSameAnswers(TestingTransducers kind) throws Exception {
    OperatorSettings settings = settings().batchSize(32).build();
    TestingTransductionLoop loop = new TestingTransductionLoop(kind.file(), 3, settings);
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, kind.in(folder), settings)) {
      for (int step = 0; step < 700; step++) {
        for (int key = 0; key < 12; key++) {
          String word = "w" + (3 + (step * 7 + key * 5) % 6);
          StreamEvent event =
              step == 699 ? end("k" + key, step, word) : token("k" + key, step, word);
          loop.event(event);
          harness.send(event);
        }
      }
      harness.end();
      assertThat(TestingStreams.byKey(harness.inferences(), Inference::getKey))
          .isEqualTo(loop.inferences());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKeyMayBeginItsNextSequenceAndKeepsTheOrderOfItsAnswers(TestingTransducers kind)
      throws Exception {
    try (TestingHarness harness = start(kind, settings().maximumPending(3))) {
      for (int sequence = 0; sequence < 40; sequence++) {
        long from = 10L * sequence;
        for (int step = 0; step < sequence % 4; step++) {
          harness.send(token("k", from + step, "w" + (3 + (sequence + step) % 5)));
        }
        harness.send(end("k", from + 5, "w" + (3 + sequence % 6)));
      }
      harness.end();
      assertThat(harness.inferences())
          .hasSize(40)
          .extracting(Inference::getTimestampMs)
          .isSorted()
          .doesNotHaveDuplicates();
      expectNothingKept(harness);
    }
  }

  @Test
  void whenTooManyWaitTheTaskDecodesBeforeItTakesEventsIn() throws Exception {
    int most = 10;
    for (Backend backend : Backend.values()) {
      ModelReference model = TestingTransducers.ADDITIVE.in(folder);
      OperatorSettings settings = settings().batchSize(1).maximumPending(most).build();
      try (TestingHarness harness = TestingHarness.start(backend, model, settings)) {
        for (int key = 0; key < 300; key++) {
          harness.send(end("k" + key, key, "w3"));
          assertThat(pending(harness)).isLessThanOrEqualTo(most + 1);
        }
        assertThat(harness.inferences()).hasSizeGreaterThanOrEqualTo(300 - most - 1);
        harness.end();
        assertThat(harness.inferences()).hasSize(300);
        assertThat(harness.deadLetters()).isEmpty();
      }
    }
  }

  @Test
  void manyGapsAtOnceWaitInStateAndHoldNobodyUp() throws Exception {
    ModelReference model = TestingTransducers.GENERAL.in(folder);
    OperatorSettings settings = settings().batchSize(16).maximumPending(10).gapMs(50).build();
    OperatorSubtaskState state;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      for (int key = 0; key < 200; key++) {
        harness.send(token("k" + key, 1, "w3"));
      }
      harness.watermark(100);
      assertThat(pending(harness)).isEqualTo(200);
      assertThat(harness.inferences()).isEmpty();
      // Each event that comes now waits for two of them, and no more.
      harness.send(token("next", 101, "w3"));
      assertThat(pending(harness)).isBetween(130L, 198L);
      state = harness.checkpoint();
      assertThat(harness.inferences()).hasSize(200 - (int) pending(harness));
    }
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, model, settings, state)) {
      long left = pending(harness);
      harness.end();
      assertThat(harness.inferences()).hasSize((int) left + 1);
      expectNothingKept(harness);
    }
  }

  @Test
  void aSequenceAsLongAsItMayBeEndsThere() throws Exception {
    try (TestingHarness harness =
        start(TestingTransducers.ADDITIVE, settings().maximumSourceLength(3, false))) {
      for (int step = 1; step <= 7; step++) {
        harness.send(token("k", step, "w3"));
      }
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getSequenceStartMs, Inference::getSequenceEnd)
          .containsExactly(
              tuple(1L, SequenceEnd.MAXIMUM_LENGTH), tuple(4L, SequenceEnd.MAXIMUM_LENGTH));
    }
  }

  @Test
  void eventsOfASequenceAsLongAsItMayBeAreDeadLettersUntilItEnds() throws Exception {
    TestingSettings settings = settings().maximumSourceLength(3, true).gapMs(50);
    try (TestingHarness harness = start(TestingTransducers.ADDITIVE, settings)) {
      for (int step = 1; step <= 5; step++) {
        harness.send(token("flag", step, "w3"), token("gap", 20L * step, "w3"));
      }
      harness.send(end("flag", 6, "w4"), token("gap", 140, "w4"));
      harness.send(end("flag", 7, "w4"));
      harness.end();
      assertThat(harness.inferences())
          .extracting(
              Inference::getKey,
              Inference::getSequenceStartMs,
              Inference::getTimestampMs,
              Inference::getStep)
          .containsExactlyInAnyOrder(
              tuple("flag", 1L, 6L, 4L), tuple("flag", 7L, 7L, 1L), tuple("gap", 20L, 140L, 4L));
      assertThat(harness.deadLetters())
          .hasSize(6)
          .extracting(StreamEvent::rejection)
          .containsOnly(RejectReason.SOURCE_TOO_LONG);
      assertThat(harness.deadLetters().get(0).detail())
          .isEqualTo(
              "the sequence of its key has 3 events, as many as it may have, at events-1@4; raise"
                  + " transduction.maximum-source-length, or end sequences earlier");
    }
  }

  @Test
  void anUnknownTokenAndAnEndOfNothingAreDeadLetters() throws Exception {
    try (TestingHarness harness = start(TestingTransducers.PLAIN, settings().refuseUnknown())) {
      harness.send(token("k", 1, "never seen"), end("k", 2, null), end("k", 3, "w3"));
      harness.end();
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::rejection)
          .containsExactlyInAnyOrder(RejectReason.UNKNOWN_TOKEN, RejectReason.MISSING_INPUT);
      assertThat(harness.inferences()).hasSize(1);
    }
  }

  /** A head whose numbers overflow. */
  private ModelReference overflowing(TestingTransducers kind) {
    ModelConfig config = kind.config(kind.encoderSize());
    Map<String, float[]> weights = TestingModels.weights(config, 1);
    Arrays.fill(weights.get(TensorShapes.HEAD_WEIGHT), Float.MAX_VALUE);
    Arrays.fill(weights.get("head.bias"), Float.MAX_VALUE);
    return TestingModels.write(
        ModelFile.of(config, weights), folder.resolve("overflowing.safetensors"));
  }

  @ParameterizedTest
  @EnumSource
  void aSequenceWithoutAFiniteAnswerIsADeadLetterOfItsEndOrAnEmptyAnswer(TestingTransducers kind)
      throws Exception {
    TestingSettings settings = settings().gapMs(50);
    try (TestingHarness harness = TestingHarness.start(overflowing(kind), settings)) {
      harness.send(token("flag", 1, "w3"), end("flag", 2, "w4"), token("gap", 3, "w3"));
      harness.end();
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::key, StreamEvent::rejection, StreamEvent::detail)
          .containsExactly(
              tuple(
                  "flag",
                  RejectReason.NON_FINITE_STATE,
                  "a sequence of 2 events has no answer: model 'testing' left the finite numbers in"
                      + " decoding it; look at the size of its weights, at events-1@2"));
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getSequenceEnd, Inference::getPrediction)
          .containsExactly(tuple("gap", SequenceEnd.INACTIVITY_GAP, new Transduction(List.of())));
      assertThat(harness.counter("transductionsWithoutAnswer")).isEqualTo(2);
      expectNothingKept(harness);
    }
  }

  @Test
  void aPendingDecodeIsFinishedByTheRevisionThatItBeganWith() throws Exception {
    ModelReference model = TestingTransducers.PLAIN.in(folder);
    TestingRevisions revisions = new TestingRevisions(TestingModels.NEXT_TOKEN, folder);
    ModelFile other = TestingModels.random(TestingTransducers.ADDITIVE.config(8), 77);
    ModelAnnouncement swap = revisions.announce(4, other, 10L, StatePolicy.DRAIN, null);
    ModelSettings models = revisions.settings(0);
    OperatorSettings settings = settings().build();
    OperatorSubtaskState state;
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(swap))) {
      harness.open();
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"), token("runs", 3, "w3"));
      harness.send(end("k", 11, "w4"), end("runs", 12, "w5"));
      harness.watermark(1000);
      state = harness.checkpoint();
      assertThat(pending(harness)).isEqualTo(3);
    }
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(swap))) {
      harness.initializeState(state);
      harness.open();
      harness.watermark(2000);
      assertThat(harness.gauge("residentModels")).as("both are needed").isEqualTo(2L);
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getTimestampMs, Inference::getRevision)
          .containsExactlyInAnyOrder(
              tuple("k", 2L, 3L), tuple("k", 11L, 4L), tuple("runs", 12L, 3L));
      harness.watermark(3000);
      assertThat(harness.gauge("residentModels")).as("nothing is left of it").isEqualTo(1L);
    }
  }

  @Test
  void stateWithoutOutputsCannotBeCarriedToAModelWithAttention() throws Exception {
    ModelReference model = TestingTransducers.PLAIN.in(folder);
    TestingRevisions revisions = new TestingRevisions(TestingModels.NEXT_TOKEN, folder);
    ModelFile attends = TestingModels.random(TestingTransducers.ADDITIVE.config(8), 77);
    try (TestingHarness harness =
        TestingHarness.create(
            Backend.HEAP, model, settings().build(), revisions.settings(0), List.of())) {
      harness.open();
      harness.announce(revisions.announce(4, attends, null, StatePolicy.CARRY, null));
      harness.awaitModels();
      assertThat(harness.statuses())
          .filteredOn(status -> status.getStatus() == RevisionStatus.REJECTED)
          .singleElement()
          .satisfies(
              status -> {
                assertThat(status.getReason()).isEqualTo(RejectionCode.OTHER_STATE_LAYOUT.name());
                assertThat(status.getDetail())
                    .contains("and an output of 8 floats for each event", "reset, replay or drain");
              });
    }
  }

  @Test
  void aPendingDecodeOutlivesTheRevisionOfItsJob() throws Exception {
    OperatorSettings settings = settings().gapMs(50).build();
    ModelReference model = TestingTransducers.ADDITIVE.in(folder);
    OperatorSubtaskState state;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"), token("gap", 3, "w4"));
      state = harness.checkpoint();
    }
    ModelReference other = TestingTransducers.GENERAL.in(folder);
    ModelReference next = new ModelReference(other.uri(), other.sha256(), 9, other.options());
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, next, settings, state)) {
      harness.send(end("new", 100, "w4"));
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getRevision)
          .containsExactlyInAnyOrder(tuple("k", 3L), tuple("gap", 3L), tuple("new", 9L));
      expectNothingKept(harness);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "ADDITIVE", "TWO_DIRECTIONS"})
  void aPendingDecodeWhoseModelIsGoneIsTakenOverByOneThatCarriesOrToldLost(TestingTransducers kind)
      throws Exception {
    OperatorSettings settings = settings().gapMs(50).build();
    ModelReference model = kind.in(folder);
    TestingRevisions revisions = new TestingRevisions(TestingModels.NEXT_TOKEN, folder);
    ModelAnnouncement gone =
        revisions.announce(
            4, TestingModels.random(kind.config(8), 77), 10L, StatePolicy.RESET, null);
    ModelSettings models = revisions.settings(0, 4, true);
    OperatorSubtaskState state;
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(gone))) {
      harness.open();
      harness.send(token("k", 20, "w3"), end("k", 21, "w4"));
      harness.send(token("gap", 22, "w3"), token("alone", 23, "w3"));
      state = harness.checkpoint();
    }
    byte[] file = Files.readAllBytes(TestingRevisions.path(gone));
    Files.delete(TestingRevisions.path(gone));
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(gone))) {
      harness.initializeState(state);
      harness.open();
      harness.send(end("alone", 24, null));
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getRevision, Inference::getPrediction)
          .containsExactly(tuple("gap", 4L, new Transduction(List.of())));
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::key, StreamEvent::rejection, StreamEvent::detail)
          .containsExactlyInAnyOrder(
              tuple(
                  "k",
                  RejectReason.MISSING_INPUT,
                  "a sequence of 2 events has no answer: it was encoded by revision 4, which can no"
                      + " longer be had, at events-1@21"),
              tuple(
                  "alone",
                  RejectReason.MISSING_INPUT,
                  "a sequence of 2 events has no answer: what was kept of it is not what the model of"
                      + " revision 3 needs, at events-1@24"));
      assertThat(harness.counter("statesOfMissingRevision")).isEqualTo(3);
      expectNothingKept(harness);
    }
    ModelAnnouncement carries =
        revisions.announce(
            5, TestingModels.random(kind.config(8), 78), null, StatePolicy.CARRY, null);
    List<Inference> carried;
    OperatorSubtaskState begun;
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(gone, carries))) {
      harness.initializeState(state);
      harness.open();
      harness.setProcessingTime(harness.getProcessingTime() + 1);
      begun = harness.checkpoint();
      assertThat(pending(harness)).isEqualTo(1);
      harness.end();
      carried = harness.inferences();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getRevision)
          .containsExactlyInAnyOrder(tuple("k", 5L), tuple("gap", 5L), tuple("alone", 5L));
      assertThat(harness.deadLetters()).isEmpty();
      expectNothingKept(harness);
    }
    Files.write(TestingRevisions.path(gone), file);
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, settings, models, List.of(gone, carries))) {
      harness.initializeState(begun);
      harness.open();
      harness.end();
      assertThat(harness.inferences())
          .as("what was taken over stays so, though the file is back")
          .filteredOn(inference -> inference.getKey().equals("k"))
          .isEqualTo(carried.stream().filter(inference -> inference.getKey().equals("k")).toList());
    }
  }

  @Test
  void anEndAloneIsAnsweredByTheRevisionThatTheSequenceIsOn() throws Exception {
    ModelReference model = TestingTransducers.ADDITIVE.in(folder);
    TestingRevisions revisions = new TestingRevisions(TestingModels.NEXT_TOKEN, folder);
    ModelFile file = TestingModels.random(TestingTransducers.ADDITIVE.config(8), 77);
    List<ModelAnnouncement> log =
        new ArrayList<>(List.of(revisions.announce(4, file, 10L, StatePolicy.RESET, null)));
    try (TestingHarness harness =
        TestingHarness.create(
            Backend.HEAP, model, settings().build(), revisions.settings(0), log)) {
      harness.open();
      harness.send(token("end", 1, "w3"), token("more", 1, "w3"));
      harness.send(end("end", 20, null), end("more", 20, "w4"));
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getRevision)
          .containsExactlyInAnyOrder(tuple("end", 3L), tuple("more", 4L));
    }
  }
}
