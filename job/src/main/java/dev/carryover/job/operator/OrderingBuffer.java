package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventSerializer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;

/**
 * Events of the current key that wait for the watermark, by event time. Events of one time keep
 * their order of arrival, unless both carry sequence numbers.
 *
 * <p>Keyed state: the caller sets the key.
 */
final class OrderingBuffer {
  static final MapStateDescriptor<Long, List<StreamEvent>> EVENTS =
      new MapStateDescriptor<>(
          "waiting-events",
          LongSerializer.INSTANCE,
          new ListSerializer<>(new StreamEventSerializer()));

  static final ValueStateDescriptor<Integer> COUNT =
      new ValueStateDescriptor<>("waiting-count", IntSerializer.INSTANCE);

  private final MapState<Long, List<StreamEvent>> events;
  private final ValueState<Integer> count;
  private final int capacity;

  OrderingBuffer(
      MapState<Long, List<StreamEvent>> events, ValueState<Integer> count, int capacity) {
    this.events = events;
    this.count = count;
    this.capacity = capacity;
  }

  /** Keeps an event; false when the key has as many waiting as are allowed. */
  boolean add(StreamEvent event) throws Exception {
    Integer waiting = count.value();
    if (waiting != null && waiting >= capacity) {
      return false;
    }
    List<StreamEvent> present = events.get(event.timestampMs());
    List<StreamEvent> sameTime = present == null ? new ArrayList<>(1) : new ArrayList<>(present);
    int place = sameTime.size();
    while (place > 0 && precedes(event, sameTime.get(place - 1))) {
      place--;
    }
    sameTime.add(place, event);
    events.put(event.timestampMs(), sameTime);
    count.update(waiting == null ? 1 : waiting + 1);
    return true;
  }

  private static boolean precedes(StreamEvent event, StreamEvent other) {
    return event.hasSequence() && other.hasSequence() && event.sequence() < other.sequence();
  }

  /** Takes the events of one time out, in order. */
  List<StreamEvent> take(long timestampMs) throws Exception {
    List<StreamEvent> taken = events.get(timestampMs);
    if (taken == null) {
      return List.of();
    }
    events.remove(timestampMs);
    int left = count.value() - taken.size();
    if (left == 0) {
      count.clear();
    } else {
      count.update(left);
    }
    return taken;
  }
}
