package dev.carryover.job.control;

import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of the control topic, not read yet.
 *
 * @param topic the topic that it lies in
 * @param partition its partition
 * @param offset its offset
 * @param value its bytes, or null; shared with whoever made it
 */
public record ControlRecord(String topic, int partition, long offset, byte[] value) {
  /** Many times what the longest URI needs; a larger record is not even looked at. */
  static final int MAX_BYTES = 1 << 20;

  static ControlRecord of(ConsumerRecord<byte[], byte[]> record) {
    return new ControlRecord(record.topic(), record.partition(), record.offset(), record.value());
  }

  /** Where the record lies: {@code topic-partition@offset}. */
  public String origin() {
    return topic + "-" + partition + "@" + offset;
  }

  /**
   * Reads the announcement. Whether it makes sense is not looked at.
   *
   * @throws ModelRejectedException {@link RejectionCode#UNREADABLE_ANNOUNCEMENT} if it is none,
   *     naming the place
   */
  public ModelAnnouncement announcement(RecordCodec<ModelAnnouncement> codec)
      throws ModelRejectedException {
    if (value == null) {
      throw unreadable("no value, an announcement is needed; value; write it with an announcement");
    }
    if (value.length > MAX_BYTES) {
      throw unreadable(
          value.length
              + " bytes, at most "
              + MAX_BYTES
              + " are read; value; announce where the model file is, not the file itself");
    }
    try {
      return codec.decode(value);
    } catch (RecordDecodingException e) {
      throw unreadable(e.getMessage());
    }
  }

  private ModelRejectedException unreadable(String detail) {
    return new ModelRejectedException(
        RejectionCode.UNREADABLE_ANNOUNCEMENT, origin() + ": " + detail);
  }
}
