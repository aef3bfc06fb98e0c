package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.byKey;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.operator.TestingStreams.Keys;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.state.HiddenState;
import dev.carryover.model.file.ModelFile;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job that is stopped and restored goes on with the very bits. */
class SnapshotTest {
  private static final OperatorSettings SETTINGS =
      settings()
          .batchSize(16)
          .deduplicate()
          .gapMs(TestingStreams.SILENCE_MS)
          .expireAfterMs(4 * TestingStreams.SILENCE_MS)
          .build();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void everyKeyGoesOnBitForBitAfterEveryRestore(Backend backend) throws Exception {
    long seed = 5;
    List<StreamEvent> events = events(seed, 1200);
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    List<Inference> all = new ArrayList<>();
    OperatorSubtaskState state = null;
    for (int from = 0; from < events.size(); from += 300) {
      try (TestingHarness harness = TestingHarness.create(backend, model, SETTINGS, 1, 0)) {
        if (state != null) {
          harness.initializeState(state);
        }
        harness.open();
        for (StreamEvent event : events.subList(from, from + 300)) {
          harness.send(event);
        }
        state = harness.checkpoint();
        if (from + 300 == events.size()) {
          harness.end();
        }
        all.addAll(harness.inferences());
      }
    }
    assertThat(byKey(all, Inference::getKey)).as("seed=%d", seed).isEqualTo(plainly(events));
  }

  @ParameterizedTest
  @EnumSource
  void rescalingFromOneToThreeToTwoKeepsEveryKey(Backend backend) throws Exception {
    long seed = 6;
    List<StreamEvent> events = events(seed, 1500);
    List<Inference> all = new ArrayList<>();
    OperatorSubtaskState state =
        run(SETTINGS, backend, null, 0, 1, events.subList(0, 500), all, false);
    state = run(SETTINGS, backend, state, 1, 3, events.subList(500, 1000), all, false);
    run(SETTINGS, backend, state, 3, 2, events.subList(1000, 1500), all, true);
    assertThat(byKey(all, Inference::getKey)).as("seed=%d", seed).isEqualTo(plainly(events));
  }

  @ParameterizedTest
  @EnumSource
  void rescalingTakesWaitingEventsAlong(Backend backend) throws Exception {
    long seed = 8;
    OperatorSettings settings =
        settings().batchSize(16).eventTimeOrder().deduplicate().gapMs(SETTINGS.gapMs()).build();
    List<StreamEvent> events = events(seed, 900);
    List<Inference> all = new ArrayList<>();
    OperatorSubtaskState state =
        run(settings, backend, null, 0, 1, events.subList(0, 300), all, false);
    assertThat(all).as("some events wait").hasSizeLessThan(inferenceCount(events.subList(0, 300)));
    state = run(settings, backend, state, 1, 3, events.subList(300, 600), all, false);
    run(settings, backend, state, 3, 2, events.subList(600, 900), all, true);
    TestingPlainLoop loop = new TestingPlainLoop(TestingModels.NEXT_TOKEN.file(), 3, settings);
    events.forEach(loop::event);
    loop.end();
    assertThat(byKey(all, Inference::getKey)).as("seed=%d", seed).isEqualTo(loop.inferences());
  }

  @Test
  void aCanonicalSavepointMovesBetweenTheBackends() throws Exception {
    long seed = 7;
    List<StreamEvent> events = events(seed, 900);
    List<Inference> all = new ArrayList<>();
    OperatorSubtaskState state =
        run(SETTINGS, Backend.HEAP, null, 0, 1, events.subList(0, 300), all, false);
    state = run(SETTINGS, Backend.ROCKSDB, state, 1, 1, events.subList(300, 600), all, false);
    run(SETTINGS, Backend.HEAP, state, 1, 1, events.subList(600, 900), all, true);
    assertThat(byKey(all, Inference::getKey)).as("seed=%d", seed).isEqualTo(plainly(events));
  }

