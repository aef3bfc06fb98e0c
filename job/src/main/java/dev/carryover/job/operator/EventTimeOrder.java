package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorOutputs;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
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

  /**
   * The watermark that has passed, kept over a restore. Flink's own begins anew there, and an event
   * that was late before a failure would be taken in after it, behind events that its key has seen.
   *
   * <p>Operator state: one number per subtask. Subtasks agree on it at a barrier; should they not,
   * the least counts, so that no event is late that was not before.
   */
  private static final class LastWatermark {
    private static final ListStateDescriptor<Long> WATERMARK =
        new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE);

    private final ListState<Long> stored;
    private long ms = Long.MIN_VALUE;

    private LastWatermark(StateInitializationContext context) throws Exception {
      stored = context.getOperatorStateStore().getUnionListState(WATERMARK);
      if (context.isRestored()) {
        long least = Long.MAX_VALUE;
        for (long subtask : stored.get()) {
          least = Math.min(least, subtask);
        }
        ms = least == Long.MAX_VALUE ? Long.MIN_VALUE : least;
      }
    }

    /** Latest event time that has passed; the least long before the first watermark. */
    private long ms() {
      return ms;
    }

    /**
     * Notes a watermark. The end of the input is none: a later job may go on from its savepoint.
     */
    private void advance(long watermarkMs) {
      if (watermarkMs != Long.MAX_VALUE) {
        ms = Math.max(ms, watermarkMs);
      }
    }

    private void snapshot() throws Exception {
      stored.clear();
      stored.add(ms);
    }
  }
}
