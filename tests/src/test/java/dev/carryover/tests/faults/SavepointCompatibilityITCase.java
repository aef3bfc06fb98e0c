package dev.carryover.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A savepoint of every released build is kept under {@code src/test/resources/savepoints}, and a
 * job of this build goes on from it to the bit. {@link SavepointWriter} writes a new one, and says
 * how.
 *
 * <p>Where the savepoint lies, where the model lies, the backend and the parallelism are all others
 * than when it was written.
 */
class SavepointCompatibilityITCase {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"v1, heap, 2", "v1, rocksdb, 1"})
  void savepointOfAnEarlierBuildGoesOnToTheBit(String version, String backend, String parallelism)
      throws Exception {
    SavepointFixture fixture = new SavepointFixture(resource(version));
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        TestingCluster cluster = TestingCluster.start(1, 2, folder)) {
      TestingJob job =
          fixture
              .job(broker, folder)
              .with("state.backend", backend)
              .with("parallelism", parallelism);
      List<String> expected = Files.readAllLines(fixture.continuation());
      try (EventTopic events =
              new EventTopic(broker, job.events(), SavepointFixture.PARTITIONS, 1 << 20);
          CommittedRecords inferences = job.read(job.inferences())) {
        fixture.send(0, events);
        fixture.send(1, events);
        TestingCluster.Job running =
            cluster.submit(job.build(), fixture.savepoint().toUri().toString());
        inferences.await(expected.size(), running::ended);
        running.stop(folder.resolve("savepoints"));

        assertThat(byKey(lines(inferences.toEnd()))).isEqualTo(byKey(expected));
      }
    }
  }

  private static Path resource(String version) throws Exception {
    URL folder =
        SavepointCompatibilityITCase.class.getResource("/savepoints/" + version + "/events.tsv");
    assertThat(folder).as("the savepoint of " + version).isNotNull();
    return Path.of(folder.toURI()).getParent();
  }

  private static List<String> lines(List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
    RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
    List<String> lines = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      lines.add(SavepointFixture.line(codec.decode(record.value())));
    }
    return lines;
  }

  private static Map<String, List<String>> byKey(List<String> lines) {
    return lines.stream()
        .collect(Collectors.groupingBy(line -> line.substring(0, line.indexOf('\t'))));
  }
}
