package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.byKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.operator.TestingStreams.Keys;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every sequence is transduced to the tokens, scores and weights, bit for bit, that a plain loop
 * gives which encodes and decodes it when it is whole: whatever is batched with what, however short
 * slices are, and wherever the operator is restored with decodes pending.
 */
class TransductionEqualityTest {
  private static final int EVENTS = 700;
  private static final int REPLAY = 6;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void everyBatchAndEverySliceGiveTheBitsOfThePlainLoop(TestingTransducers kind) throws Exception {
    for (Keys keys : Keys.values()) {
      for (int trial = 0; trial < 4; trial++) {
        expectPlainLoop(Backend.HEAP, kind, keys, 500L + 10 * keys.ordinal() + trial);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void stateInRocksDbGivesTheSameBits(TestingTransducers kind) throws Exception {
    expectPlainLoop(Backend.ROCKSDB, kind, Keys.SKEWED, 600 + kind.ordinal());
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN, PLAIN",
    "PLAIN, ADDITIVE",
    "ADDITIVE, ADDITIVE",
    "GENERAL, TWO_DIRECTIONS",
    "TWO_DIRECTIONS, TWO_DIRECTIONS_PLAIN"
  })
  void everySwapGivesTheBitsOfThePlainLoop(TestingTransducers first, TestingTransducers second)
      throws Exception {
    for (Keys keys : Keys.values()) {
      expectSwaps(Backend.HEAP, first, second, keys, 700L + 10 * keys.ordinal() + second.ordinal());
    }
    expectSwaps(Backend.ROCKSDB, first, second, Keys.SKEWED, 780);
  }

  /** Every option that decides about sequences and decodes is on for some seeds, off for others. */
  private static TestingSettings varied(Random random) {
    TestingSettings settings =
        settings()
            .batchSize(1 + random.nextInt(60))
            .sliceNanos(random.nextInt(3) * 20_000L)
            .maximumPending(random.nextBoolean() ? 1 + random.nextInt(8) : 256)
            .maximumOutputLength(random.nextInt(14));
    int width = 1 + random.nextInt(5);
    settings.beam(width, 1 + random.nextInt(width));
    if (random.nextBoolean()) {
      settings.gapMs(TestingStreams.SILENCE_MS);
    }
    if (random.nextBoolean()) {
      settings.maximumLength(1 + random.nextInt(20));
    }
    if (random.nextBoolean()) {
      settings.deduplicate();
    }
    if (random.nextBoolean()) {
      settings.expireAfterMs(2 * TestingStreams.SILENCE_MS);
    }
    if (random.nextBoolean()) {
      settings.refuseUnknown();
    }
    if (random.nextBoolean()) {
      settings.lengthPenalty(0.7f);
    }
    if (random.nextBoolean()) {
      settings.attention();
    }
    if (random.nextInt(3) > 0) {
      settings.maximumSourceLength(3 + random.nextInt(10), random.nextBoolean());
    }
    if (random.nextInt(4) == 0) {
      settings.eventTimeOrder();
    }
    return settings;
  }

  private void expectPlainLoop(Backend backend, TestingTransducers kind, Keys keys, long seed)
      throws Exception {
    Random random = new Random(seed);
    OperatorSettings settings = varied(random).build();
    TestingTransductionLoop loop = new TestingTransductionLoop(kind.file(), 3, settings);
    run(backend, kind, settings, ModelSettings.FIXED, List.of(), loop, keys, seed, random);
  }

  private void expectSwaps(
      Backend backend, TestingTransducers first, TestingTransducers second, Keys keys, long seed)
      throws Exception {
    Random random = new Random(seed);
    OperatorSettings settings = varied(random).build();
    TestingTransductionLoop loop = new TestingTransductionLoop(first.file(), 3, settings);
    TestingRevisions revisions = new TestingRevisions(TestingModels.NEXT_TOKEN, folder);
    List<StreamEvent> events = events(first, keys, seed);
    List<ModelAnnouncement> announcements = new ArrayList<>();
    TestingTransducers before = first;
    for (int swap = 0; swap < 5; swap++) {
      long number = 4 + swap;
      TestingTransducers kind = random.nextBoolean() ? first : second;
      StatePolicy policy = StatePolicy.values()[random.nextInt(4)];
      kind = policy == StatePolicy.CARRY ? before : kind;
      before = kind;
      Integer replay = policy == StatePolicy.REPLAY ? 1 + random.nextInt(REPLAY) : null;
      int position = EVENTS * (1 + swap) / 6 + random.nextInt(200) - 100;
      long fromMs = events.get(position).timestampMs();
      ModelFile file = TestingModels.random(kind.config(kind.encoderSize()), seed + number);
      announcements.add(revisions.announce(number, file, fromMs, policy, replay));
      loop.switchTo(file, number, fromMs, policy, replay == null ? 0 : replay);
    }
    Collections.shuffle(announcements, random);
    ModelSettings models = revisions.settings(REPLAY, 2 + random.nextInt(3), false);
    run(backend, first, settings, models, announcements, loop, keys, seed, random);
  }

  private static List<StreamEvent> events(TestingTransducers kind, Keys keys, long seed) {
    return TestingStreams.random(kind.file().config(), keys, EVENTS, seed);
  }

  private void run(
      Backend backend,
      TestingTransducers kind,
      OperatorSettings settings,
      ModelSettings models,
      List<ModelAnnouncement> announcements,
      TestingTransductionLoop loop,
      Keys keys,
      long seed,
      Random random)
      throws Exception {
    ModelReference model = kind.in(folder);
    String description =
        "%s %s %s %s %s seed=%d".formatted(kind, keys, backend, settings, announcements, seed);
    TestingHarness harness = TestingHarness.create(backend, model, settings, models, announcements);
    harness.open();
    List<Inference> inferences = new ArrayList<>();
    List<StreamEvent> deadLetters = new ArrayList<>();
    try {
      for (StreamEvent event : events(kind, keys, seed)) {
        loop.event(event);
        harness.send(event);
        switch (random.nextInt(60)) {
          case 0 -> harness.watermark(event.timestampMs());
          case 1, 2, 3, 4 ->
              harness.setProcessingTime(harness.getProcessingTime() + random.nextInt(7));
          case 5 -> harness.flush();
          case 6 -> {
            OperatorSubtaskState state = harness.checkpoint();
            inferences.addAll(harness.inferences());
            deadLetters.addAll(harness.deadLetters());
            harness.close();
            harness = TestingHarness.create(backend, model, settings, models, announcements);
            harness.initializeState(state);
            harness.open();
            harness.setProcessingTime(0);
          }
          default -> {}
        }
      }
      loop.end();
      harness.end();
      inferences.addAll(harness.inferences());
      deadLetters.addAll(harness.deadLetters());
      expectSame(description, loop.inferences(), byKey(inferences, Inference::getKey));
      assertThat(reasons(deadLetters)).as(description).isEqualTo(sorted(loop.rejections()));
      if (backend == Backend.HEAP
          && settings.expireAfterMs() != OperatorSettings.NONE
          && settings.gapMs() != OperatorSettings.NONE) {
        assertThat(harness.keyedStateEntries()).as(description).isZero();
        assertThat(harness.numEventTimeTimers()).as(description).isZero();
      }
    } finally {
      harness.close();
    }
    assertThat(LoadedModels.held()).as(description).isZero();
  }

  private static Map<String, List<Object>> reasons(List<StreamEvent> deadLetters) {
    return sorted(
        deadLetters.stream()
            .collect(
                Collectors.groupingBy(
                    StreamEvent::key,
                    Collectors.mapping(StreamEvent::rejection, Collectors.toList()))));
  }

  private static <T extends Comparable<T>> Map<String, List<Object>> sorted(
      Map<String, List<T>> values) {
    return values.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry -> entry.getValue().stream().sorted().map(Object.class::cast).toList()));
  }

