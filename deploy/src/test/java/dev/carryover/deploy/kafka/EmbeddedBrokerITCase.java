package dev.carryover.deploy.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerITCase {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void readersOfCommittedRecordsNeverSeeAnAbortedTransaction()
      throws IOException, InterruptedException {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      broker.createTopic("events", 2);
      try (KafkaProducer<byte[], byte[]> producer = transactionalProducer(broker)) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(record("events", 0, "aborted"));
        producer.flush();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(record("events", 0, "first"));
        producer.send(record("events", 1, "second"));
        producer.commitTransaction();
      }
      assertThat(read(broker, "events", 2)).containsExactlyInAnyOrder("first", "second");
      assertThat(broker.endOffsets("events").values().stream().mapToLong(Long::longValue).sum())
          .as("three records and three transaction markers")
          .isEqualTo(6);
    }
  }

  @Test
  void recordsKeepTimesThatAreYearsOld() throws IOException, InterruptedException {
    long time = Instant.parse("2008-11-09T20:35:30Z").toEpochMilli();
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      broker.createTopic("events", 1);
      try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of())) {
        producer.send(new ProducerRecord<>("events", 0, time, null, "old".getBytes(UTF_8)));
      }
      List<Long> times = new ArrayList<>();
      try (ReadCommittedReader reader =
          new ReadCommittedReader(broker.bootstrapServers(), List.of("events"))) {
        Instant end = Instant.now().plus(PATIENCE);
        while (times.isEmpty() && Instant.now().isBefore(end)) {
          reader.poll(Duration.ofMillis(100), record -> times.add(record.timestamp()));
        }
      }
      assertThat(times).containsExactly(time);
    }
  }

  @Test
  void temporaryFolderIsGoneAfterClose() throws IOException {
    EmbeddedBroker broker = EmbeddedBroker.start();
    Path folder = broker.folder();
    assertThat(folder).isNotEmptyDirectory();
    broker.close();
    broker.close();
    assertThat(folder).doesNotExist();
  }

  @Test
  void givenFolderKeepsItsRecordsAcrossRestarts(@TempDir Path folder)
      throws IOException, InterruptedException {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder)) {
      broker.createTopic("events", 1);
      try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of())) {
        producer.send(record("events", 0, "kept"));
      }
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder)) {
      assertThat(read(broker, "events", 1)).containsExactly("kept");
    }
  }

  @Test
  void aTopicThatExistsIsRefusedByName() throws IOException {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      broker.createTopic("events", 1);
      assertThatThrownBy(() -> broker.createTopic("events", 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Cannot create topic events")
          .hasMessageContaining("already exists");
    }
  }

  private static List<String> read(EmbeddedBroker broker, String topic, int count)
      throws InterruptedException {
    List<String> values = new ArrayList<>();
    try (ReadCommittedReader reader =
        new ReadCommittedReader(broker.bootstrapServers(), List.of(topic))) {
      Instant end = Instant.now().plus(PATIENCE);
      while (values.size() < count && Instant.now().isBefore(end)) {
        reader.poll(
            Duration.ofMillis(100), record -> values.add(new String(record.value(), UTF_8)));
      }
    }
    return values;
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String value) {
    return new ProducerRecord<>(topic, partition, null, value.getBytes(UTF_8));
  }

  private static KafkaProducer<byte[], byte[]> transactionalProducer(EmbeddedBroker broker) {
    return producer(
        broker,
        Map.of(
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            "test",
            ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
            (int) Duration.ofHours(1).toMillis()));
  }

  private static KafkaProducer<byte[], byte[]> producer(
      EmbeddedBroker broker, Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
