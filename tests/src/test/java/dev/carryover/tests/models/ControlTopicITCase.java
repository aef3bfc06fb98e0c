package dev.carryover.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingEvents;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerExtension.class)
class ControlTopicITCase {
  private static final long SEED = 23;
  private static final int WORDS = 12;
  private static final int PHASES = 3;

  @TempDir Path folder;

  /** A job without a control topic, then with one, then restored once more. */
  @Test
  void aStatefulJobIsGivenAControlTopicWhoseBadRecordsAreToldOnce(EmbeddedBroker broker)
      throws Exception {
    ModelFile file = TestingModels.nextToken(Cell.GRU, WORDS, 16, 1, SEED);
    Path model = TestingModels.write(file, folder);
    TestingJob plain =
        new TestingJob(broker, "control", model, folder)
            .with("parallelism", "2")
            .createOutputTopics();
    String statusTopic = "control-statuses";
    broker.createTopic(statusTopic, 2);
    List<Event> all = TestingEvents.random(SEED, 600, 20, WORDS, 100);
    PlainLoop loop = PlainLoop.of(file).expecting(3);

    try (TestingControlTopic control = new TestingControlTopic(broker, "control-models", 2);
        EventTopic events = new EventTopic(broker, plain.events());
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = plain.read(plain.inferences());
        CommittedRecords statuses = plain.read(statusTopic)) {
      TestingJob controlled =
          plain.with("models.topic", control.name()).with("models.status-topic", statusTopic);
      control.write(0, "garbage".getBytes(StandardCharsets.UTF_8));
      control.write(1, null);
      String savepoint = null;
      for (int phase = 0; phase < PHASES; phase++) {
        TestingCluster.Job running =
            phase == 0
                ? cluster.submit(plain.build())
                : cluster.submit(controlled.build(), savepoint);
        if (phase == 2) {
          control.write(0, new byte[(1 << 20) + 1]);
        }
        List<Event> chunk = all.subList(phase * 200, (phase + 1) * 200);
        events.send(chunk);
        chunk.forEach(loop::add);
        inferences.await(loop.produced(), running::ended);
        statuses.await(phase == 0 ? 0 : phase + 1, running::ended);
        savepoint = running.stop(folder.resolve("savepoints"));
      }

      BitwiseInferences.assertEqual("seed=" + SEED, inferences.toEnd(), loop.inferences());
      assertThat(unreadable(statuses.toEnd()))
          .extracting(ModelStatus::getDetail)
          .containsExactlyInAnyOrder(
              "control-models-0@0: 7 bytes, a header of 10 is needed; ModelAnnouncement, byte 0 of"
                  + " 7; write records in Avro's single-object encoding",
              "control-models-1@0: no value, an announcement is needed; value; write it with an"
                  + " announcement",
              "control-models-0@1: 1048577 bytes, at most 1048576 are read; value; announce where"
                  + " the model file is, not the file itself");
    }
  }

  private static List<ModelStatus> unreadable(List<ConsumerRecord<byte[], byte[]>> records)
      throws Exception {
    RecordCodec<ModelStatus> codec = RecordCodec.of(ModelStatus.class);
    List<ModelStatus> unreadable = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      ModelStatus status = codec.decode(record.value());
      if ("UNREADABLE_ANNOUNCEMENT".equals(status.getReason())) {
        assertThat(status.getStatus()).isEqualTo(RevisionStatus.REJECTED);
        unreadable.add(status);
      }
    }
    return unreadable;
  }
}
