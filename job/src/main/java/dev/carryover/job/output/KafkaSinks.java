package dev.carryover.job.output;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The Kafka sinks of a job.
 *
 * <p>Records are in single-object encoding. An inference has the key of its event, so a key stays
 * in one partition and in order; a dead letter has the position of its record, so its parts do; a
 * status has the id of its model.
 */
public final class KafkaSinks {
  /*
   * Larger batches than the producer's defaults: with exactly-once nobody sees an output before the
   * next checkpoint, so waiting some milliseconds to fill them costs nothing and saves requests.
   */
  private static final String LINGER_MS = "20";
  private static final String BATCH_BYTES = String.valueOf(256 << 10);

  private KafkaSinks() {}

  /** Returns the sink of {@code inferences.topic}. */
  public static KafkaSink<Inference> inferences(JobConfiguration configuration) {
    return sink(
        configuration,
        JobOptions.INFERENCES_TOPIC,
        "inferences",
        Inference.class,
        Inference::getKey);
  }

  /** Returns the sink of {@code alerts.topic}, which must be set. */
  public static KafkaSink<Inference> alerts(JobConfiguration configuration) {
    return sink(
        configuration, JobOptions.ALERTS_TOPIC, "alerts", Inference.class, Inference::getKey);
  }

  /** Returns the sink of {@code dead-letters.topic}; see {@link DeadLetters}. */
  public static KafkaSink<DeadLetter> deadLetters(JobConfiguration configuration) {
    return sink(
        configuration,
        JobOptions.DEAD_LETTERS_TOPIC,
        "dead-letters",
        DeadLetter.class,
        DeadLetters::identity);
  }

  /** Returns the sink of {@code late.topic}, which must be set; see {@link DeadLetters}. */
  public static KafkaSink<DeadLetter> late(JobConfiguration configuration) {
    return sink(
        configuration, JobOptions.LATE_TOPIC, "late", DeadLetter.class, DeadLetters::identity);
  }

  /** Returns the sink of {@code models.status-topic}, which must be set. */
  public static KafkaSink<ModelStatus> modelStatuses(JobConfiguration configuration) {
    return sink(
        configuration,
        JobOptions.MODELS_STATUS_TOPIC,
        "model-statuses",
        ModelStatus.class,
        ModelStatus::getModelId);
  }

  private static <T extends SpecificRecord> KafkaSink<T> sink(
      JobConfiguration configuration,
      ConfigOption<String> topic,
      String name,
      Class<T> type,
      SerializableFunction<T, String> key) {
    return KafkaSink.<T>builder()
        .setKafkaProducerConfig(producerProperties(configuration))
        .setBootstrapServers(
            String.join(",", configuration.get(JobOptions.KAFKA_BOOTSTRAP_SERVERS)))
        .setDeliveryGuarantee(configuration.get(JobOptions.DELIVERY_GUARANTEE))
        .setTransactionalIdPrefix(
            configuration.get(JobOptions.DELIVERY_TRANSACTIONAL_ID_PREFIX) + "-" + name)
        .setRecordSerializer(new RecordSerializer<>(configuration.get(topic), type, key))
        .build();
  }

  /** The producer's properties: ours where the configuration does not set them. */
  static Properties producerProperties(JobConfiguration configuration) {
    Properties properties = configuration.producerProperties();
    properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, LINGER_MS);
    properties.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    properties.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        String.valueOf(configuration.get(JobOptions.DELIVERY_TRANSACTION_TIMEOUT).toMillis()));
    return properties;
  }
}
