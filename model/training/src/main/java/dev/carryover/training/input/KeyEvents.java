package dev.carryover.training.input;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The events of one key, in the order in which they came. What no event has takes no memory: times
 * that are all equal, ends, features, labels and values have no array.
 */
final class KeyEvents {
  static final int NONE = -1;

  final String key;
  private int capacity = 4;
  private int size;
  private long firstTime;
  private long lastTime;
  private boolean ordered = true;
  private int[] tokens = new int[capacity];
  private long[] times;
  private boolean[] ends;
  private float[][] features;
  private int[] labels;
  private float[][] values;

  KeyEvents(String key) {
    this.key = key;
  }

  /** Adds an event whose token and label are numbers of {@link Symbols}, or {@link #NONE}. */
  void add(InputEvent event, int token, int label) {
    if (size == capacity) {
      grow(Math.addExact(size, Math.max(4, size / 2)));
    }
    addTime(event.timeMs());
    tokens[size] = token;
    if (event.end() && ends == null) {
      ends = new boolean[capacity];
    }
    if (ends != null) {
      ends[size] = event.end();
    }
    if (event.features() != null && features == null) {
      features = new float[capacity][];
    }
    if (features != null) {
      features[size] = event.features();
    }
    if (label != NONE && labels == null) {
      labels = new int[capacity];
      Arrays.fill(labels, NONE);
    }
    if (labels != null) {
      labels[size] = label;
    }
    if (event.values() != null && values == null) {
      values = new float[capacity][];
    }
    if (values != null) {
      values[size] = event.values();
    }
    size++;
  }

  private void addTime(long time) {
    if (size == 0) {
      firstTime = time;
      lastTime = time;
      return;
    }
    ordered &= lastTime <= time;
    lastTime = time;
    if (time != firstTime && times == null) {
      times = new long[capacity];
      Arrays.fill(times, 0, size, firstTime);
    }
    if (times != null) {
      times[size] = time;
    }
  }

  private void grow(int larger) {
    capacity = larger;
    tokens = Arrays.copyOf(tokens, larger);
    times = times == null ? null : Arrays.copyOf(times, larger);
    ends = ends == null ? null : Arrays.copyOf(ends, larger);
    features = features == null ? null : Arrays.copyOf(features, larger);
    labels = labels == null ? null : Arrays.copyOf(labels, larger);
    values = values == null ? null : Arrays.copyOf(values, larger);
  }

  int size() {
    return size;
  }

  int token(int event) {
    return tokens[event];
  }

  long time(int event) {
    return times == null ? firstTime : times[event];
  }

  boolean end(int event) {
    return ends != null && ends[event];
  }

  float[] features(int event) {
    return features == null ? null : features[event];
  }

  int label(int event) {
    return labels == null ? NONE : labels[event];
  }

  float[] values(int event) {
    return values == null ? null : values[event];
  }

  boolean labelled() {
    return labels != null;
  }

  boolean valued() {
    return values != null;
  }

  /** Whether an event brings an input; otherwise it is only an end. */
  boolean input(int event) {
    return tokens[event] != NONE || features(event) != null;
  }

  /** The places of the events in the order of their times; equal times as they came. */
  int[] order() {
    if (ordered) {
      return IntStream.range(0, size).toArray();
    }
    return IntStream.range(0, size)
        .boxed()
        .sorted((a, b) -> Long.compare(time(a), time(b)))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
