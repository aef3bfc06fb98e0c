package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.config.JobOptions;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.FailingJob;
import dev.carryover.tests.stream.Failures;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Twenty models take over within a minute of event time while the job runs: what a consumer of
 * committed records sees is what a plain loop says that switches at the announced times, whatever
 * fails meanwhile.
 */
@ExtendWith(BrokerExtension.class)
@Timeout(180)
class HotSwapITCase {
  private static final int LAST_BEFORE = 3;
  private static final int FIRST_OF_IT = 8;
  private static final int SECOND_OF_IT = 13;
  private static final int ARRIVAL_OF_FIRST = 17;
  private static final int FAILURES = 4;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"heap, false", "rocksdb, true"})
  void twentySwapsWithFailuresAroundThemEqualThePlainLoop(
      String backend, boolean eventTime, EmbeddedBroker broker) throws Exception {
    SwapScenario scenario = new SwapScenario(71, eventTime, folder);
    // A checkpoint is taken when the test says so, and at no other time.
    TestingJob job =
        job(broker, "swaps-" + backend, scenario)
            .with("state.backend", backend)
            .with("parallelism", "2")
            .with("checkpoints.interval", "14 min");
    Failures failures = Failures.named("swaps-" + backend);

    try (Topics topics = new Topics(broker, job);
        TestingCluster cluster = TestingCluster.start(1, 2, folder)) {
      TestingCluster.Job running = cluster.submit(FailingJob.build(job, failures));
      topics.events.send(scenario.chunk(0));
      for (int swap = 0; swap < SwapScenario.SWAPS; swap++) {
        if (swap % 5 == LAST_BEFORE % 5 && swap != FIRST_OF_IT) {
          // What is announced now is in no checkpoint that the job could go back to.
          running.checkpoint();
        }
        topics.announce(scenario, swap, 2, running);
        if (swap == FIRST_OF_IT) {
          running.checkpoint();
        }
        if (plan(failures, scenario, swap) && !eventTime) {
          // After the failure the events are there before the announcements: the log knows them.
          failures.holdAnnouncements();
        }
        topics.events.send(scenario.chunk(swap + 1));
        failures.awaitThoseOfRecords();
        if (failures.holdsAnnouncements()) {
          running.awaitRestart(failures.happened());
          running.awaitCounter("steps", scenario.tokens(swap + 1));
          failures.releaseAnnouncements();
        }
      }
      topics.events.sendTime(scenario.endMs());
      topics.inferences.await(
          scenario.loop().produced(),
          () -> {
            checkpoint(running);
            return running.ended();
          });
      running.stop(folder.resolve("savepoints"));

      assertThat(failures.happened()).as("failures").isEqualTo(FAILURES);
      topics.expect(scenario, backend);
    }
  }

  private static void checkpoint(TestingCluster.Job running) {
    try {
      running.checkpoint();
    } catch (Exception e) {
      throw new AssertionError("no checkpoint", e);
    }
  }

  /**
   * Failures right before, at and right after the first event that a revision serves.
   *
   * @return whether there is one around this swap
   */
  private static boolean plan(Failures failures, SwapScenario scenario, int swap) {
    switch (swap) {
      case LAST_BEFORE -> failures.atRecord(FailingJob.identity(scenario.lastBefore(swap)));
      case FIRST_OF_IT -> failures.atRecord(FailingJob.identity(scenario.servedBy(swap, 0)));
      case SECOND_OF_IT -> failures.atRecord(FailingJob.identity(scenario.servedBy(swap, 1)));
      case ARRIVAL_OF_FIRST -> {
        Inference first = scenario.servedBy(swap, 0);
        failures.atRecord(first.getKey() + "@" + first.getTimestampMs());
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The job is stopped between an announcement and its time, and goes on as three tasks. */
  @ParameterizedTest
  @CsvSource({"heap, rocksdb"})
  void swapsThatAreRescaledInTheirMiddleEqualThePlainLoop(
      String first, String second, EmbeddedBroker broker) throws Exception {
    SwapScenario scenario = new SwapScenario(73, false, folder);
    TestingJob job = job(broker, "swaps-rescaled", scenario).with("state.backend", first);

    try (Topics topics = new Topics(broker, job);
        TestingCluster cluster = TestingCluster.start(1, 3, folder)) {
      TestingCluster.Job running = cluster.submit(job.with("parallelism", "1").build());
      int parallelism = 1;
      topics.events.send(scenario.chunk(0));
      for (int swap = 0; swap < SwapScenario.SWAPS; swap++) {
        topics.announce(scenario, swap, parallelism, running);
        if (swap == SwapScenario.SWAPS / 2) {
          String savepoint = running.stop(folder.resolve("savepoints"));
          parallelism = 3;
          running =
              cluster.submit(
                  job.with("parallelism", "3").with("state.backend", second).build(), savepoint);
        }
        topics.events.send(scenario.chunk(swap + 1));
      }
      topics.events.sendTime(scenario.endMs());
      topics.inferences.await(scenario.loop().produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      topics.expect(scenario, "rescaled");
    }
  }

  private TestingJob job(EmbeddedBroker broker, String name, SwapScenario scenario)
      throws IOException {
    return scenario
        .configure(new TestingJob(broker, name, scenario.model(), folder))
        .with("flink.execution.buffer-timeout.interval", "5 ms")
        .with("models.topic", name + "-models")
        .with("models.status-topic", name + "-statuses")
        .createOutputTopics();
  }

  /** What a run writes to and reads. */
  private static final class Topics implements AutoCloseable {
    private final EventTopic events;
    private final TestingControlTopic control;
    private final ModelStatuses statuses;
    private final CommittedRecords committedStatuses;
    private final CommittedRecords inferences;

    Topics(EmbeddedBroker broker, TestingJob job) throws Exception {
      String name = job.configuration().get(JobOptions.JOB_NAME);
      broker.createTopic(name + "-statuses", 1);
      events = new EventTopic(broker, job.events());
      control = new TestingControlTopic(broker, name + "-models", 2);
      statuses = new ModelStatuses(broker, name + "-statuses");
      committedStatuses = job.read(name + "-statuses");
      inferences = job.read(job.inferences());
    }

    /** Announces a swap, and waits until all tasks know of it. */
    void announce(SwapScenario scenario, int swap, int parallelism, TestingCluster.Job running)
        throws InterruptedException {
      control.announce(swap % 2, scenario.announcement(swap));
      statuses.awaitLoaded(scenario.announcement(swap).getRevision(), parallelism, running::ended);
    }

    void expect(SwapScenario scenario, String run) throws Exception {
      List<ConsumerRecord<byte[], byte[]>> records = inferences.toEnd();
      BitwiseInferences.assertEqual(scenario + ", " + run, records, scenario.loop().inferences());
      expectOneOfEveryEvent(scenario, records);
      expectStatuses(ModelStatuses.decode(committedStatuses.toEnd()));
    }

    private static void expectOneOfEveryEvent(
        SwapScenario scenario, List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
      Set<String> events =
          scenario.events().stream()
              .filter(event -> event.getToken() != null)
              .map(Event::getTimestampMs)
              .map(String::valueOf)
              .collect(Collectors.toCollection(HashSet::new));
      RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
      List<String> inferred = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : records) {
        Inference inference = codec.decode(record.value());
        if (SwapScenario.ofEvent(inference) && !inference.getKey().startsWith("clock-")) {
          inferred.add(String.valueOf(inference.getTimestampMs()));
        }
      }
      assertThat(inferred).containsExactlyInAnyOrderElementsOf(events);
    }

    private static void expectStatuses(List<ModelStatus> statuses) {
      assertThat(statuses)
          .filteredOn(status -> status.getStatus() == RevisionStatus.REJECTED)
          .isEmpty();
      assertThat(statuses)
          .as("none came too late")
          .extracting(ModelStatus::getDetail)
          .containsOnlyNulls();
      Map<Integer, Long> active = new HashMap<>();
      statuses.stream()
          .filter(status -> status.getStatus() == RevisionStatus.ACTIVE)
          .forEach(status -> active.put(status.getSubtask(), status.getRevision()));
      assertThat(active.values()).as("served last").containsOnly(SwapScenario.SWAPS + 1L);
    }

    @Override
    public void close() {
      inferences.close();
      committedStatuses.close();
      statuses.close();
      control.close();
      events.close();
    }
  }
}
