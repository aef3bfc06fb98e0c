package dev.carryover.job.source;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import java.time.Duration;
import java.time.Instant;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes one {@link StreamEvent} of every Kafka record, whatever its bytes are: a record that cannot
 * be used becomes a rejected event, never an exception, and holds the bytes whole.
 *
 * <p>An event that is not rejected has a key that is not empty, not too long and valid Unicode, a
 * token that is valid Unicode, a time from 1970 to 9999 that is not too far ahead of the record's,
 * and finite features. Whether it has what the model reads is for the operator to say.
 */
public final class EventDeserializer implements KafkaRecordDeserializationSchema<StreamEvent> {
  private static final long serialVersionUID = 1L;

  /** The last millisecond of the year 9999: no clock is that wrong by drift. */
  private static final long MAX_TIMESTAMP_MS =
      Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

  private static final int MAX_DETAIL_CHARACTERS = 1000;

  private final EventDecoder.Factory format;
  private final long maxRecordSize;
  private final int maxKeyLength;
  private final long maxTimeAheadMs;

  private transient EventDecoder decoder;
  private transient StreamEvent.Builder builder;

  private EventDeserializer(EventDecoder.Factory format, JobConfiguration configuration) {
    this.format = format;
    this.maxRecordSize = configuration.get(JobOptions.EVENTS_MAX_RECORD_SIZE).getBytes();
    this.maxKeyLength = configuration.get(JobOptions.EVENTS_MAX_KEY_LENGTH);
    this.maxTimeAheadMs = configuration.get(JobOptions.EVENTS_MAX_TIME_AHEAD).toMillis();
  }

  /**
   * Makes the deserializer of {@code events.format}.
   *
   * @throws ConfigurationException if a mapping or a schema cannot be used
   */
  public static EventDeserializer of(JobConfiguration configuration) throws ConfigurationException {
    return new EventDeserializer(
        switch (configuration.get(JobOptions.EVENTS_FORMAT)) {
          case EVENT -> new CanonicalDecoder.Factory();
          case JSON ->
              new JsonDecoder.Factory(
                  FieldMapping.of(configuration),
                  configuration.get(JobOptions.EVENTS_MAX_RECORD_SIZE).getBytes());
          case AVRO -> {
            AvroSchemas schemas = AvroSchemas.of(configuration);
            yield new AvroDecoder.Factory(
                schemas,
                schemas.check(
                    FieldMapping.of(configuration),
                    configuration.isSet(JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT)));
          }
        },
        configuration);
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    open();
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<StreamEvent> out) {
    out.collect(decode(record));
  }

  @Override
  public TypeInformation<StreamEvent> getProducedType() {
    return new StreamEventTypeInfo();
  }

