package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.Topology;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.output.KafkaSinks;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.source.EventSource;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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

  /** The job fails in the middle of events, of inferences and of checkpoints. */
  @ParameterizedTest
  @CsvSource({"heap, false", "rocksdb, false", "heap, true", "rocksdb, true"})
  void outputAfterFailuresEqualsThePlainLoop(
      String backend, boolean eventTime, EmbeddedBroker broker) throws Exception {
    Scenario scenario = new Scenario(41, eventTime, CHUNKS, CHUNK_SIZE, KEYS);
    String name = "failures-" + backend + (eventTime ? "-event-time" : "");
    Path model = TestingModels.write(scenario.model(), folder);
    TestingJob job =
        scenario
            .configure(new TestingJob(broker, name, model, folder))
            .with("state.backend", backend)
            .with("parallelism", "2")
            .createOutputTopics();
    Failures failures = Failures.named(name);

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = job.read(job.inferences())) {
      TestingCluster.Job running = cluster.submit(failing(job, failures));
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        List<Event> sent = scenario.chunk(chunk);
        plan(failures, chunk, scenario);
        events.send(sent.subList(0, sent.size() / 2));
        failures.awaitThoseOfCheckpoints();
        events.send(sent.subList(sent.size() / 2, sent.size()));
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

  /**
   * A different failure for every chunk. Its record has enough others behind it that it comes out
   * without the next chunk, since the watermark begins anew after a failure.
   */
  private static void plan(Failures failures, int chunk, Scenario scenario) {
    List<Event> events = scenario.chunk(chunk);
    Event middle = events.get(events.size() / 2);
    switch (chunk) {
      case 0, 1 -> failures.atRecord(middle.getKey() + "@" + middle.getTimestampMs());
      case 2 -> {
        failures.inNextSnapshot();
        failures.atRecord(identity(inferenceOf(scenario, events)));
      }
      case 3 -> failures.afterNextCheckpoint();
      default -> failures.atRecord(identity(inferenceOf(scenario, events)));
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

  private static String identity(StreamEvent event) {
    return event.key() + "@" + event.timestampMs();
  }

  static String identity(Inference inference) {
    return inference.getKey() + "@" + inference.getSequenceStartMs() + "#" + inference.getStep();
  }

  /** The job from Kafka to Kafka with something that fails before and after the operator. */
  static StreamExecutionEnvironment failing(TestingJob job, Failures failures) throws Exception {
    JobConfiguration configuration = job.configuration();
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(
            Configuration.fromMap(job.build().getConfiguration().toMap()));
    String model = configuration.modelUri();
    DataStream<StreamEvent> events =
        environment
            .fromSource(
                EventSource.builder(configuration).build(),
                EventSource.watermarks(configuration),
                "events")
            .uid("events")
            .map(failures.<StreamEvent>function(FailureITCase::identity))
            .returns(new StreamEventTypeInfo())
            .uid("fails-before");
    Topology.recurrent(
            events,
            OperatorSettings.from(configuration),
            new ModelReference(model, LoadedModels.read(model).sha256(), 1, KernelChoice.AUTO))
        .map(failures.<Inference>function(FailureITCase::identity))
        .returns(RecordTypes.INFERENCE)
        .uid("fails-after")
        .sinkTo(KafkaSinks.inferences(configuration))
        .uid("inferences");
    return environment;
  }
}
