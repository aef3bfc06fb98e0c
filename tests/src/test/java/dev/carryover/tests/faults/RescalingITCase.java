package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that is stopped with a savepoint goes on at another parallelism, on another backend. */
@ExtendWith(BrokerExtension.class)
class RescalingITCase {
  private static final String[] PARALLELISM = {"1", "3", "2"};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "heap, heap, heap, false",
    "rocksdb, rocksdb, rocksdb, true",
    "heap, rocksdb, heap, true",
    "rocksdb, heap, rocksdb, false"
  })
  void outputFromOneToThreeToTwoEqualsThePlainLoop(
      String first, String second, String third, boolean eventTime, EmbeddedBroker broker)
      throws Exception {
    String[] backends = {first, second, third};
    Scenario scenario = new Scenario(47, eventTime, PARALLELISM.length, 1000, 200);
    String name = "rescaling-" + String.join("-", backends);
    Path model = TestingModels.write(scenario.model(), folder);
    TestingJob job =
        scenario.configure(new TestingJob(broker, name, model, folder)).createOutputTopics();

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, 3, folder);
        CommittedRecords inferences = job.read(job.inferences());
        CommittedRecords deadLetters = job.read(job.deadLetters())) {
      String savepoint = null;
      for (int phase = 0; phase < PARALLELISM.length; phase++) {
        TestingJob next =
            job.with("parallelism", PARALLELISM[phase]).with("state.backend", backends[phase]);
        TestingCluster.Job running =
            savepoint == null
                ? cluster.submit(next.build())
                : cluster.submit(next.build(), savepoint);
        events.send(scenario.chunk(phase));
        inferences.await(scenario.enoughAfter(phase), running::ended);
        if (phase == PARALLELISM.length - 1) {
          events.sendTime(scenario.endMs());
          inferences.await(scenario.loop().produced(), running::ended);
        }
        savepoint = running.stop(folder.resolve("savepoints"));
      }

      BitwiseInferences.assertEqual(
          scenario + ", " + name, inferences.toEnd(), scenario.loop().inferences());
      assertThat(deadLetters.toEnd()).as("dead letters").hasSize(scenario.loop().unusable());
    }
  }
}
