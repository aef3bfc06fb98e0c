package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingModels.CLASSIFY_FEATURES;
import static dev.carryover.job.operator.TestingModels.NEXT_TOKEN;
import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.byKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.job.operator.TestingStreams.Keys;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.schemas.Inference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever is batched with what, every key gets the bits that a plain loop over its events gives.
 */
class PlainLoopEqualityTest {
  private static final int EVENTS = 1500;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void everyBatchSizeGivesTheBitsOfThePlainLoop(TestingModels kind) throws Exception {
    int[] batchSizes = {1, 2, 3, 7, 32, 100, 256};
    for (Keys keys : Keys.values()) {
      for (int trial = 0; trial < batchSizes.length; trial++) {
        long seed = 1000L * kind.ordinal() + 100 * keys.ordinal() + trial;
        TestingSettings settings = varied(seed).batchSize(batchSizes[trial]);
        expectPlainLoop(Backend.HEAP, kind, keys, settings.build(), seed);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NEXT_TOKEN,SKEWED", "NEXT_TOKEN_WITHOUT_END,ONE", "CLASSIFY_FEATURES,UNIFORM"})
  void stateInRocksDbGivesTheSameBits(TestingModels kind, Keys keys) throws Exception {
    for (int batchSize : new int[] {1, 32}) {
      long seed = 77 + batchSize;
      OperatorSettings settings = varied(seed).batchSize(batchSize).build();
      expectPlainLoop(Backend.ROCKSDB, kind, keys, settings, seed);
    }
  }

  /** A table of sixteen slots and about four keys, so that every batch replaces most of them. */
  @ParameterizedTest
  @CsvSource({"HEAP, 550", "ROCKSDB, 1600"})
  void aCacheOfFewKeysGivesTheSameBits(Backend backend, long bytes) throws Exception {
    for (TestingModels kind : new TestingModels[] {NEXT_TOKEN, CLASSIFY_FEATURES}) {
      for (int batchSize : new int[] {1, 3, 32}) {
        long seed = 177 + batchSize;
        OperatorSettings settings = varied(seed).batchSize(batchSize).cacheBytes(bytes).build();
        expectPlainLoop(backend, kind, Keys.SKEWED, settings, seed);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void noCacheGivesTheSameBits(Backend backend) throws Exception {
    long seed = 178;
    OperatorSettings settings = varied(seed).batchSize(32).cacheBytes(0).build();
    expectPlainLoop(backend, NEXT_TOKEN, Keys.SKEWED, settings, seed);
  }

  @ParameterizedTest
  @EnumSource(names = {"NEXT_TOKEN", "CLASSIFY_FEATURES", "LABEL"})
  void roundedWeightsGiveTheBitsOfThePlainLoopWithRoundedWeights(TestingModels kind)
      throws Exception {
    for (int batchSize : new int[] {1, 32}) {
      long seed = 5 + batchSize;
      OperatorSettings settings = varied(seed).batchSize(batchSize).build();
      ModelReference model = TestingModels.in(kind.in(folder), WeightPrecision.BF16);
      expectPlainLoop(Backend.HEAP, kind, model, Keys.SKEWED, settings, seed);
    }
  }

  /** Every option that decides about sequences is on for some seeds and off for others. */
  private static TestingSettings varied(long seed) {
    Random random = new Random(seed);
    TestingSettings settings = settings().next(random.nextInt(3));
    if (random.nextBoolean()) {
      settings.gapMs(TestingStreams.SILENCE_MS);
    }
    if (random.nextBoolean()) {
      settings.maximumLength(1 + random.nextInt(12));
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
      settings.alertRank(4).alertSurprisal(2.5);
    }
    return settings.emission(Emission.values()[random.nextInt(3)]);
  }

  private void expectPlainLoop(
      Backend backend, TestingModels kind, Keys keys, OperatorSettings settings, long seed)
      throws Exception {
    expectPlainLoop(backend, kind, kind.in(folder), keys, settings, seed);
  }

  private void expectPlainLoop(
      Backend backend,
      TestingModels kind,
      ModelReference model,
      Keys keys,
      OperatorSettings settings,
      long seed)
      throws Exception {
    ModelFile file = kind.file();
    List<StreamEvent> events = TestingStreams.random(file.config(), keys, EVENTS, seed);
    TestingPlainLoop loop =
        new TestingPlainLoop(file, model.revision(), settings, model.options().weights());
    Random random = new Random(seed);
    try (TestingHarness harness = TestingHarness.start(backend, model, settings)) {
      for (StreamEvent event : events) {
        loop.event(event);
        harness.send(event);
        switch (random.nextInt(40)) {
          case 0 -> harness.watermark(event.timestampMs());
          case 1 -> harness.setProcessingTime(harness.getProcessingTime() + random.nextInt(7));
          case 2 -> harness.flush();
          default -> {}
        }
      }
      loop.end();
      harness.end();

      String description = "%s %s %s %s seed=%d".formatted(kind, keys, backend, settings, seed);
      assertThat(byKey(harness.inferences(), Inference::getKey))
          .as(description)
          .isEqualTo(loop.inferences());
      assertThat(byKey(harness.side(SideOutputs.ALERTS), Inference::getKey))
          .as(description)
          .isEqualTo(loop.alerts());
      Map<String, List<Object>> rejections =
          harness.deadLetters().stream()
              .collect(
                  Collectors.groupingBy(
                      StreamEvent::key,
                      Collectors.mapping(StreamEvent::rejection, Collectors.toList())));
      assertThat(rejections.keySet()).as(description).isEqualTo(loop.rejections().keySet());
      rejections.forEach(
          (key, reasons) ->
              assertThat(reasons)
                  .as(description)
                  .containsExactlyInAnyOrderElementsOf(loop.rejections().get(key)));
      loop.ends()
          .forEach(
              (cause, count) ->
                  assertThat(harness.counter("cause." + cause + ".sequencesEnded"))
                      .as(description)
                      .isEqualTo(count.longValue()));
      if (settings.cacheBytes() != OperatorSettings.NONE) {
        boolean caches = settings.cacheBytes() > 0;
        assertThat(harness.counter("stateCacheHits") > 0).as(description).isEqualTo(caches);
        assertThat(harness.counter("stateCacheMisses")).as(description).isGreaterThan(EVENTS / 20);
      }
      if (backend == Backend.HEAP && settings.expireAfterMs() != OperatorSettings.NONE) {
        assertThat(harness.keyedStateEntries()).as(description).isZero();
        assertThat(harness.numEventTimeTimers()).as(description).isZero();
      }
    }
  }
}
