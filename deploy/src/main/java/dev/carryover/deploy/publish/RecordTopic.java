package dev.carryover.deploy.publish;

import dev.carryover.deploy.kafka.ReadCommittedReader;
import dev.carryover.deploy.kafka.SecretValues;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic that holds records of one kind, in single-object encoding. No message shows a secret of
 * the client's properties.
 */
final class RecordTopic<T extends SpecificRecord> {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Properties kafka;
  private final String name;
  private final RecordCodec<T> codec;
  private final String remedy;

  private RecordTopic(Properties kafka, String name, Class<T> type, String remedy) {
    this.kafka = kafka;
    this.name = name;
    this.codec = RecordCodec.of(type);
    this.remedy = remedy;
  }

  /** The control topic, of clients with these properties. */
  static RecordTopic<ModelAnnouncement> announcements(Properties kafka, String name) {
    return new RecordTopic<>(
        kafka,
        name,
        ModelAnnouncement.class,
        "create it, with %s=-1 and %s=%s, for jobs read it from its beginning at every start"
            .formatted(
                TopicConfig.RETENTION_MS_CONFIG,
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE));
  }

  /** The topic that jobs answer on, of clients with these properties. */
  static RecordTopic<ModelStatus> statuses(Properties kafka, String name) {
    return new RecordTopic<>(
        kafka, name, ModelStatus.class, "name the models.status-topic of the job");
  }

  /** A record with the time and the position that Kafka gave it. */
  record Stored<T>(T record, long timestampMs, String position) {}

  /**
   * What a topic holds.
   *
   * @param records those of the kind, in order within a partition
   * @param others positions of what is none of them, with the reason
   */
  record Content<T>(List<Stored<T>> records, List<String> others) {}

  String name() {
    return name;
  }

  /**
   * Looks whether the topic is there; nothing creates it by chance.
   *
   * @throws IOException if it is not, or Kafka gives no answer
   */
  void check() throws IOException, InterruptedException {
    try (Admin admin = Admin.create(clientProperties())) {
      admin.describeTopics(List.of(name)).allTopicNames().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException
          || e.getCause() instanceof InvalidTopicException) {
        throw new IOException(
            "there is no topic '%s' at %s; %s"
                .formatted(
                    name, kafka.getProperty(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG), remedy),
            e);
      }
      throw failed("described", e.getCause());
    } catch (KafkaException e) {
      throw failed("described", e);
    }
  }

  /** What is wrong with a topic that forgets, unless it does not or may not be asked. */
  Optional<String> forgets() throws InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    try (Admin admin = Admin.create(clientProperties())) {
      Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      for (String key :
          List.of(TopicConfig.RETENTION_MS_CONFIG, TopicConfig.RETENTION_BYTES_CONFIG)) {
        ConfigEntry entry = config.get(key);
        if (entry != null && entry.value() != null && !entry.value().equals("-1")) {
          return Optional.of(
              "topic %s has %s=%s, but a job reads it from its beginning at every start; set it to -1"
                  .formatted(name, key, entry.value()));
        }
      }
      ConfigEntry cleanup = config.get(TopicConfig.CLEANUP_POLICY_CONFIG);
      if (cleanup != null
          && cleanup.value() != null
          && cleanup.value().contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
        return Optional.of(
            "topic %s is compacted and keeps one announcement a model, but a job may need earlier ones; set %s=%s"
                .formatted(
                    name, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE));
      }
      return Optional.empty();
    } catch (ExecutionException | KafkaException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads what is committed, from the beginning to what is the end now.
   *
   * @throws IOException if there is no such topic, or it cannot be read
   */
  Content<T> read() throws IOException, InterruptedException {
    check();
    List<Stored<T>> records = new ArrayList<>();
    List<String> others = new ArrayList<>();
    try (ReadCommittedReader reader = new ReadCommittedReader(kafka, List.of(name))) {
      reader.readToEnd(PATIENCE, record -> take(record, records, others));
    } catch (KafkaException e) {
      throw failed("read", e);
    }
    return new Content<>(records, others);
  }

  private void take(
      ConsumerRecord<byte[], byte[]> record, List<Stored<T>> records, List<String> others) {
    String position = name + "-" + record.partition() + "@" + record.offset();
    if (record.value() == null) {
      others.add(position + ": it has no value");
      return;
    }
    try {
      records.add(new Stored<>(codec.decode(record.value()), record.timestamp(), position));
    } catch (RecordDecodingException e) {
      others.add(position + ": " + e.getMessage());
    }
  }

  /**
   * Writes a record, once, and waits until all replicas in sync have it.
   *
   * @return where it is, as {@code topic-partition@offset}
   * @throws IOException if Kafka does not take it; then it may yet be there after a time-out
   */
  String write(String key, T record) throws IOException, InterruptedException {
    byte[] value = codec.encode(record);
    Properties properties = clientProperties();
    properties.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    properties.setProperty(ProducerConfig.ACKS_CONFIG, "all");
    properties.setProperty(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    properties.setProperty(ProducerConfig.RETRIES_CONFIG, Integer.toString(Integer.MAX_VALUE));
    properties.setProperty(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
    properties.setProperty(ProducerConfig.LINGER_MS_CONFIG, "0");
    properties.setProperty(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis(PATIENCE));
    properties.setProperty(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis(PATIENCE.dividedBy(2)));
    properties.setProperty(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis(PATIENCE));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      RecordMetadata written =
          producer
              .send(new ProducerRecord<>(name, key.getBytes(StandardCharsets.UTF_8), value))
              .get();
      return name + "-" + written.partition() + "@" + written.offset();
    } catch (ExecutionException e) {
      throw failed("written", e.getCause());
    } catch (KafkaException e) {
      throw failed("written", e);
    }
  }

  private Properties clientProperties() {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.setProperty("default.api.timeout.ms", millis(PATIENCE));
    return properties;
  }

  private IOException failed(String what, Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    SecretValues secrets = SecretValues.of(kafka);
    return new IOException(
        "topic %s cannot be %s (%s); look at the brokers, and at what their client may do"
            .formatted(name, what, secrets.hide(String.valueOf(cause.getMessage()))),
        secrets.cause(e));
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }
}
