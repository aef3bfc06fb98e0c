package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The job's jar on a cluster of processes that are killed and not asked.
 *
 * <pre>
 * mvn -Pslow verify
 * </pre>
 */
@Tag("slow")
@ExtendWith(BrokerExtension.class)
class ProcessKillITCase {
  private static final int CHUNKS = 4;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"heap", "rocksdb"})
  void outputAfterKilledProcessesEqualsThePlainLoop(String backend, EmbeddedBroker broker)
      throws Exception {
    Optional<Path> jar = jobJar();
    assumeTrue(
        jar.isPresent(), "skipped: job/target has no jar for a cluster; mvn package makes it");
    Scenario scenario = new Scenario(67, false, CHUNKS, 2000, 300);
    Path model = TestingModels.write(scenario.model(), folder);
    TestingJob job =
        scenario
            .configure(new TestingJob(broker, "kills-" + backend, model, folder))
            .with("state.backend", backend)
            .with("parallelism", "2")
            .createOutputTopics();
    Path yaml = Files.writeString(folder.resolve("job.yaml"), job.configuration().toString());

    try (EventTopic events = new EventTopic(broker, job.events());
        StandaloneCluster cluster = new StandaloneCluster(folder.resolve("cluster"));
        CommittedRecords inferences = job.read(job.inferences());
        CommittedRecords deadLetters = job.read(job.deadLetters())) {
      cluster.startTaskManager();
      cluster.startTaskManager();
      JobID running = cluster.submit(jar.get(), 2, "--config", yaml.toString());
      BooleanSupplier ended = () -> cluster.ended(running);
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        events.send(scenario.chunk(chunk));
        if (chunk > 0) {
          cluster.killTaskManager();
          cluster.startTaskManager();
        }
        inferences.await(scenario.enoughAfter(chunk), ended);
      }
      events.sendTime(scenario.endMs());
      inferences.await(scenario.loop().produced(), ended);
      cluster.stop(running);

      BitwiseInferences.assertEqual(
          scenario + ", " + backend, inferences.toEnd(), scenario.loop().inferences());
      assertThat(deadLetters.toEnd()).as("dead letters").hasSize(scenario.loop().unusable());
    }
  }

  /** The jar for a Flink cluster that {@code mvn package} made. */
  private static Optional<Path> jobJar() throws IOException {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.isDirectory(at.resolve("job/target"))) {
      at = at.getParent();
    }
    if (at == null) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(at.resolve("job/target"))) {
      return files.filter(file -> file.toString().endsWith("-flink.jar")).findFirst();
    }
  }
}
