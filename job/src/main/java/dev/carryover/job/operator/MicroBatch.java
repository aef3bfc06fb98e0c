package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import java.util.Arrays;

/**
 * Up to {@code capacity} pending entries, grouped into one {@link Lane} per key with their order
 * kept. An entry is an event or a deadline that passed.
 *
 * <p>Belongs to the task thread. Lanes and arrays are reused; adding allocates nothing.
 */
final class MicroBatch {
  /*
   * An open-addressing table from key to lane, twice as large as it is ever filled. Clearing it would
   * cost as much as filling it, so a slot counts only when it carries the stamp of this batch.
   */
  private final int capacity;
  private final StreamEvent[] events;
  private final long[] deadlines;
  private final int[] following;
  private final Lane[] lanes;
  private final int[] slots;
  private final int[] stamps;
  private int stamp = 1;
  private int size;
  private int laneCount;

  MicroBatch(int capacity) {
    this.capacity = capacity;
    this.events = new StreamEvent[capacity];
    this.deadlines = new long[capacity];
    this.following = new int[capacity];
    this.lanes = new Lane[capacity];
    for (int lane = 0; lane < capacity; lane++) {
      lanes[lane] = new Lane();
    }
    int slotCount = Integer.highestOneBit(Math.max(2, capacity - 1)) * 4;
    this.slots = new int[slotCount];
    this.stamps = new int[slotCount];
  }

  /** Adds an event. */
  void add(StreamEvent event) {
    events[append(event.key())] = event;
  }

  /** Adds a deadline of a key: event time has reached {@code timeMs}. */
  void addDeadline(String key, long timeMs) {
    int entry = append(key);
    events[entry] = null;
    deadlines[entry] = timeMs;
  }

  private int append(String key) {
    assert size < capacity : "micro-batch of " + capacity + " is full";
    int entry = size++;
    following[entry] = Lane.END;
    Lane lane = lane(key);
    if (lane.head == Lane.END) {
      lane.head = entry;
    } else {
      following[lane.tail] = entry;
    }
    lane.tail = entry;
    return entry;
  }

  private Lane lane(String key) {
    int mask = slots.length - 1;
    int hash = key.hashCode();
    int slot = (hash ^ hash >>> 16) & mask;
    while (stamps[slot] == stamp) {
      Lane lane = lanes[slots[slot]];
      if (lane.key.equals(key)) {
        return lane;
      }
      slot = (slot + 1) & mask;
    }
    stamps[slot] = stamp;
    slots[slot] = laneCount;
    Lane lane = lanes[laneCount++];
    lane.open(key);
    return lane;
  }

  /** Forgets all entries and lanes. */
  void clear() {
    for (int entry = 0; entry < size; entry++) {
      events[entry] = null;
    }
    for (int lane = 0; lane < laneCount; lane++) {
      lanes[lane].close();
    }
    size = 0;
    laneCount = 0;
    stamp++;
    if (stamp == 0) {
      Arrays.fill(stamps, 0);
      stamp = 1;
    }
  }

  int capacity() {
    return capacity;
  }

  boolean isEmpty() {
    return size == 0;
  }

  boolean isFull() {
    return size == capacity;
  }

  int size() {
    return size;
  }

  int laneCount() {
    return laneCount;
  }

  /** A lane, in the order in which keys first appeared. */
  Lane laneAt(int index) {
    return lanes[index];
  }

  /** The event of an entry, or null when it is a deadline. */
  StreamEvent event(int entry) {
    return events[entry];
  }

  /** The time of a deadline. */
  long deadline(int entry) {
    return deadlines[entry];
  }

  /** Takes a lane's first entry off. */
  void poll(Lane lane) {
    lane.head = following[lane.head];
  }
}
