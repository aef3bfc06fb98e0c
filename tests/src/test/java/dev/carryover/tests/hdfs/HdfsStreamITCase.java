package dev.carryover.tests.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.evaluation.Agreement;
import dev.carryover.deploy.evaluation.ReferenceScores;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelImporter;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The beginning of a real Hadoop log through Kafka and Flink, beside what PyTorch says of it. */
@ExtendWith(BrokerExtension.class)
class HdfsStreamITCase {
  private static final int BLOCKS = 400;
  private static final double TOLERANCE_NATS = 1e-3;
  private static final String STREAM = "data/hdfs/stream.tsv";
  private static final String MODEL = "models/hdfs-gru64";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"heap, 2", "rocksdb, 1"})
  void firstBlocksAgreeWithPyTorch(String backend, String parallelism, EmbeddedBroker broker)
      throws Exception {
    Path data =
        DataFolder.withAll(
            STREAM, MODEL + ".safetensors", MODEL + ".config.json", MODEL + ".expected.tsv");
    ModelFile model =
        ModelImporter.fromFiles(
            data.resolve(MODEL + ".safetensors"), data.resolve(MODEL + ".config.json"));
    List<Event> log = beginning(data.resolve(STREAM));
    PlainLoop loop = PlainLoop.of(model).expecting(3);
    log.forEach(loop::add);
    TestingJob job =
        new TestingJob(broker, "hdfs-" + backend, TestingModels.write(model, folder), folder)
            .with("state.backend", backend)
            .with("parallelism", parallelism)
            .createOutputTopics();

    try (EventTopic events = new EventTopic(broker, job.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = job.read(job.inferences());
        CommittedRecords deadLetters = job.read(job.deadLetters())) {
      events.send(log);
      TestingCluster.Job running = cluster.submit(job.build());
      inferences.await(loop.produced(), running::ended);
      running.stop(folder.resolve("savepoints"));

      List<ConsumerRecord<byte[], byte[]>> records = inferences.toEnd();
      Agreement agreement =
          Agreement.between(
              expected(data.resolve(MODEL + ".expected.tsv"), loop.inferences().keySet()),
              scores(records),
              TOLERANCE_NATS);
      assertThat(agreement.disagreements()).isEmpty();
      assertThat(agreement.agreeing()).isEqualTo(BLOCKS);
      BitwiseInferences.assertEqual(backend, records, loop.inferences());
      assertThat(deadLetters.toEnd()).as("dead letters").isEmpty();
    }
  }

  /** All events of the first blocks in their order and with their times, then the blocks' ends. */
  private static List<Event> beginning(Path stream) throws IOException {
    Set<String> blocks = new LinkedHashSet<>();
    List<Event> events = new ArrayList<>();
    long timeMs = 0;
    for (String line : Files.readAllLines(stream)) {
      String[] fields = line.split("\t");
      timeMs = Long.parseLong(fields[0]) * 1000;
      if (blocks.size() < BLOCKS) {
        blocks.add(fields[1]);
      }
      if (blocks.contains(fields[1])) {
        events.add(
            Event.newBuilder()
                .setKey(fields[1])
                .setTimestampMs(timeMs)
                .setToken(fields[2])
                .build());
      }
    }
    for (String block : blocks) {
      events.add(Event.newBuilder().setKey(block).setTimestampMs(timeMs).setEnd(true).build());
    }
    return events;
  }

  private static Map<String, SequenceScore> expected(Path file, Set<String> blocks)
      throws Exception {
    Map<String, SequenceScore> scores = new LinkedHashMap<>(ReferenceScores.read(file));
    scores.keySet().retainAll(blocks);
    return scores;
  }

  private static Map<String, SequenceScore> scores(List<ConsumerRecord<byte[], byte[]>> records)
      throws Exception {
    RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
    Map<String, SequenceScore> scores = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Inference inference = codec.decode(record.value());
      NextToken token = (NextToken) inference.getPrediction();
      scores.merge(
          inference.getKey(),
          SequenceScore.EMPTY.plus(token.getRank(), token.getSurprisalNats()),
          SequenceScore::plus);
    }
    return scores;
  }
}
