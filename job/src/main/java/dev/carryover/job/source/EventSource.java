package dev.carryover.job.source;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.events.StreamEvent;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * The Kafka source of events.
 *
 * <pre>{@code
 * environment.fromSource(
 *     EventSource.builder(configuration).build(), EventSource.watermarks(configuration), "events");
 * }</pre>
 */
public final class EventSource {
  private EventSource() {}

  /**
   * Returns a source that is complete, and may still be made bounded.
   *
   * @throws ConfigurationException if a mapping or a schema cannot be used
   */
  @SuppressWarnings("deprecation") // the connector takes Kafka's deprecated OffsetResetStrategy
  public static KafkaSourceBuilder<StreamEvent> builder(JobConfiguration configuration)
      throws ConfigurationException {
    return KafkaSource.<StreamEvent>builder()
        .setProperties(consumerProperties(configuration))
        .setTopics(topics(configuration))
        .setGroupId(configuration.get(JobOptions.EVENTS_GROUP_ID))
        .setStartingOffsets(
            switch (configuration.get(JobOptions.EVENTS_START)) {
              case EARLIEST -> OffsetsInitializer.earliest();
              case LATEST -> OffsetsInitializer.latest();
              case COMMITTED -> OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
            })
        .setDeserializer(EventDeserializer.of(configuration));
  }

  /** Returns the event time and the watermarks of every Kafka partition. */
  public static WatermarkStrategy<StreamEvent> watermarks(JobConfiguration configuration) {
    Duration maxOutOfOrderness = configuration.get(JobOptions.EVENTS_MAX_OUT_OF_ORDERNESS);
    Duration idleTimeout = configuration.get(JobOptions.EVENTS_IDLE_TIMEOUT);
    return WatermarkStrategy.<StreamEvent>forGenerator(
            context ->
                new EventWatermarks(
                    maxOutOfOrderness, idleTimeout, context.getInputActivityClock()))
        .withTimestampAssigner(
            (event, recordTimestampMs) ->
                event.isRejected() ? recordTimestampMs : event.timestampMs());
  }

  /** Returns the topics that events come from. */
  public static List<String> topics(JobConfiguration configuration) {
    return configuration.get(JobOptions.EVENTS_TOPICS);
  }

  /** Returns the consumer's properties: ours where the configuration does not set them. */
  public static Properties consumerProperties(JobConfiguration configuration) {
    Properties properties = configuration.consumerProperties();
    // What an aborted transaction of the producer wrote never happened.
    properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    return properties;
  }
}
