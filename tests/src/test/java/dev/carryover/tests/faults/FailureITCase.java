package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.FailingJob;
import dev.carryover.tests.stream.Failures;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a consumer of committed records sees does not tell whether anything failed. */
@ExtendWith(BrokerExtension.class)
@Timeout(180)
class FailureITCase {
  private static final int CHUNKS = 5;
  private static final int CHUNK_SIZE = 1000;
  private static final int KEYS = 300;

  @TempDir Path folder;

  /**
   * The job fails in the middle of events, of inferences and of checkpoints; its cache holds the
   * states of all keys, or of a few.
   */
  @ParameterizedTest
  @CsvSource({
    "heap, false, 64 mb",
    "rocksdb, false, 64 mb",
    "heap, true, 2 kb",
    "rocksdb, true, 20 kb"
  })
  void outputAfterFailuresEqualsThePlainLoop(
      String backend, boolean eventTime, String cache, EmbeddedBroker broker) throws Exception {
    Scenario scenario = new Scenario(41, eventTime, CHUNKS, CHUNK_SIZE, KEYS);
    String name = "failures-" + backend + (eventTime ? "-event-time" : "");
    Path model = TestingModels.write(scenario.model(), folder);
    TestingJob job =
        scenario
            .configure(new TestingJob(broker, name, model, folder))
            .with("state.backend", backend)
            .with("state.cache-size", cache)
            .with("parallelism", "2")
            .createOutputTopics();
    Failures failures = Failures.named(name);

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = job.read(job.inferences())) {
      TestingCluster.Job running = cluster.submit(FailingJob.build(job, failures));
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        List<Event> sent = scenario.chunk(chunk);
        plan(failures, chunk, scenario);
        events.send(sent.subList(0, sent.size() / 2));
        failures.awaitThoseOfCheckpoints();
        events.send(sent.subList(sent.size() / 2, sent.size()));
        failures.awaitThoseOfRecords();
        events.send(scenario.reminders(chunk));
        inferences.await(scenario.enoughAfter(chunk), running::ended);
      }
      events.sendTime(scenario.endMs());
      inferences.await(scenario.loop().produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual(
          scenario + ", " + backend, inferences.toEnd(), scenario.loop().inferences());
      assertThat(failures.happened()).as("failures").isEqualTo(CHUNKS + 1);
    }
  }

  /** The job loses the task manager of one of its two tasks, several times. */
  @ParameterizedTest
  @ValueSource(strings = {"heap", "rocksdb"})
  void outputAfterLosingTaskManagersEqualsThePlainLoop(String backend, EmbeddedBroker broker)
      throws Exception {
    Scenario scenario = new Scenario(43, false, CHUNKS, CHUNK_SIZE, KEYS);
    Path model = TestingModels.write(scenario.model(), folder);
    TestingJob job =
        scenario
            .configure(new TestingJob(broker, "losses-" + backend, model, folder))
            .with("state.backend", backend)
            .with("parallelism", "2")
            .createOutputTopics();

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(2, 1, folder);
        CommittedRecords inferences = job.read(job.inferences());
        CommittedRecords deadLetters = job.read(job.deadLetters())) {
      TestingCluster.Job running = cluster.submit(job.build());
      int lost = 0;
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        events.send(scenario.chunk(chunk));
        if (chunk % 2 == 1) {
          cluster.replaceTaskManager(lost++);
        }
        inferences.await(scenario.enoughAfter(chunk), running::ended);
      }
      events.sendTime(scenario.endMs());
      inferences.await(scenario.loop().produced(), running::ended);
      assertThat(running.restarts()).as("restarts").isGreaterThanOrEqualTo(lost);
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual(
          scenario + ", " + backend, inferences.toEnd(), scenario.loop().inferences());
      assertThat(deadLetters.toEnd()).as("dead letters").hasSize(scenario.loop().unusable());
    }
  }

  /** A different failure for every chunk. */
  private static void plan(Failures failures, int chunk, Scenario scenario) {
    List<Event> events = scenario.chunk(chunk);
    Event middle = events.get(events.size() / 2);
    switch (chunk) {
      case 0, 1 -> failures.atRecord(FailingJob.identity(middle));
      case 2 -> {
        failures.inNextSnapshot();
        failures.atRecord(FailingJob.identity(inferenceOf(scenario, events)));
      }
      case 3 -> failures.afterNextCheckpoint();
      default -> failures.atRecord(FailingJob.identity(inferenceOf(scenario, events)));
    }
  }

  /** The inference of an event at a quarter of a chunk, or of the first that has one after it. */
  private static Inference inferenceOf(Scenario scenario, List<Event> events) {
    return events.subList(events.size() / 4, events.size()).stream()
        .flatMap(
            event ->
                scenario.loop().inferences().getOrDefault(event.getKey(), List.of()).stream()
                    .filter(i -> i.getTimestampMs() == event.getTimestampMs()))
        .findFirst()
        .orElseThrow();
  }
}