  /**
   * Returns the event of a record, for whoever reads records without a job; rejected where the
   * record cannot be used.
   */
  public StreamEvent decode(ConsumerRecord<byte[], byte[]> record) {
    if (decoder == null) {
      open();
    }
    builder
        .clear()
        .origin(record.topic(), record.partition(), record.offset())
        .record(record.key(), record.value());
    if (record.timestamp() >= 0) {
      builder.recordTimestampMs(record.timestamp());
    }
    try {
      checkRecord(record);
      decoder.decode(record, builder);
      StreamEvent event = builder.build();
      checkEvent(event);
      return event;
    } catch (RejectedRecordException e) {
      return rejected(e.reason(), e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      // No decoder is known to throw these; a record that finds one that does must not stop the
      // job.
      decoder = null;
      return rejected(
          RejectReason.UNDECODABLE,
          "the record made the decoder fail with " + e + "; value; report this with the record");
    }
  }

  private void open() {
    decoder = format.create();
    builder = StreamEvent.builder();
  }

  private StreamEvent rejected(RejectReason reason, String detail) {
    StreamEvent event = builder.build();
    String whole = event.origin() + ": " + detail;
    return event.withRejection(
        reason,
        whole.length() <= MAX_DETAIL_CHARACTERS
            ? whole
            : whole.substring(0, MAX_DETAIL_CHARACTERS) + "...");
  }

  private void checkRecord(ConsumerRecord<byte[], byte[]> record) throws RejectedRecordException {
    long keyLength = record.key() == null ? 0 : record.key().length;
    long valueLength = record.value() == null ? 0 : record.value().length;
    if (keyLength + valueLength > maxRecordSize) {
      throw new RejectedRecordException(
          RejectReason.RECORD_TOO_LARGE,
          "the record has %d bytes, allowed are %d"
              .formatted(keyLength + valueLength, maxRecordSize),
          "key of %d and value of %d bytes".formatted(keyLength, valueLength),
          "send less, or raise events.max-record-size");
    }
    if (record.value() == null) {
      throw new RejectedRecordException(
          RejectReason.MISSING_VALUE,
          "the record has no value (it is a tombstone), an event is needed",
          "value",
          "do not delete by tombstones in an event topic");
    }
  }

  private void checkEvent(StreamEvent event) throws RejectedRecordException {
    String key = event.key();
    if (key.isEmpty()) {
      throw new RejectedRecordException(
          RejectReason.MISSING_KEY,
          "the key is empty, at least one character is needed",
          "key",
          "let the producer send the key of the event");
    }
    if (key.length() > maxKeyLength) {
      throw new RejectedRecordException(
          RejectReason.KEY_TOO_LONG,
          "the key has %d characters, allowed are %d".formatted(key.length(), maxKeyLength),
          "key",
          "send a shorter key, or raise events.max-key-length");
    }
    checkUnicode(key, "key");
    if (event.token() != null) {
      checkUnicode(event.token(), "token");
    }
    checkTime(event);
    float[] features = event.features();
    for (int i = 0; i < features.length; i++) {
      if (!Float.isFinite(features[i])) {
        throw new RejectedRecordException(
            RejectReason.NON_FINITE_FEATURE,
            "the feature is " + features[i] + " as a float, a finite number is needed",
            "feature " + i,
            "correct the producer, or let it leave the event out");
      }
    }
  }

  private void checkTime(StreamEvent event) throws RejectedRecordException {
    long time = event.timestampMs();
    if (time < 0 || time > MAX_TIMESTAMP_MS) {
      throw new RejectedRecordException(
          RejectReason.TIMESTAMP_OUT_OF_RANGE,
          "the time is %d ms since 1970, allowed are 0 to %d".formatted(time, MAX_TIMESTAMP_MS),
          "time",
          "correct the clock of the producer, or events.mapping.timestamp-unit");
    }
    long recordTime = event.recordTimestampMs();
    if (recordTime >= 0 && time - recordTime > maxTimeAheadMs) {
      throw new RejectedRecordException(
          RejectReason.TIMESTAMP_OUT_OF_RANGE,
          "the time %s is %s ahead of the Kafka record's, allowed are %s"
              .formatted(
                  Instant.ofEpochMilli(time),
                  Duration.ofMillis(time - recordTime),
                  Duration.ofMillis(maxTimeAheadMs)),
          "time",
          "correct the clock of the producer, or raise events.max-time-ahead");
    }
  }

  /** An unpaired surrogate has no UTF-8 form, so two such strings would be one in the output. */
  private static void checkUnicode(String text, String what) throws RejectedRecordException {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (!Character.isSurrogate(unit)) {
        continue;
      }
      if (!Character.isHighSurrogate(unit)
          || i + 1 == text.length()
          || !Character.isLowSurrogate(text.charAt(i + 1))) {
        throw new RejectedRecordException(
            RejectReason.WRONG_TYPE,
            "the %s holds the unpaired surrogate U+%04X, valid Unicode is needed"
                .formatted(what, (int) unit),
            what + ", character " + i,
            "correct the encoding in the producer");
      }
      i++;
    }
  }
}
