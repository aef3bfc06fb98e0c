package dev.carryover.job.events;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * An event in flight: what one Kafka record says, where it came from, and its bytes whole.
 *
 * <p>An event whose record could not be used carries a {@link #rejection()} and a {@link #detail()}
 * and goes to the dead-letter topic; the fields that had been read before the fault was found may
 * be set, the others have their defaults.
 *
 * <p>Immutable: {@link #withRejection} returns another event. The arrays are shared and not copied;
 * nobody may write to them. So Flink need not copy events between chained operators.
 *
 * @see StreamEventSerializer
 */
@TypeInfo(StreamEventTypeInfo.Factory.class)
public final class StreamEvent {
  /** The features of an event that has none. */
  public static final float[] NO_FEATURES = {};

  /** The record timestamp of a record that has none; also the time of an event without one. */
  public static final long NO_TIMESTAMP = Long.MIN_VALUE;

  private final String key;
  private final long timestampMs;
  private final boolean hasSequence;
  private final long sequence;
  private final String token;
  private final float[] features;
  private final boolean end;
  private final String topic;
  private final int partition;
  private final long offset;
  private final long recordTimestampMs;
  private final byte[] recordKey;
  private final byte[] recordValue;
  private final RejectReason rejection;
  private final String detail;

  private StreamEvent(Builder from) {
    this.key = from.key;
    this.timestampMs = from.timestampMs;
    this.hasSequence = from.hasSequence;
    this.sequence = from.sequence;
    this.token = from.token;
    this.features = from.features;
    this.end = from.end;
    this.topic = from.topic;
    this.partition = from.partition;
    this.offset = from.offset;
    this.recordTimestampMs = from.recordTimestampMs;
    this.recordKey = from.recordKey;
    this.recordValue = from.recordValue;
    this.rejection = from.rejection;
    this.detail = from.detail;
  }

  private StreamEvent(StreamEvent from, RejectReason rejection, String detail) {
    this.key = from.key;
    this.timestampMs = from.timestampMs;
    this.hasSequence = from.hasSequence;
    this.sequence = from.sequence;
    this.token = from.token;
    this.features = from.features;
    this.end = from.end;
    this.topic = from.topic;
    this.partition = from.partition;
    this.offset = from.offset;
    this.recordTimestampMs = from.recordTimestampMs;
    this.recordKey = from.recordKey;
    this.recordValue = from.recordValue;
    this.rejection = rejection;
    this.detail = detail;
  }

  /** Returns a builder with every field at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** The key whose hidden state the event advances; null only where the event is rejected. */
  public String key() {
    return key;
  }

  /** Event time in milliseconds since 1970, or {@link #NO_TIMESTAMP} in a rejected event. */
  public long timestampMs() {
    return timestampMs;
  }

  /** Whether the event carries a sequence number. */
  public boolean hasSequence() {
    return hasSequence;
  }

  /** The sequence number, 0 where there is none. */
  public long sequence() {
    return sequence;
  }

  /** The token, or null. */
  public String token() {
    return token;
  }

  /** The features, {@link #NO_FEATURES} where there are none. Shared: do not write to it. */
  public float[] features() {
    return features;
  }

  /** Whether the event ends its sequence. */
  public boolean end() {
    return end;
  }

  /** The Kafka topic that the record came from. */
  public String topic() {
    return topic;
  }

  /** The partition that the record came from. */
  public int partition() {
    return partition;
  }

  /** The offset of the record in its partition. */
  public long offset() {
    return offset;
  }

  /** The timestamp of the Kafka record, or {@link #NO_TIMESTAMP}. */
  public long recordTimestampMs() {
    return recordTimestampMs;
  }

  /** The key of the Kafka record as it came, or null. Shared: do not write to it. */
  public byte[] recordKey() {
    return recordKey;
  }

  /** The value of the Kafka record as it came, or null. Shared: do not write to it. */
  public byte[] recordValue() {
    return recordValue;
  }

  /** Why the event cannot be used, or null. */
  public RejectReason rejection() {
    return rejection;
  }

  /** What is wrong, where, and what to do; null where the event is not rejected. */
  public String detail() {
    return detail;
  }

  /** Whether the event cannot be used. */
  public boolean isRejected() {
    return rejection != null;
  }

  /** Where the record came from, for messages: {@code topic-partition@offset}. */
  public String origin() {
    return topic + "-" + partition + "@" + offset;
  }

  /** Returns this event with a reason why it cannot be used. */
  public StreamEvent withRejection(RejectReason rejection, String detail) {
    return new StreamEvent(this, requireNonNull(rejection), requireNonNull(detail));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamEvent that
        && timestampMs == that.timestampMs
        && hasSequence == that.hasSequence
        && sequence == that.sequence
        && end == that.end
        && partition == that.partition
        && offset == that.offset
        && recordTimestampMs == that.recordTimestampMs
        && rejection == that.rejection
        && Objects.equals(key, that.key)
        && Objects.equals(token, that.token)
        && Arrays.equals(features, that.features)
        && topic.equals(that.topic)
        && Arrays.equals(recordKey, that.recordKey)
        && Arrays.equals(recordValue, that.recordValue)
        && Objects.equals(detail, that.detail);
  }

  @Override
  public int hashCode() {
    return Objects.hash(topic, partition, offset, key, timestampMs);
  }

  /** The identity of the event and its fate, without its content: that may be confidential. */
  @Override
  public String toString() {
    return "StreamEvent[" + origin() + (rejection == null ? "" : ", " + rejection) + "]";
  }

  /**
   * Collects the fields of an event. May be used for many events, one after the other; {@link
   * #clear} puts every field back to its default. Not thread-safe.
   */
  public static final class Builder {
    private String key;
    private long timestampMs;
    private boolean hasSequence;
    private long sequence;
    private String token;
    private float[] features;
    private boolean end;
    private String topic;
    private int partition;
    private long offset;
    private long recordTimestampMs;
    private byte[] recordKey;
    private byte[] recordValue;
    private RejectReason rejection;
    private String detail;

    private Builder() {
      clear();
    }

    /** Puts every field back to its default. */
    public Builder clear() {
      key = null;
      timestampMs = NO_TIMESTAMP;
      hasSequence = false;
      sequence = 0;
      token = null;
      features = NO_FEATURES;
      end = false;
      topic = "";
      partition = 0;
      offset = 0;
      recordTimestampMs = NO_TIMESTAMP;
      recordKey = null;
      recordValue = null;
      rejection = null;
      detail = null;
      return this;
    }

    /** Sets the key. */
    public Builder key(String key) {
      this.key = key;
      return this;
    }

    /** Sets the event time. */
    public Builder timestampMs(long timestampMs) {
      this.timestampMs = timestampMs;
      return this;
    }

    /** Sets the sequence number. */
    public Builder sequence(long sequence) {
      this.hasSequence = true;
      this.sequence = sequence;
      return this;
    }

    /** Sets the token; null for none. */
    public Builder token(String token) {
      this.token = token;
      return this;
    }

    /** Sets the features; the array is kept and not copied. */
    public Builder features(float... features) {
      this.features = features.length == 0 ? NO_FEATURES : features;
      return this;
    }

    /** Sets whether the event ends its sequence. */
    public Builder end(boolean end) {
      this.end = end;
      return this;
    }

    /** Sets where the record came from. */
    public Builder origin(String topic, int partition, long offset) {
      this.topic = requireNonNull(topic, "topic");
      this.partition = partition;
      this.offset = offset;
      return this;
    }

    /** Sets the timestamp of the Kafka record, {@link #NO_TIMESTAMP} for none. */
    public Builder recordTimestampMs(long recordTimestampMs) {
      this.recordTimestampMs = recordTimestampMs;
      return this;
    }

    /** Sets the bytes of the Kafka record, each of which may be null; they are not copied. */
    public Builder record(byte[] recordKey, byte[] recordValue) {
      this.recordKey = recordKey;
      this.recordValue = recordValue;
      return this;
    }

    /** Sets why the event cannot be used. */
    public Builder rejection(RejectReason rejection, String detail) {
      this.rejection = requireNonNull(rejection, "rejection");
      this.detail = requireNonNull(detail, "detail");
      return this;
    }

    /** Returns an event with the fields as they are now. */
    public StreamEvent build() {
      return new StreamEvent(this);
    }
  }
}
