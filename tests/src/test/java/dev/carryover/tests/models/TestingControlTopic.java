package dev.carryover.tests.models;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A control topic that announcements are written to, and what is none. Belongs to one thread. */
final class TestingControlTopic implements AutoCloseable {
  static final int LARGEST_RECORD = 4 << 20;

  private final String name;
  private final EmbeddedBroker broker;
  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<ModelAnnouncement> codec = RecordCodec.of(ModelAnnouncement.class);

  /** Creates the topic. */
  TestingControlTopic(EmbeddedBroker broker, String name, int partitions) throws IOException {
    this.name = name;
    this.broker = broker;
    broker.createTopic(
        name, partitions, Map.of("max.message.bytes", Integer.toString(LARGEST_RECORD)));
    this.producer = producer(Map.of());
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, Object> further) {
    Map<String, Object> properties = new HashMap<>(further);
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_RECORD);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  String name() {
    return name;
  }

  /** An announcement of a revision of a model that nobody has. */
  static ModelAnnouncement announcement(long revision) {
    return ModelAnnouncement.newBuilder()
        .setModelId("nobody's")
        .setRevision(revision)
        .setUri("file:///nowhere/" + revision)
        .setSha256("0".repeat(64))
        .setSizeBytes(1000)
        .setStatePolicy(StatePolicy.RESET)
        .build();
  }

  void announce(int partition, ModelAnnouncement announcement) throws InterruptedException {
    write(partition, codec.encode(announcement));
  }

  /** Writes a record of any bytes, or none, and waits until the broker has it. */
  void write(int partition, byte[] value) throws InterruptedException {
    try {
      producer.send(new ProducerRecord<>(name, partition, null, value)).get();
    } catch (ExecutionException e) {
      throw new AssertionError("the broker refused a record of " + name, e.getCause());
    }
  }

  /** Writes an announcement in a transaction, which is then committed or aborted. */
  void announceInTransaction(int partition, ModelAnnouncement announcement, boolean commit) {
    try (KafkaProducer<byte[], byte[]> transactional =
        producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, name + "-publisher"))) {
      transactional.initTransactions();
      transactional.beginTransaction();
      transactional.send(new ProducerRecord<>(name, partition, null, codec.encode(announcement)));
      transactional.flush();
      if (commit) {
        transactional.commitTransaction();
      } else {
        transactional.abortTransaction();
      }
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
