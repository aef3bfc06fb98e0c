package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.byKey;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.model.file.ModelFile;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventTimeOrderTest {
  @TempDir Path folder;

  private ModelReference model;

  @BeforeEach
  void writeModel() {
    model = TestingModels.NEXT_TOKEN.in(folder);
  }

  private static List<String> tokens(TestingHarness harness) {
    return harness.inferences().stream()
        .map(inference -> ((NextToken) inference.getPrediction()).getToken())
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void anyArrivalWithinTheOutOfOrdernessGivesTheOutputOfSortedArrival(Backend backend)
      throws Exception {
    ModelFile file = TestingModels.NEXT_TOKEN.file();
    for (long seed = 0; seed < (backend == Backend.HEAP ? 20 : 2); seed++) {
      int outOfOrderness = 200;
      TestingSettings settings =
          settings().batchSize(16).eventTimeOrder().gapMs(TestingStreams.SILENCE_MS);
      if (seed % 2 == 0) {
        settings.maximumLength(7);
      }
      List<StreamEvent> sorted =
          TestingStreams.random(file.config(), TestingStreams.Keys.SKEWED, 1000, seed);
      TestingPlainLoop loop = new TestingPlainLoop(file, model.revision(), settings.build());
      sorted.forEach(loop::event);
      loop.end();
      try (TestingHarness harness = TestingHarness.start(backend, model, settings.build())) {
        long latest = 0;
        int arrived = 0;
        for (StreamEvent event : shuffled(sorted, outOfOrderness, seed)) {
          harness.send(event);
          latest = Math.max(latest, event.timestampMs());
          if (++arrived % 10 == 0) {
            harness.watermark(latest - outOfOrderness - 1);
          }
        }
        harness.end();
        assertThat(harness.side(SideOutputs.LATE)).as("seed=%d", seed).isEmpty();
        assertThat(byKey(harness.inferences(), Inference::getKey))
            .as("seed=%d", seed)
            .isEqualTo(loop.inferences());
        if (backend == Backend.HEAP) {
          assertThat(harness.keyedStateEntries()).as("seed=%d", seed).isZero();
          assertThat(harness.numEventTimeTimers()).as("seed=%d", seed).isZero();
        }
      }
    }
  }

  private static List<StreamEvent> shuffled(
      List<StreamEvent> events, int outOfOrderness, long seed) {
    Random random = new Random(seed);
    record Arrival(long time, StreamEvent event) {}
    List<Arrival> arrivals = new ArrayList<>();
    for (StreamEvent event : events) {
      arrivals.add(new Arrival(event.timestampMs() + random.nextInt(outOfOrderness + 1), event));
    }
    arrivals.sort(Comparator.comparingLong(Arrival::time));
    return arrivals.stream().map(Arrival::event).toList();
  }

  @Test
  void aLateEventGoesWholeToTheLateOutput() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().eventTimeOrder())) {
      harness.watermark(10);
      StreamEvent late =
          StreamEvent.builder()
              .key("k")
              .timestampMs(10)
              .token("w3")
              .origin("events", 2, 77)
              .record(new byte[] {1}, new byte[] {2, 3})
              .build();
      harness.send(late);
      harness.end();
      assertThat(harness.inferences()).isEmpty();
      assertThat(harness.deadLetters()).isEmpty();
      assertThat(harness.side(SideOutputs.LATE))
          .containsExactly(
              late.withRejection(
                  RejectReason.LATE,
                  "event time 10 is not after the watermark 10, at events-2@77; raise"
                      + " events.max-out-of-orderness to wait longer"));
      assertThat(harness.counter("reason.LATE.deadLetters")).isEqualTo(1);
    }
  }

  @Test
  void anEventThatWasLateBeforeARestoreIsLateAfterIt() throws Exception {
    OperatorSettings settings = settings().eventTimeOrder().build();
    OperatorSubtaskState state;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.send(token("k", 50, "w3"));
      harness.watermark(100);
      state = harness.checkpoint();
    }
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, model, settings, state)) {
      harness.send(token("k", 40, "w4"), token("k", 101, "w5"));
      harness.watermark(200);
      assertThat(harness.side(SideOutputs.LATE)).hasSize(1);
      assertThat(tokens(harness)).containsExactly("w5");
    }
  }

  @Test
  void aSavepointOfAnEndedInputTakesNewEvents() throws Exception {
    OperatorSettings settings = settings().eventTimeOrder().build();
    OperatorSubtaskState state;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.watermark(100);
      harness.end();
      state = harness.checkpoint();
    }
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, model, settings, state)) {
      harness.send(token("k", 101, "w5"));
      harness.end();
      assertThat(harness.side(SideOutputs.LATE)).isEmpty();
      assertThat(tokens(harness)).containsExactly("w5");
    }
  }

  @Test
  void waitingEventsSurviveARestore() throws Exception {
    OperatorSettings settings = settings().eventTimeOrder().build();
    for (Backend backend : Backend.values()) {
      OperatorSubtaskState state;
      try (TestingHarness harness = TestingHarness.start(backend, model, settings)) {
        harness.send(token("k", 50, "w3"), token("k", 40, "w4"));
        state = harness.checkpoint();
        assertThat(harness.inferences()).isEmpty();
      }
      try (TestingHarness harness = TestingHarness.restore(backend, model, settings, state)) {
        harness.send(token("k", 45, "w5"));
        harness.watermark(100);
        assertThat(tokens(harness)).containsExactly("w4", "w5", "w3");
      }
    }
  }

  @Test
  void aWaitingEventThatARestoredJobsModelCannotReadIsADeadLetter() throws Exception {
    OperatorSettings settings = settings().eventTimeOrder().refuseUnknown().build();
    OperatorSubtaskState state;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.send(token("k", 50, "w8"), token("k", 51, "w3"));
      state = harness.checkpoint();
    }
    ModelReference smaller = TestingModels.NEXT_TOKEN_WITHOUT_END.in(folder, 4);
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, smaller, settings, state)) {
      harness.watermark(100);
      assertThat(tokens(harness)).containsExactly("w3");
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::token, StreamEvent::rejection)
          .containsExactly(tuple("w8", RejectReason.UNKNOWN_TOKEN));
    }
  }

  @Test
  void aKeyWithTooManyWaitingEventsRefusesMoreUntilTheWatermark() throws Exception {
    TestingSettings settings = settings().eventTimeOrder().maxBufferedEvents(2);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("k", 3, "w3"), token("k", 3, "w4"), token("k", 2, "w5"));
      harness.send(token("other", 2, "w6"));
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::token, StreamEvent::rejection, StreamEvent::detail)
          .containsExactly(
              tuple(
                  "w5",
                  RejectReason.ORDERING_BUFFER_FULL,
                  "the key has 2 events waiting for the watermark, at events-1@2; raise"
                      + " ordering.max-buffered-events, or find what holds the watermark back"));
      harness.watermark(3);
      harness.send(token("k", 5, "w7"), token("k", 4, "w8"));
      harness.end();
      assertThat(byKey(harness.inferences(), Inference::getKey).get("k"))
          .extracting(inference -> ((NextToken) inference.getPrediction()).getToken())
          .containsExactly("w3", "w4", "w8", "w7");
      assertThat(harness.keyedStateEntries()).as("of the states, not of the buffer").isEqualTo(2);
    }
  }

  @Test
  void eventsOfOneTimeComeByTheirNumbersAndElseByArrival() throws Exception {
    try (TestingHarness harness = TestingHarness.start(model, settings().eventTimeOrder())) {
      harness.send(
          token("k", 1, "w5", 3),
          token("k", 1, "w3", 1),
          token("k", 1, "w6", 4),
          token("k", 1, "w4", 2),
          token("k", 2, "w8"),
          token("k", 2, "w7"));
      harness.end();
      assertThat(tokens(harness)).containsExactly("w3", "w4", "w5", "w6", "w8", "w7");
    }
  }

  @Test
  void anEventAtTheDeadlineOfItsKeyBeginsANewSequence() throws Exception {
    TestingSettings settings = settings().eventTimeOrder().gapMs(100);
    try (TestingHarness harness = TestingHarness.start(model, settings)) {
      harness.send(token("k", 1, "w3"));
      harness.watermark(1);
      harness.send(token("k", 102, "w5"), token("k", 101 + 102, "w6"), token("k", 102, "w4"));
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getSequenceStartMs, Inference::getStep)
          .containsExactly(
              tuple(1L, 1L),
              tuple(1L, 2L),
              tuple(102L, 1L),
              tuple(102L, 2L),
              tuple(102L, 3L),
              tuple(203L, 1L),
              tuple(203L, 2L));
    }
  }

  @Test
  void theControlInputNeitherHoldsEventTimeBackNorDrivesIt() throws Exception {
    try (TestingHarness harness =
        TestingHarness.start(model, settings().eventTimeOrder().gapMs(100))) {
      RecurrentOperator operator = (RecurrentOperator) harness.<Inference>getOperator();
      harness.send(token("k", 1, "w3"));
      harness.watermark(1);
      assertThat(tokens(harness)).as("before the control input has a watermark").hasSize(1);
      operator.processWatermark2(org.apache.flink.streaming.api.watermark.Watermark.MAX_WATERMARK);
      operator.processWatermarkStatus1(WatermarkStatus.IDLE);
      operator.processWatermarkStatus1(WatermarkStatus.ACTIVE);
      assertThat(tokens(harness)).as("idle events beside an ended control input").hasSize(1);
      harness.send(token("k", 2, "w4"));
      harness.watermark(2);
      assertThat(tokens(harness)).containsExactly("w3", "w4");
      assertThat(harness.side(SideOutputs.LATE)).isEmpty();
    }
  }
}
