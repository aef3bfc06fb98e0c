package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import dev.carryover.tests.stream.TransductionLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A small model without attention gives way to one with it, in the middle of the stream. */
@ExtendWith(BrokerExtension.class)
@Timeout(120)
class TransductionSwapITCase {
  private static final long SEED = 67;
  private static final int WORDS = 20;
  private static final int MAXIMUM_LENGTH = 12;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void sequencesFromTheCutoverOnAreTransducedByTheModelWithAttention(
      boolean twoDirections, EmbeddedBroker broker) throws Exception {
    ModelFile small = TestingModels.seq2seq(Cell.GRU, WORDS, false, Attention.NONE, SEED);
    ModelFile better =
        TestingModels.seq2seq(Cell.GRU, WORDS, twoDirections, Attention.ADDITIVE, SEED + 1);
    List<Event> all = TestingEvents.random(SEED, 2000, 60, WORDS, 10);
    long fromMs = all.get(1000).getTimestampMs();
    TransductionLoop loop = new TransductionLoop(small, 4, 1, Long.MAX_VALUE, MAXIMUM_LENGTH);
    loop.switchTo(better, 2, fromMs);
    all.forEach(loop::add);

    String name = "transduction-swap-" + twoDirections;
    Path file = folder.resolve("better.safetensors");
    String sha256 = ModelFileWriter.write(better, file);
    TestingJob plain =
        new TestingJob(broker, name, TestingModels.write(small, folder), folder)
            .with("parallelism", "2")
            .with("deduplication", "true")
            .with("sequence.maximum-length", Integer.toString(MAXIMUM_LENGTH))
            .createOutputTopics();
    String statuses = name + "-statuses";
    broker.createTopic(statuses, 2);
    try (TestingControlTopic control = new TestingControlTopic(broker, name + "-models", 1);
        EventTopic events = new EventTopic(broker, plain.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = plain.read(plain.inferences())) {
      TestingJob job =
          plain.with("models.topic", control.name()).with("models.status-topic", statuses);
      control.announce(
          0,
          ModelAnnouncement.newBuilder()
              .setModelId(small.config().modelId())
              .setRevision(2)
              .setUri(file.toUri().toString())
              .setSha256(sha256)
              .setSizeBytes(Files.size(file))
              .setEffectiveFromMs(fromMs)
              .setStatePolicy(StatePolicy.DRAIN)
              .build());
      TestingCluster.Job running = cluster.submit(job.build());
      events.send(all);
      inferences.await(loop.produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      BitwiseInferences.assertEqual(name, inferences.toEnd(), loop.inferences());
      assertThat(loop.inferences().values().stream().flatMap(List::stream))
          .extracting(inference -> inference.getRevision())
          .contains(1L, 2L);
    }
  }
}
