package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorOutputs;
import java.util.List;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Puts the events of a key into the order of event time: each waits until the watermark has passed
 * its time. An event behind the watermark is late; one beyond the capacity of its key is refused.
 *
 * <p>Keyed state: the caller sets the key.
 */
final class EventTimeOrder {
  private final OrderingBuffer waiting;
  private final LastWatermark watermark;
  private final int capacity;

  EventTimeOrder(StateInitializationContext context, int capacity) throws Exception {
    this.waiting =
        new OrderingBuffer(
            context.getKeyedStateStore().getMapState(OrderingBuffer.EVENTS),
            context.getKeyedStateStore().getState(OrderingBuffer.COUNT),
            capacity);
    this.watermark = new LastWatermark(context);
    this.capacity = capacity;
  }

  /** Keeps an event until its time, or puts it out with the reason why not. */
  boolean admit(StreamEvent event, OperatorOutputs outputs) throws Exception {
    if (event.timestampMs() <= watermark.ms()) {
      outputs.late(
          event.withRejection(
              RejectReason.LATE,
              "event time %d is not after the watermark %d, at %s; raise events.max-out-of-orderness to wait longer"
                  .formatted(event.timestampMs(), watermark.ms(), event.origin())));
      return false;
    }
    if (!waiting.add(event)) {
      outputs.deadLetter(
          event.withRejection(
              RejectReason.ORDERING_BUFFER_FULL,
              "the key has %d events waiting for the watermark, at %s; raise ordering.max-buffered-events, or find what holds the watermark back"
                  .formatted(capacity, event.origin())));
      return false;
    }
    return true;
  }

  /** Takes the events of one time out, in order. */
  List<StreamEvent> take(long timestampMs) throws Exception {
    return waiting.take(timestampMs);
  }

  /** Event time that has passed; the least long before the first watermark. */
  long watermarkMs() {
    return watermark.ms();
  }

  /** Notes that the watermark has passed a time. */
  void advance(long watermarkMs) {
    watermark.advance(watermarkMs);
  }

  /** Puts the watermark into the checkpoint. */
  void snapshot() throws Exception {
    watermark.snapshot();
  }
}
