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
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Revisions that take over at event times give every key the bits of a plain loop that switches at
 * those times: whatever their policies, in whatever order they were announced, however often the
 * operator is restored, and however few models it may hold.
 */
class TakeoverEqualityTest {
  private static final int EVENTS = 1200;
  private static final int REPLAY = 6;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void everyPolicyGivesTheBitsOfAPlainLoop(TestingModels kind) throws Exception {
    for (Keys keys : Keys.values()) {
      for (int trial = 0; trial < 4; trial++) {
        expectPlainLoop(Backend.HEAP, kind, keys, 4242 + 100L * keys.ordinal() + trial);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NEXT_TOKEN,SKEWED", "CLASSIFY_FEATURES,UNIFORM"})
  void stateInRocksDbGivesTheSameBits(TestingModels kind, Keys keys) throws Exception {
    for (int trial = 0; trial < 2; trial++) {
      expectPlainLoop(Backend.ROCKSDB, kind, keys, 99 + trial);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NEXT_TOKEN", "REGRESS_FEATURES"})
  void announcedModelsHaveTheirWeightsRoundedToo(TestingModels kind) throws Exception {
    expectPlainLoop(Backend.HEAP, kind, WeightPrecision.BF16, Keys.UNIFORM, 31);
  }

  private void expectPlainLoop(Backend backend, TestingModels kind, Keys keys, long seed)
      throws Exception {
    expectPlainLoop(backend, kind, WeightPrecision.FP32, keys, seed);
  }

  private void expectPlainLoop(
      Backend backend, TestingModels kind, WeightPrecision weights, Keys keys, long seed)
      throws Exception {
    Random random = new Random(seed);
    TestingSettings varied = settings().batchSize(1 + random.nextInt(40));
    if (random.nextBoolean()) {
      varied.gapMs(TestingStreams.SILENCE_MS);
    }
    if (random.nextBoolean()) {
      varied.maximumLength(5 + random.nextInt(20));
    }
    if (random.nextBoolean()) {
      varied.deduplicate();
    }
    OperatorSettings settings = varied.build();
    List<StreamEvent> events = TestingStreams.random(kind.file().config(), keys, EVENTS, seed);
    ModelReference model = TestingModels.in(kind.in(folder), weights);
    TestingPlainLoop loop = new TestingPlainLoop(kind.file(), model.revision(), settings, weights);
    List<ModelAnnouncement> announcements =
        announcements(new TestingRevisions(kind, folder), loop, events, random);
    Collections.shuffle(announcements, random);
    ModelSettings models =
        new TestingRevisions(kind, folder).settings(REPLAY, 2 + random.nextInt(3), false);
    String description =
        "%s %s %s %s %s seed=%d".formatted(kind, keys, backend, settings, announcements, seed);

    // Some are announced before the job starts, the others are known to the log only.
    List<ModelAnnouncement> log = new ArrayList<>(announcements.subList(0, 3));
    TestingHarness harness = TestingHarness.create(backend, model, settings, models, log);
    harness.open();
    List<Inference> inferences = new ArrayList<>();
    try {
      for (ModelAnnouncement announcement : announcements.subList(3, announcements.size())) {
        harness.announce(announcement);
      }
      for (StreamEvent event : events) {
        loop.event(event);
        harness.send(event);
        switch (random.nextInt(100)) {
          case 0 -> harness.watermark(event.timestampMs());
          case 1 -> harness.setProcessingTime(harness.getProcessingTime() + random.nextInt(30));
          case 2 -> harness.flush();
          case 3 -> {
            OperatorSubtaskState state = harness.checkpoint();
            inferences.addAll(harness.inferences());
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
      Map<String, List<Inference>> actual = byKey(inferences, Inference::getKey);
      assertThat(actual.keySet()).as(description).isEqualTo(loop.inferences().keySet());
      loop.inferences()
          .forEach((key, expected) -> expectSame(description, expected, actual.get(key)));
    } finally {
      harness.close();
    }
    assertThat(LoadedModels.held()).as(description).isZero();
  }

  private static void expectSame(
      String description, List<Inference> expected, List<Inference> actual) {
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      assertThat(actual.get(i)).as(description).isEqualTo(expected.get(i));
    }
    assertThat(actual).as(description).hasSameSizeAs(expected);
  }

  /** Six revisions at event times that rise with their numbers but for some. */
  private static List<ModelAnnouncement> announcements(
      TestingRevisions revisions, TestingPlainLoop loop, List<StreamEvent> events, Random random) {
    List<ModelAnnouncement> announcements = new ArrayList<>();
    int hiddenSize = 8;
    for (int switches = 0; switches < 6; switches++) {
      long number = 4 + switches;
      StatePolicy policy = StatePolicy.values()[random.nextInt(4)];
      if (policy != StatePolicy.CARRY && random.nextBoolean()) {
        hiddenSize = 20 - hiddenSize;
      }
      int position = EVENTS * (1 + switches) / 7 + random.nextInt(300) - 150;
      long fromMs = events.get(position).timestampMs();
      Integer replay = policy == StatePolicy.REPLAY ? 1 + random.nextInt(REPLAY) : null;
      ModelFile file = revisions.file(number, hiddenSize);
      announcements.add(revisions.announce(number, file, fromMs, policy, replay));
      loop.switchTo(file, number, fromMs, policy, replay == null ? 0 : replay);
    }
    return announcements;
  }
}
