package dev.carryover.job.output;

import static dev.carryover.job.source.TestingRecords.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.control.TestingAnnouncements;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.TokenProbability;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.formats.avro.typeutils.AvroSerializer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class KafkaSinksTest {
  private static final Inference INFERENCE =
      Inference.newBuilder()
          .setKey("blk_ü")
          .setTimestampMs(1_226_291_915_000L)
          .setSequenceStartMs(1_226_291_900_000L)
          .setStep(12)
          .setModelId("hdfs")
          .setRevision(3)
          .setPrediction(
              NextToken.newBuilder()
                  .setToken("E5")
                  .setSurprisalNats(0.25f)
                  .setRank(1)
                  .setExpected(List.of(new TokenProbability("E22", 0.5f)))
                  .build())
          .setSequenceEnd(SequenceEnd.END_FLAG)
          .build();

  private static final DeadLetter LETTER =
      DeadLetter.newBuilder()
          .setTopic("events")
          .setPartition(3)
          .setOffset(17)
          .setRecordValue(ByteBuffer.wrap(new byte[] {1, 2, 3}))
          .setReason("LATE")
          .setDetail("late")
          .build();

  @Test
  void recordsAreSingleObjectEncodedUnderTheKeyOfTheEvent() throws Exception {
    RecordSerializer<Inference> serializer =
        CommonTestUtils.createCopySerializable(
            new RecordSerializer<>("inferences", Inference.class, Inference::getKey));
    serializer.open(null, null);

    ProducerRecord<byte[], byte[]> record = serializer.serialize(INFERENCE, null, 5L);

    assertThat(record.topic()).isEqualTo("inferences");
    assertThat(record.partition()).isNull();
    assertThat(record.timestamp()).as("left to the producer's clock").isNull();
    assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo("blk_ü");
    assertThat(record.value()).startsWith(0xC3, 0x01);
    assertThat(RecordCodec.of(Inference.class).decode(record.value())).isEqualTo(INFERENCE);
  }

  @Test
  void partsOfADeadLetterHaveOneKey() throws Exception {
    RecordSerializer<DeadLetter> serializer =
        new RecordSerializer<>("dead", DeadLetter.class, DeadLetters::identity);
    serializer.open(null, null);

    assertThat(new String(serializer.serialize(LETTER, null, null).key(), StandardCharsets.UTF_8))
        .isEqualTo("events-3@17");
  }

  @Test
  void everySinkTravelsInAJobGraph() throws Exception {
    JobConfiguration configuration =
        configuration(
            Map.of(
                "alerts.topic", "alerts",
                "alerts.rank", "9",
                "late.topic", "late",
                "models.topic", "models",
                "models.status-topic", "statuses",
                "kafka.properties.security.protocol", "PLAINTEXT"));

    assertThat(CommonTestUtils.createCopySerializable(KafkaSinks.inferences(configuration)))
        .isNotNull();
    assertThat(CommonTestUtils.createCopySerializable(KafkaSinks.alerts(configuration)))
        .isNotNull();
    assertThat(CommonTestUtils.createCopySerializable(KafkaSinks.deadLetters(configuration)))
        .isNotNull();
    assertThat(CommonTestUtils.createCopySerializable(KafkaSinks.late(configuration))).isNotNull();
    assertThat(CommonTestUtils.createCopySerializable(KafkaSinks.modelStatuses(configuration)))
        .isNotNull();
  }

  @Test
  void producerHasOurDefaultsWhereTheConfigurationHasNone() throws Exception {
    assertThat(KafkaSinks.producerProperties(configuration(Map.of())))
        .containsEntry("linger.ms", "20")
        .containsEntry("batch.size", "262144")
        .containsEntry("transaction.timeout.ms", "900000");
    assertThat(
            KafkaSinks.producerProperties(
                configuration(
                    Map.of(
                        "kafka.properties.linger.ms", "1",
                        "delivery.properties.batch.size", "16384",
                        "delivery.properties.compression.type", "lz4",
                        "delivery.transaction-timeout", "1 min"))))
        .containsEntry("linger.ms", "1")
        .containsEntry("batch.size", "16384")
        .containsEntry("compression.type", "lz4")
        .containsEntry("transaction.timeout.ms", "60000");
  }

  @Test
  void recordsTravelBetweenTasksAsAvroAndNeverThroughKryo() throws Exception {
    assertThat(copied(RecordTypes.INFERENCE, INFERENCE)).isEqualTo(INFERENCE);
    assertThat(copied(RecordTypes.DEAD_LETTER, LETTER)).isEqualTo(LETTER);
    assertThat(copied(RecordTypes.ANNOUNCEMENT, TestingAnnouncements.announcement(3)))
        .isEqualTo(TestingAnnouncements.announcement(3));
  }

  private static <T> T copied(TypeInformation<T> type, T record) throws Exception {
    SerializerConfigImpl config = new SerializerConfigImpl();
    config.setGenericTypes(false);
    TypeSerializer<T> serializer = type.createSerializer(config);
    assertThat(serializer).isInstanceOf(AvroSerializer.class);
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
  }
}
