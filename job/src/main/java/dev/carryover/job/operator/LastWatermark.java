package dev.carryover.job.operator;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * The watermark that has passed, kept over a restore. Flink's own begins anew there, and an event
 * that was late before a failure would be taken in after it, behind events that its key has seen.
 *
 * <p>Operator state: one number per subtask. Subtasks agree on it at a barrier; should they not,
 * the least counts, so that no event is late that was not before.
 */
final class LastWatermark {
  static final ListStateDescriptor<Long> WATERMARK =
      new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE);

  private final ListState<Long> stored;
  private long ms = Long.MIN_VALUE;

  LastWatermark(StateInitializationContext context) throws Exception {
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
  long ms() {
    return ms;
  }

  /** Notes a watermark. The end of the input is none: a later job may go on from its savepoint. */
  void advance(long watermarkMs) {
    if (watermarkMs != Long.MAX_VALUE) {
      ms = Math.max(ms, watermarkMs);
    }
  }

  void snapshot() throws Exception {
    stored.clear();
    stored.add(ms);
  }
}
