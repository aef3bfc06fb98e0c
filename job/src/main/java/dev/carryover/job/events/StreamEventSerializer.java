package dev.carryover.job.events;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * Writes a {@link StreamEvent} between tasks and into the ordering buffer of a key.
 *
 * <p>Not thread-safe, as every serializer of Flink; {@link #duplicate} gives each thread its own.
 * Reading allocates the event and what it holds and nothing else: the topic is decoded once and
 * shared by all events that follow with the same one.
 */
public final class StreamEventSerializer extends TypeSerializer<StreamEvent> {
  private static final long serialVersionUID = 1L;

  /*
   * Layout 1, in this order:
   *   flags            varint, see below
   *   topic            varint length, UTF-8
   *   partition        varint
   *   offset           varint
   *   timestamp        zigzag varint
   *   record timestamp zigzag varint of (record timestamp - timestamp), wrapping
   *   record key       if HAS_RECORD_KEY: varint length, bytes
   *   record value     if HAS_RECORD_VALUE: varint length, bytes
   *   key              if HAS_KEY and not KEY_IS_RECORD_KEY: string
   *   sequence         if HAS_SEQUENCE: zigzag varint
   *   token            if HAS_TOKEN: string
   *   features         if HAS_FEATURES: varint count, 4 bytes each
   *   rejection        if REJECTED: string (the name of the reason), string (the detail)
   *
   * A string is Flink's StringValue form: a varint per UTF-16 unit, one byte for ASCII. It is exact
   * for every string, where UTF-8 would alter an unpaired surrogate and so send an event to another
   * key group than the one it was hashed to. KEY_IS_RECORD_KEY stands where the key is the record
   * key read as ASCII, which is how most producers write it.
   */
  private static final int HAS_KEY = 1;
  private static final int KEY_IS_RECORD_KEY = 1 << 1;
  private static final int HAS_SEQUENCE = 1 << 2;
  private static final int HAS_TOKEN = 1 << 3;
  private static final int HAS_FEATURES = 1 << 4;
  private static final int END = 1 << 5;
  private static final int HAS_RECORD_VALUE = 1 << 6;
  private static final int HAS_RECORD_KEY = 1 << 7;
  private static final int REJECTED = 1 << 8;

  private transient String topic = "";
  private transient byte[] topicBytes = {};
  private transient byte[] topicBuffer = new byte[64];
  private transient StreamEvent.Builder builder = StreamEvent.builder();

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<StreamEvent> duplicate() {
    return new StreamEventSerializer();
  }

  @Override
  public StreamEvent createInstance() {
    return StreamEvent.builder().build();
  }

  @Override
  public StreamEvent copy(StreamEvent from) {
    return from;
  }

  @Override
  public StreamEvent copy(StreamEvent from, StreamEvent reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(StreamEvent event, DataOutputView target) throws IOException {
    boolean keyIsRecordKey = keyIsRecordKey(event);
    int flags =
        (event.key() != null ? HAS_KEY : 0)
            | (keyIsRecordKey ? KEY_IS_RECORD_KEY : 0)
            | (event.hasSequence() ? HAS_SEQUENCE : 0)
            | (event.token() != null ? HAS_TOKEN : 0)
            | (event.features().length > 0 ? HAS_FEATURES : 0)
            | (event.end() ? END : 0)
            | (event.recordValue() != null ? HAS_RECORD_VALUE : 0)
            | (event.recordKey() != null ? HAS_RECORD_KEY : 0)
            | (event.isRejected() ? REJECTED : 0);
    VarInts.write(flags, target);
    writeTopic(event.topic(), target);
    VarInts.write(event.partition(), target);
    VarInts.write(event.offset(), target);
    VarInts.writeSigned(event.timestampMs(), target);
    VarInts.writeSigned(event.recordTimestampMs() - event.timestampMs(), target);
    if (event.recordKey() != null) {
      writeBytes(event.recordKey(), target);
    }
    if (event.recordValue() != null) {
      writeBytes(event.recordValue(), target);
    }
    if (event.key() != null && !keyIsRecordKey) {
      StringValue.writeString(event.key(), target);
    }
    if (event.hasSequence()) {
      VarInts.writeSigned(event.sequence(), target);
    }
    if (event.token() != null) {
      StringValue.writeString(event.token(), target);
    }
    float[] features = event.features();
    if (features.length > 0) {
      VarInts.write(features.length, target);
      for (float feature : features) {
        target.writeFloat(feature);
      }
    }
    if (event.isRejected()) {
      StringValue.writeString(event.rejection().name(), target);
      StringValue.writeString(event.detail(), target);
    }
  }

  @Override
  public StreamEvent deserialize(DataInputView source) throws IOException {
    StreamEvent.Builder event = builder.clear();
    int flags = VarInts.readInt(source);
    String topic = readTopic(source);
    event.origin(topic, VarInts.readInt(source), VarInts.readLong(source));
    long timestampMs = VarInts.readSigned(source);
    event.timestampMs(timestampMs);
    event.recordTimestampMs(timestampMs + VarInts.readSigned(source));
    byte[] recordKey = (flags & HAS_RECORD_KEY) != 0 ? readBytes(source) : null;
    byte[] recordValue = (flags & HAS_RECORD_VALUE) != 0 ? readBytes(source) : null;
    event.record(recordKey, recordValue);
    if ((flags & KEY_IS_RECORD_KEY) != 0) {
      event.key(new String(recordKey, StandardCharsets.US_ASCII));
    } else if ((flags & HAS_KEY) != 0) {
      event.key(StringValue.readString(source));
    }
    if ((flags & HAS_SEQUENCE) != 0) {
      event.sequence(VarInts.readSigned(source));
    }
    if ((flags & HAS_TOKEN) != 0) {
      event.token(StringValue.readString(source));
    }
    if ((flags & HAS_FEATURES) != 0) {
      float[] features = new float[VarInts.readInt(source)];
      for (int i = 0; i < features.length; i++) {
        features[i] = source.readFloat();
      }
      event.features(features);
    }
    event.end((flags & END) != 0);
    if ((flags & REJECTED) != 0) {
      event.rejection(
          RejectReason.valueOf(StringValue.readString(source)), StringValue.readString(source));
    }
    StreamEvent result = event.build();
    event.clear();
    return result;
  }

  @Override
  public StreamEvent deserialize(StreamEvent reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamEventSerializer;
  }

  @Override
  public int hashCode() {
    return StreamEventSerializer.class.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<StreamEvent> snapshotConfiguration() {
    return new StreamEventSerializerSnapshot();
  }

  private void writeTopic(String topic, DataOutputView target) throws IOException {
    if (!topic.equals(this.topic)) {
      this.topicBytes = topic.getBytes(StandardCharsets.UTF_8);
      this.topic = topic;
    }
    writeBytes(topicBytes, target);
  }

  private String readTopic(DataInputView source) throws IOException {
    int length = VarInts.readInt(source);
    if (topicBuffer.length < length) {
      topicBuffer = new byte[length];
    }
    source.readFully(topicBuffer, 0, length);
    if (!Arrays.equals(topicBytes, 0, topicBytes.length, topicBuffer, 0, length)) {
      topicBytes = Arrays.copyOf(topicBuffer, length);
      topic = new String(topicBytes, StandardCharsets.UTF_8);
    }
    return topic;
  }

  private static boolean keyIsRecordKey(StreamEvent event) {
    String key = event.key();
    byte[] recordKey = event.recordKey();
    if (key == null || recordKey == null || key.length() != recordKey.length) {
      return false;
    }
    for (int i = 0; i < recordKey.length; i++) {
      if (recordKey[i] < 0 || recordKey[i] != key.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
    VarInts.write(bytes.length, target);
    target.write(bytes);
  }

  private static byte[] readBytes(DataInputView source) throws IOException {
    byte[] bytes = new byte[VarInts.readInt(source)];
    source.readFully(bytes);
    return bytes;
  }

  /** Transient caches are not written with the serializer, so they are made anew with it. */
  private Object readResolve() {
    return new StreamEventSerializer();
  }
}
