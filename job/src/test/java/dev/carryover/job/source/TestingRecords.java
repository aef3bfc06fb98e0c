package dev.carryover.job.source;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** What a test of either end of the stream reads, and the configuration it reads it with. */
public final class TestingRecords {
  private TestingRecords() {}

  /** A configuration of the given options and of the required ones. */
  public static JobConfiguration configuration(Map<String, String> options)
      throws ConfigurationException {
    Map<String, String> all = new TreeMap<>(options);
    all.putIfAbsent("job.name", "test");
    all.putIfAbsent("kafka.bootstrap-servers", "localhost:9092");
    all.putIfAbsent("events.topics", "events");
    all.putIfAbsent("model.path", "model.safetensors");
    all.putIfAbsent("inferences.topic", "inferences");
    all.putIfAbsent("dead-letters.topic", "dead-letters");
    return JobConfiguration.of(all);
  }

  static EventDeserializer deserializer(Map<String, String> options) throws ConfigurationException {
    return EventDeserializer.of(configuration(options));
  }

  /** A record at {@code events-3@17}; a negative timestamp is none. */
  static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value, long timestampMs) {
    return new ConsumerRecord<>(
        "events",
        3,
        17L,
        timestampMs,
        timestampMs < 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME,
        key == null ? -1 : key.length,
        value == null ? -1 : value.length,
        key,
        value,
        new RecordHeaders(),
        Optional.empty());
  }
}