  @Test
  void aSnapshotHoldsWhatWasWhenItWasTakenThoughTheJobGoesOn() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    OperatorSettings settings = settings().build();
    OperatorSubtaskState state;
    List<Inference> before;
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.send(token("k", 1, "w3"));
      state = harness.checkpoint();
      harness.send(token("k", 2, "w4"));
      harness.flush();
      before = harness.inferences();
    }
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, model, settings, state)) {
      harness.send(token("k", 2, "w4"));
      harness.flush();
      assertThat(harness.inferences()).containsExactly(before.get(1));
    }
  }

  /** Checkpoints are written beside the events that follow, several of them at a time. */
  @ParameterizedTest
  @EnumSource
  void checkpointsHoldTheStatesAtTheirBarriersThoughTheirKeysMoveOnBeforeTheyAreWritten(
      Backend backend) throws Exception {
    long seed = 9;
    List<StreamEvent> events = events(seed, 800);
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    List<OperatorSnapshotFutures> begun = new ArrayList<>();
    List<Map<String, HiddenState>> atBarriers = new ArrayList<>();
    List<OperatorSubtaskState> written = new ArrayList<>();
    try (TestingHarness harness = TestingHarness.start(backend, model, SETTINGS)) {
      for (int from = 0; from < events.size(); from += 200) {
        for (StreamEvent event : events.subList(from, from + 200)) {
          harness.send(event);
        }
        harness.flush();
        atBarriers.add(harness.states());
        begun.add(harness.beginCheckpoint());
      }
      for (StreamEvent event : events(seed + 1, 200)) {
        harness.send(event);
      }
      harness.flush();
      for (OperatorSnapshotFutures checkpoint : begun) {
        written.add(TestingHarness.finish(checkpoint));
      }
    }
    for (int i = 0; i < written.size(); i++) {
      try (TestingHarness harness =
          TestingHarness.restore(backend, model, SETTINGS, written.get(i))) {
        assertThat(harness.states())
            .as("checkpoint %d, seed=%d", i, seed)
            .isEqualTo(atBarriers.get(i));
      }
    }
  }

  @Test
  void residentKeysAreKnownRightAfterARestore() throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    OperatorSettings settings = settings().build();
    for (Backend backend : Backend.values()) {
      OperatorSubtaskState state;
      try (TestingHarness harness = TestingHarness.start(backend, model, settings)) {
        for (int key = 0; key < 17; key++) {
          harness.send(token("k" + key, key, "w3"));
        }
        state = harness.checkpoint();
        assertThat(harness.gauge("residentKeys")).isEqualTo(17L);
      }
      try (TestingHarness harness = TestingHarness.restore(backend, model, settings, state)) {
        assertThat(harness.gauge("residentKeys")).isEqualTo(17L);
        harness.send(token("k3", 100, "w3"), token("new", 100, "w3"), token("k4", 100, "<eos>"));
        harness.flush();
        assertThat(harness.gauge("residentKeys")).isEqualTo(17L);
      }
    }
  }

  @Test
  void aStateOfAnotherLayoutBeginsAnewAndIsCounted() throws Exception {
    OperatorSettings settings = settings().build();
    OperatorSubtaskState state;
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    try (TestingHarness harness = TestingHarness.start(Backend.HEAP, model, settings)) {
      harness.send(token("k", 1, "w3"), token("other", 1, "w3"));
      state = harness.checkpoint();
    }
    ModelReference larger = TestingModels.NEXT_TOKEN_WITHOUT_END.in(folder, 4);
    try (TestingHarness harness = TestingHarness.restore(Backend.HEAP, larger, settings, state)) {
      harness.send(token("k", 2, "w4"), token("k", 3, "w5"));
      harness.flush();
      assertThat(harness.inferences())
          .extracting(Inference::getSequenceStartMs, Inference::getStep)
          .containsExactly(tuple(1L, 2L), tuple(1L, 3L));
      assertThat(harness.counter("statesOfAnotherLayout")).isEqualTo(1);
      harness.send(TestingStreams.end("other", 4, null));
      harness.flush();
      assertThat(harness.counter("statesOfAnotherLayout")).isEqualTo(2);
      assertThat(harness.deadLetters()).isEmpty();
      assertThat(harness.keyedStateEntries()).as("nothing is kept of it").isEqualTo(1);
    }
  }

  private static int inferenceCount(List<StreamEvent> events) {
    TestingPlainLoop loop = new TestingPlainLoop(TestingModels.NEXT_TOKEN.file(), 3, SETTINGS);
    events.forEach(loop::event);
    return loop.inferences().values().stream().mapToInt(List::size).sum();
  }

  private static List<StreamEvent> events(long seed, int count) {
    return TestingStreams.random(
        TestingModels.NEXT_TOKEN.file().config(), Keys.SKEWED, count, seed);
  }

  private static Object plainly(List<StreamEvent> events) {
    ModelFile file = TestingModels.NEXT_TOKEN.file();
    TestingPlainLoop loop = new TestingPlainLoop(file, 3, SETTINGS);
    events.forEach(loop::event);
    loop.end();
    return loop.inferences();
  }

  /** Runs a part of the stream on some subtasks and takes a canonical savepoint of them all. */
  private OperatorSubtaskState run(
      OperatorSettings settings,
      Backend backend,
      OperatorSubtaskState from,
      int before,
      int parallelism,
      List<StreamEvent> events,
      List<Inference> out,
      boolean last)
      throws Exception {
    ModelReference model = TestingModels.NEXT_TOKEN.in(folder);
    List<TestingHarness> subtasks = new ArrayList<>();
    try {
      for (int subtask = 0; subtask < parallelism; subtask++) {
        TestingHarness harness =
            TestingHarness.create(backend, model, settings, parallelism, subtask);
        subtasks.add(harness);
        if (from != null) {
          harness.initializeState(
              AbstractStreamOperatorTestHarness.repartitionOperatorState(
                  from, TestingHarness.MAX_PARALLELISM, before, parallelism, subtask));
        }
        harness.open();
      }
      Random random = new Random(parallelism);
      for (StreamEvent event : events) {
        int subtask =
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                event.key(), TestingHarness.MAX_PARALLELISM, parallelism);
        subtasks.get(subtask).send(event);
        if (random.nextInt(50) == 0) {
          for (TestingHarness harness : subtasks) {
            harness.watermark(event.timestampMs() - 400);
          }
        }
      }
      OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
      for (int subtask = 0; subtask < parallelism; subtask++) {
        states[subtask] = subtasks.get(subtask).canonicalSavepoint();
        if (last) {
          subtasks.get(subtask).end();
        }
        out.addAll(subtasks.get(subtask).inferences());
      }
      return AbstractStreamOperatorTestHarness.repackageState(states);
    } finally {
      subtasks.forEach(TestingHarness::close);
    }
  }
}