  private static void expectSame(
      String description, Map<String, List<Inference>> expected, Map<String, List<Inference>> got) {
    assertThat(got.keySet()).as(description).isEqualTo(expected.keySet());
    expected.forEach(
        (key, inferences) -> {
          List<Inference> actual = got.get(key);
          for (int i = 0; i < Math.min(inferences.size(), actual.size()); i++) {
            assertThat(actual.get(i)).as(description).isEqualTo(inferences.get(i));
          }
          assertThat(actual).as(description).hasSameSizeAs(inferences);
        });
  }

  @ParameterizedTest
  @EnumSource
  void rescalingTakesPendingDecodesAlong(Backend backend) throws Exception {
    for (TestingTransducers kind :
        List.of(TestingTransducers.ADDITIVE, TestingTransducers.TWO_DIRECTIONS)) {
      OperatorSettings settings =
          settings()
              .batchSize(16)
              .deduplicate()
              .maximumPending(5)
              .gapMs(TestingStreams.SILENCE_MS)
              .build();
      List<StreamEvent> events = events(kind, Keys.SKEWED, 9);
      List<Inference> all = new ArrayList<>();
      OperatorSubtaskState state =
          part(settings, backend, kind, null, 0, 1, events.subList(0, 300), all, false);
      state = part(settings, backend, kind, state, 1, 3, events.subList(300, 600), all, false);
      part(settings, backend, kind, state, 3, 2, events.subList(600, EVENTS), all, true);
      TestingTransductionLoop loop = new TestingTransductionLoop(kind.file(), 3, settings);
      events.forEach(loop::event);
      loop.end();
      expectSame(kind + " " + backend, loop.inferences(), byKey(all, Inference::getKey));
    }
  }

  /** Runs a part of the stream on some subtasks and takes a canonical savepoint of them all. */
  private OperatorSubtaskState part(
      OperatorSettings settings,
      Backend backend,
      TestingTransducers kind,
      OperatorSubtaskState from,
      int before,
      int parallelism,
      List<StreamEvent> events,
      List<Inference> out,
      boolean last)
      throws Exception {
    ModelReference model = kind.in(folder);
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
      Function<StreamEvent, TestingHarness> owner =
          event ->
              subtasks.get(
                  KeyGroupRangeAssignment.assignKeyToParallelOperator(
                      event.key(), TestingHarness.MAX_PARALLELISM, parallelism));
      for (StreamEvent event : events) {
        owner.apply(event).send(event);
      }
      OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
      long pending = 0;
      for (int subtask = 0; subtask < parallelism; subtask++) {
        states[subtask] = subtasks.get(subtask).canonicalSavepoint();
        pending += ((Number) subtasks.get(subtask).gauge("pendingDecodes")).longValue();
        if (last) {
          subtasks.get(subtask).end();
        }
        out.addAll(subtasks.get(subtask).inferences());
      }
      assertThat(pending).as("decodes that the savepoint holds").isPositive();
      return AbstractStreamOperatorTestHarness.repackageState(states);
    } finally {
      subtasks.forEach(TestingHarness::close);
    }
  }
}
