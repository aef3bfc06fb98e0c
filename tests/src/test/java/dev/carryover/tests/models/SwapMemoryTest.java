package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.operator.RecurrentOperator;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.TestingModels;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What models that were taken over leave behind: nothing. */
class SwapMemoryTest {
  private static final int FEW = 4;
  private static final int MANY = 200;
  private static final int KEYS = 30;
  private static final int FILES = 3;
  private static final int REPLAY_LENGTH = 4;
  private static final long STEP_MS = 1000;

  @TempDir Path folder;

  private KeyedTwoInputStreamOperatorTestHarness<String, StreamEvent, ModelAnnouncement, Inference>
      harness;
  private final ModelAnnouncement[] announcements = new ModelAnnouncement[FILES];
  private long nowMs;
  private long revision = 1;

  /** What the process holds when everything else was collected. */
  private record Memory(long heapBytes, long directBytes, int models) {}

  @Test
  void memoryAfterTwoHundredSwapsIsThatAfterAFew() throws Exception {
    open();
    try {
      swap(FEW);
      Memory few = measure();
      swap(MANY - FEW);
      Memory many = measure();

      assertThat(revision).isEqualTo(1 + MANY);
      assertThat(few.models).isEqualTo(1);
      assertThat(many.models).isEqualTo(1);
      // Of each model its weights are in memory, about as large as its file. Collectors do not
      // count
      // to the byte; a model left behind by one swap in fifty shows.
      long model = announcements[0].getSizeBytes();
      assertThat(model).isGreaterThan(2_000_000);
      assertThat(many.heapBytes - few.heapBytes).as("heap, bytes").isLessThan(4 * model);
      assertThat(many.directBytes - few.directBytes).as("direct, bytes").isLessThan(model);
    } finally {
      harness.close();
    }
    assertThat(LoadedModels.held()).isZero();
  }

  private void open() throws Exception {
    Announced announced = new Announced(folder);
    for (int file = 0; file < FILES; file++) {
      ModelFile model = TestingModels.nextToken(Cell.GRU, 30, 256, 2, file);
      announcements[file] = announced.write(file, model, StatePolicy.CARRY);
    }
    harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new RecurrentOperator(
                new ModelReference(
                    announcements[0].getUri(),
                    announcements[0].getSha256(),
                    revision,
                    KernelChoice.AUTO),
                settings(),
                new ModelSettings(
                    true,
                    List.of(folder.toUri().toString()),
                    null,
                    1 << 30,
                    60_000,
                    4,
                    REPLAY_LENGTH,
                    false,
                    false),
                AnnouncementLog.NONE),
            StreamEvent::key,
            null,
            Types.STRING);
    harness.open();
  }

  private static OperatorSettings settings() throws Exception {
    return OperatorSettings.from(
        JobConfiguration.of(
            Map.of(
                "job.name", "memory",
                "kafka.bootstrap-servers", "nowhere:9092",
                "events.topics", "events",
                "model.path", "none",
                "inferences.topic", "inferences",
                "dead-letters.topic", "dead-letters",
                "batch.size", "1")));
  }

  /** Swaps of every policy, at once and at an event time, each with sequences on older models. */
  private void swap(int times) throws Exception {
    for (int time = 0; time < times; time++) {
      revision++;
      nowMs += STEP_MS;
      StatePolicy policy = StatePolicy.values()[(int) (revision % 4)];
      ModelAnnouncement announcement =
          ModelAnnouncement.newBuilder(announcements[(int) (revision % FILES)])
              .setRevision(revision)
              .setStatePolicy(policy)
              .setReplayLength(policy == StatePolicy.REPLAY ? REPLAY_LENGTH : null)
              .setEffectiveFromMs(revision % 2 == 0 ? nowMs : null)
              .build();
      harness.processElement2(new StreamRecord<>(announcement));
      awaitLoaded();
      for (int key = 0; key < KEYS; key++) {
        // A third of the keys begins anew with every model, so that drained ones end.
        send("key-" + key, key % 3 == revision % 3);
      }
      harness.processWatermark1(new Watermark(nowMs));
      harness.getOutput().clear();
      harness.getSideOutput(SideOutputs.MODEL_STATUS).clear();
    }
  }

  private void send(String key, boolean end) throws Exception {
    StreamEvent event =
        StreamEvent.builder()
            .key(key)
            .timestampMs(nowMs)
            .token("w" + (revision + key.length()) % 30)
            .end(end)
            .origin("events", 0, nowMs)
            .build();
    harness.processElement1(new StreamRecord<>(event, nowMs));
  }

  private void awaitLoaded() throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (harness.getSideOutput(SideOutputs.MODEL_STATUS) == null
        || harness.getSideOutput(SideOutputs.MODEL_STATUS).stream()
            .map(StreamRecord::getValue)
            .noneMatch(this::loaded)) {
      assertThat(System.nanoTime()).as("revision " + revision).isLessThan(deadline);
      harness.setProcessingTime(harness.getProcessingTime() + 20);
    }
  }

  private boolean loaded(ModelStatus status) {
    return status.getRevision() == revision && status.getStatus() == RevisionStatus.LOADED;
  }

  /** Ends all sequences, so that one model is needed and no other, and measures. */
  private Memory measure() throws Exception {
    nowMs += STEP_MS;
    for (int key = 0; key < KEYS; key++) {
      send("key-" + key, true);
    }
    harness.processWatermark1(new Watermark(nowMs));
    harness.getOutput().clear();
    System.gc();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return new Memory(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        direct,
        LoadedModels.held());
  }
}
