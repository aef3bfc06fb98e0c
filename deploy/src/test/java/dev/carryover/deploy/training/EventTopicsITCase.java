package dev.carryover.deploy.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.input.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events from Kafka topics, between two positions, through the job's own configuration. */
class EventTopicsITCase {

  private static EmbeddedBroker broker;

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  @BeforeAll
  static void sendEvents() throws IOException {
    broker = EmbeddedBroker.start();
    broker.createTopic("events", 2);
    broker.createTopic("json", 1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "test"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      RecordCodec<Event> codec = RecordCodec.of(Event.class);
      for (Event event : TestingEvents.events()) {
        int partition = event.getKey().equals("y") ? 1 : 0;
        byte[] key = event.getKey().getBytes(UTF_8);
        producer.send(
            new ProducerRecord<>(
                "events", partition, event.getTimestampMs(), key, codec.encode(event)));
      }
      for (String token : List.of("a", "b", "a")) {
        String json = "{\"who\": \"k\", \"at\": 5, \"what\": \"" + token + "\"}";
        producer.send(new ProducerRecord<>("json", json.getBytes(UTF_8)));
      }
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("events", 1, 5000L, null, "aborted".getBytes(UTF_8)));
      producer.flush();
      producer.abortTransaction();
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void committedEventsBecomeTheSequencesOfTheirKeys() throws IOException, ConfigurationException {
    assertThat(read("")).isEqualTo(Map.of("x", "a b c", "y", "a c"));
    assertThat(warnings).singleElement().asString().contains("1 of 7 records", "events-0@1");
  }

  @Test
  void readingBeginsAndEndsAtOffsets() throws IOException, ConfigurationException {
    assertThat(read("from: 0@2\nto: 0@4,1@1\n")).isEqualTo(Map.of("x", "b c", "y", "a"));
    assertThat(read("to: events-1@0\n")).isEqualTo(Map.of("x", "a b c"));
  }

  @Test
  void readingBeginsAndEndsAtTimes() throws IOException, ConfigurationException {
    Instant second = Instant.ofEpochMilli(2000);
    assertThat(read("from: " + second + "\n")).isEqualTo(Map.of("x", "b c", "y", "c"));
    assertThat(read("to: " + second.plusMillis(1) + "\n")).isEqualTo(Map.of("x", "a b", "y", "a"));
  }

  @Test
  void theJobsFieldMappingIsUsed() throws IOException, ConfigurationException {
    TrainingData data =
        source(
                "json",
                "  format: json\n  mapping: {key: who, timestamp: at, timestamp-unit: s, token: what}\n",
                "")
            .trainingData();
    assertThat(EventFileTest.tokens(data)).isEqualTo(Map.of("k", "a b a"));
  }

  @Test
  void whatIsNotThereIsSaidInOneLine() {
    assertThatThrownBy(() -> read("from: 0@99\n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("offset 99 of events-0 is not there, only 0 to");
    assertThatThrownBy(() -> read("to: 7@0\n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("there is no partition '7'");
    assertThatThrownBy(() -> source("absent", "  format: event\n", "").trainingData())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("absent");
    assertThatThrownBy(() -> read("from: latest\n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("there are 0 records");
  }

  private Map<String, String> read(String range) throws IOException, ConfigurationException {
    return EventFileTest.tokens(source("events", "  format: event\n", range).trainingData());
  }

  private DataSource source(String topic, String format, String range)
      throws IOException, ConfigurationException {
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        job.name: test
        kafka.bootstrap-servers: %s
        events:
          topics: [%s]
        %smodel.path: absent.safetensors
        inferences.topic: inferences
        dead-letters.topic: dead-letters
        """
            .formatted(broker.bootstrapServers(), topic, format));
    DataPlan plan =
        DataPlan.parse("format: kafka\njob: job.yaml\nvalidation-fraction: 0\n" + range, "test");
    return DataSource.of(plan, folder, List.of(), warnings::add);
  }
}
