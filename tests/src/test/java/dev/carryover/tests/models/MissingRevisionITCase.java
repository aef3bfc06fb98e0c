package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerExtension.class)
@Timeout(180)
class MissingRevisionITCase {
  private static final long SEED = 89;
  private static final int WORDS = 12;
  private static final int CHUNK = 300;
  private static final int GAP_MS = 2_000;
  private static final long REVISION = 2;

  @TempDir Path folder;

  /** The file of the revision that the savepoint needs was deleted meanwhile. */
  @Test
  void aRestoreNamesTheFileThatVanishedAndGoesOnWithoutWhereItMay(EmbeddedBroker broker)
      throws Exception {
    ModelFile first = TestingModels.nextToken(Cell.GRU, WORDS, 16, 1, SEED);
    ModelFile second = TestingModels.nextToken(Cell.GRU, WORDS, 16, 1, SEED + 1);
    Path model = TestingModels.write(first, folder);
    Announced announced = new Announced(folder);
    TestingJob job = job(broker, model);
    List<Event> all = TestingEvents.random(SEED, 3 * CHUNK, 20, WORDS, 10);
    PlainLoop loop = PlainLoop.of(first).expecting(3).gap(GAP_MS);

    try (TestingControlTopic control = new TestingControlTopic(broker, "missing-models", 1);
        EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        ModelStatuses statuses = new ModelStatuses(broker, "missing-statuses");
        CommittedRecords committed = job.read("missing-statuses");
        CommittedRecords inferences = job.read(job.inferences())) {
      TestingCluster.Job running = cluster.submit(job.build());
      send(events, loop, all.subList(0, CHUNK));
      inferences.await(loop.produced(), running::ended);
      control.announce(0, announced.write(REVISION, second, StatePolicy.CARRY));
      statuses.awaitLoaded(REVISION, 2, running::ended);
      loop.switchTo(second, REVISION, all.get(CHUNK).getTimestampMs(), StatePolicy.CARRY, 0);
      send(events, loop, all.subList(CHUNK, 2 * CHUNK));
      inferences.await(loop.produced(), running::ended);
      String savepoint = running.stop(folder.resolve("savepoints"));
      Path file = announced.path(REVISION);
      Files.delete(file);

      Throwable cause = cluster.submit(job.build(), savepoint).failure();
      assertThat(cause)
          .hasMessageContaining("revision 2 is needed")
          .hasMessageContaining(file.toUri().toString())
          .hasMessageContaining("put the file back, or set models.missing to reset");

      running = cluster.submit(job.with("models.missing", "reset").build(), savepoint);
      loop.lose(REVISION);
      send(events, loop, all.subList(2 * CHUNK, 3 * CHUNK));
      long endMs = all.get(all.size() - 1).getTimestampMs() + 10L * GAP_MS;
      events.sendTime(endMs);
      for (int partition = 0; partition < 4; partition++) {
        loop.add(
            Event.newBuilder()
                .setKey(EventTopic.clockKey(partition))
                .setTimestampMs(endMs)
                .setToken(TestingModels.UNKNOWN)
                .build());
      }
      loop.silence(endMs - 1);
      inferences.await(loop.produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual("seed=" + SEED, inferences.toEnd(), loop.inferences());
      assertThat(ModelStatuses.decode(committed.toEnd()))
          .filteredOn(status -> status.getStatus() == RevisionStatus.REJECTED)
          .hasSize(2)
          .allSatisfy(
              status -> {
                assertThat(status.getRevision()).isEqualTo(REVISION);
                assertThat(status.getReason()).isEqualTo(RejectionCode.FILE_MISSING.name());
                assertThat(status.getDetail()).contains(file.toUri().toString());
              })
          .extracting(ModelStatus::getSubtask)
          .containsExactlyInAnyOrder(0, 1);
    }
  }

  private TestingJob job(EmbeddedBroker broker, Path model) throws IOException {
    broker.createTopic("missing-statuses", 1);
    return new TestingJob(broker, "missing", model, folder)
        .with("parallelism", "2")
        .with("sequence.gap", GAP_MS + " ms")
        .with("flink.execution.buffer-timeout.interval", "5 ms")
        .with("flink.restart-strategy.type", "none")
        .with("models.topic", "missing-models")
        .with("models.status-topic", "missing-statuses")
        .createOutputTopics();
  }

  private static void send(EventTopic topic, PlainLoop loop, List<Event> events)
      throws InterruptedException {
    topic.send(events);
    events.forEach(loop::add);
  }
}
