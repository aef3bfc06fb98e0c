package dev.carryover.job.source;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads {@link Event} records in single-object encoding, in any released version of the schema. */
final class CanonicalDecoder implements EventDecoder {
  private final RecordCodec<Event> codec = RecordCodec.of(Event.class);
  private Event reuse;

  @Override
  public void decode(ConsumerRecord<byte[], byte[]> record, StreamEvent.Builder event)
      throws RejectedRecordException {
    byte[] value = record.value();
    Event read;
    try {
      read = codec.decode(value, 0, value.length, reuse);
    } catch (RecordDecodingException e) {
      reuse = null;
      throw rejected(e);
    }
    reuse = read;
    event
        .key(read.getKey())
        .timestampMs(read.getTimestampMs())
        .token(read.getToken())
        .features(floats(read.getFeatures()))
        .end(read.getEnd());
    if (read.getSequence() != null) {
      event.sequence(read.getSequence());
    }
  }

  /** Turns what the codec found into a rejection. */
  static RejectedRecordException rejected(RecordDecodingException e) {
    RejectReason reason =
        switch (e.code()) {
          case UNKNOWN_FINGERPRINT, INCOMPATIBLE_SCHEMA -> RejectReason.UNKNOWN_SCHEMA;
          default -> RejectReason.UNDECODABLE;
        };
    return new RejectedRecordException(reason, e.getMessage());
  }

  private static float[] floats(List<Float> values) {
    int count = values.size();
    if (count == 0) {
      return StreamEvent.NO_FEATURES;
    }
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }

  /** Makes canonical decoders. */
  record Factory() implements EventDecoder.Factory {
    @Override
    public EventDecoder create() {
      return new CanonicalDecoder();
    }
  }
}
