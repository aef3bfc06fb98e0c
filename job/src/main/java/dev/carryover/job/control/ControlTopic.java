package dev.carryover.job.control;

import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import java.util.Properties;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** The Kafka source of {@code models.topic}, which must be set. */
public final class ControlTopic {
  private ControlTopic() {}

  /**
   * Returns a source that begins at the beginning of every partition and never ends; where it has
   * come to is part of every checkpoint. It belongs to no consumer group.
   */
  public static KafkaSource<ControlRecord> source(JobConfiguration configuration) {
    return KafkaSource.<ControlRecord>builder()
        .setProperties(consumerProperties(configuration))
        .setTopics(configuration.get(JobOptions.MODELS_TOPIC))
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new ControlRecordDeserializer())
        .build();
  }

  /** Returns the properties of whoever reads the topic: ours where the configuration has none. */
  static Properties consumerProperties(JobConfiguration configuration) {
    Properties properties = configuration.controlProperties();
    // What an aborted transaction of a publisher wrote was never announced.
    properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.setProperty(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    return properties;
  }
}
