package dev.carryover.job.output;

import dev.carryover.schemas.RecordCodec;
import java.nio.charset.StandardCharsets;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes records of one type to one topic in single-object encoding.
 *
 * <p>The Kafka timestamp is left to the producer's clock. Event time would seem natural, but a
 * broker deletes by it: the output of a replay of old events would fall to {@code retention.ms} at
 * once, and one that is ahead of the broker's clock is refused and would fail the job.
 */
final class RecordSerializer<T extends SpecificRecord>
    implements KafkaRecordSerializationSchema<T> {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final Class<T> type;
  private final SerializableFunction<T, String> key;

  private transient RecordCodec<T> codec;

  RecordSerializer(String topic, Class<T> type, SerializableFunction<T, String> key) {
    this.topic = topic;
    this.type = type;
    this.key = key;
  }

  @Override
  public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
    codec = RecordCodec.of(type);
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(T record, KafkaSinkContext sink, Long timestamp) {
    return new ProducerRecord<>(
        topic, key.apply(record).getBytes(StandardCharsets.UTF_8), codec.encode(record));
  }
}
