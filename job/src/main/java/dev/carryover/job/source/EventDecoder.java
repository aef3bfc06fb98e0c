package dev.carryover.job.source;

import dev.carryover.job.events.StreamEvent;
import java.io.Serializable;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads what one format says about an event. What holds for every format, {@link EventDeserializer}
 * checks before and after.
 *
 * <p>Not thread-safe; one per thread.
 */
interface EventDecoder {
  /**
   * Reads a record that has a value within the size limit into the fields of an event.
   *
   * @throws RejectedRecordException if the record cannot be used; fields set until then stay
   */
  void decode(ConsumerRecord<byte[], byte[]> record, StreamEvent.Builder event)
      throws RejectedRecordException;

  /** What travels in the job graph and makes a decoder where the source runs. */
  @FunctionalInterface
  interface Factory extends Serializable {
    /** Returns a decoder for one thread. */
    EventDecoder create();
  }
}
