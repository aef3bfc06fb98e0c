package dev.carryover.job.source;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.config.JobOptions.TimestampUnit;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Which field of a user's record is what in an event. The decoders of such records put the value of
 * each slot into an array, null where there is none, and {@link #fill} makes an event of it.
 *
 * @param slots the fields to read
 * @param timestampUnit what the time counts
 * @param keyFromRecord whether the key is that of the Kafka record
 * @param timestampFromRecord whether the time is that of the Kafka record
 */
record FieldMapping(
    List<Slot> slots,
    TimestampUnit timestampUnit,
    boolean keyFromRecord,
    boolean timestampFromRecord)
    implements Serializable {

  private static final String RECORD_KEY = "$key";
  private static final String RECORD_TIMESTAMP = "$timestamp";

  /** What a field is in an event. */
  enum Role {
    KEY,
    TIMESTAMP,
    TOKEN,
    SEQUENCE,
    END,
    /** One feature. */
    FEATURE,
    /** An array of features, or a single one. */
    FEATURES
  }

  /** A field to read. */
  record Slot(Role role, String option, FieldPath path) implements Serializable {}

  /**
   * Reads {@code events.mapping.*}.
   *
   * @throws ConfigurationException if a path is malformed
   */
  static FieldMapping of(JobConfiguration configuration) throws ConfigurationException {
    boolean keyFromRecord = configuration.get(JobOptions.EVENTS_MAPPING_KEY).equals(RECORD_KEY);
    boolean timestampFromRecord =
        configuration.get(JobOptions.EVENTS_MAPPING_TIMESTAMP).equals(RECORD_TIMESTAMP);
    List<Slot> slots = new ArrayList<>();
    if (!keyFromRecord) {
      add(slots, Role.KEY, JobOptions.EVENTS_MAPPING_KEY, configuration);
    }
    if (!timestampFromRecord) {
      add(slots, Role.TIMESTAMP, JobOptions.EVENTS_MAPPING_TIMESTAMP, configuration);
    }
    add(slots, Role.TOKEN, JobOptions.EVENTS_MAPPING_TOKEN, configuration);
    add(slots, Role.SEQUENCE, JobOptions.EVENTS_MAPPING_SEQUENCE, configuration);
    add(slots, Role.END, JobOptions.EVENTS_MAPPING_END, configuration);
    List<String> features =
        configuration.find(JobOptions.EVENTS_MAPPING_FEATURES).orElse(List.of());
    for (String feature : features) {
      slots.add(
          new Slot(
              features.size() == 1 ? Role.FEATURES : Role.FEATURE,
              JobOptions.EVENTS_MAPPING_FEATURES.key(),
              path(JobOptions.EVENTS_MAPPING_FEATURES.key(), feature)));
    }
    return new FieldMapping(
        List.copyOf(slots),
        configuration.get(JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT),
        keyFromRecord,
        timestampFromRecord);
  }

  FieldMapping withTimestampUnit(TimestampUnit unit) {
    return new FieldMapping(slots, unit, keyFromRecord, timestampFromRecord);
  }

  private static void add(
      List<Slot> slots, Role role, ConfigOption<String> option, JobConfiguration configuration)
      throws ConfigurationException {
    if (configuration.isSet(option)) {
      slots.add(new Slot(role, option.key(), path(option.key(), configuration.get(option))));
    }
  }

  private static FieldPath path(String option, String text) throws ConfigurationException {
    if (text.startsWith("$")) {
      throw new ConfigurationException(
          "%s is \"%s\"; only events.mapping.key may be %s and only events.mapping.timestamp %s"
              .formatted(option, text, RECORD_KEY, RECORD_TIMESTAMP));
    }
    try {
      return FieldPath.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(option + ": " + e.getMessage());
    }
  }

  /**
   * Makes an event of the values of the slots.
   *
   * @param values a value per slot: null, {@link CharSequence}, {@link Number}, {@link Boolean}, an
   *     enum symbol, {@code float[]} for features; anything else is refused by the conversion
   * @throws RejectedRecordException if a value is missing or cannot be converted
   */
  void fill(Object[] values, ConsumerRecord<byte[], byte[]> record, StreamEvent.Builder event)
      throws RejectedRecordException {
    if (keyFromRecord) {
      event.key(recordKey(record.key()));
    }
    if (timestampFromRecord) {
      event.timestampMs(recordTimestamp(record.timestamp()));
    }
    for (int i = 0; i < values.length; i++) {
      Slot slot = slots.get(i);
      String field = slot.path().text();
      Object value = values[i];
      switch (slot.role()) {
        case KEY -> event.key(required(value, RejectReason.MISSING_KEY, slot, "key"));
        case TIMESTAMP -> {
          if (value == null) {
            throw missing(RejectReason.MISSING_TIMESTAMP, slot, "time");
          }
          event.timestampMs(Conversions.timestampMs(value, timestampUnit, field));
        }
        case TOKEN -> event.token(value == null ? null : Conversions.text(value, field));
        case SEQUENCE -> {
          if (value != null) {
            event.sequence(Conversions.wholeNumber(value, field));
          }
        }
        case END -> event.end(value != null && Conversions.flag(value, field));
        case FEATURES -> {
          if (value instanceof float[] features) {
            event.features(features);
          } else if (value != null) {
            event.features(Conversions.feature(value, field));
          }
        }
        case FEATURE -> {
          event.features(features(values, i));
          return; // the features are the last slots
        }
      }
    }
  }

  /** The values from a slot on, one feature each; all may be missing, but not some. */
  private float[] features(Object[] values, int first) throws RejectedRecordException {
    float[] features = new float[values.length - first];
    Slot missing = null;
    int found = 0;
    for (int i = first; i < values.length; i++) {
      if (values[i] == null) {
        missing = slots.get(i);
      } else {
        features[i - first] = Conversions.feature(values[i], slots.get(i).path().text());
        found++;
      }
    }
    if (found > 0 && missing != null) {
      throw missing(RejectReason.MISSING_INPUT, missing, "feature");
    }
    return found == 0 ? StreamEvent.NO_FEATURES : features;
  }

  private static String required(Object value, RejectReason reason, Slot slot, String name)
      throws RejectedRecordException {
    if (value == null) {
      throw missing(reason, slot, name);
    }
    return Conversions.text(value, slot.path().text());
  }

  private static RejectedRecordException missing(RejectReason reason, Slot slot, String name) {
    return new RejectedRecordException(
        reason,
        "the " + name + " is missing or null, a value is needed",
        "field " + slot.path(),
        "send it, or correct " + slot.option());
  }

  private static String recordKey(byte[] key) throws RejectedRecordException {
    if (key == null) {
      throw new RejectedRecordException(
          RejectReason.MISSING_KEY,
          "the Kafka record has no key, one is needed",
          "record key",
          "let the producer set it, or set events.mapping.key to a field");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      throw new RejectedRecordException(
          RejectReason.UNDECODABLE,
          "the key of the Kafka record (" + key.length + " bytes) is not UTF-8 text",
          "record key",
          "let the producer write text, or set events.mapping.key to a field");
    }
  }

  private static long recordTimestamp(long timestamp) throws RejectedRecordException {
    if (timestamp < 0) {
      throw new RejectedRecordException(
          RejectReason.MISSING_TIMESTAMP,
          "the Kafka record has no timestamp (" + timestamp + "), one of at least 0 is needed",
          "record timestamp",
          "let the producer set it, or set events.mapping.timestamp to a field");
    }
    return timestamp;
  }
}
