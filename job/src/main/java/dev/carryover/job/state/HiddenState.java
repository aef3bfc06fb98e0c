package dev.carryover.job.state;

import java.util.Arrays;

/**
 * What is kept of one key: the floats of its running sequence and what the next event needs to
 * know. Between sequences, when de-duplication is on, only the last sequence number remains ({@link
 * #running()} is false and there are no floats).
 *
 * <p>Mutable and owned by the task thread: the operator advances it in place and puts it back.
 */
public final class HiddenState {
  /** {@link #timerMs()} of a key that has no timer. */
  public static final long NO_TIMER = Long.MIN_VALUE;

  private static final float[] NONE = {};

  private long revision;
  private long steps;
  private long startMs;
  private long lastMs;
  private long timerMs = NO_TIMER;
  private boolean numbered;
  private long lastSequence;
  private float[] values = NONE;

  /** A key that was never seen. */
  public HiddenState() {}

  /** Begins a sequence with the model's initial state; the array is kept. */
  public void begin(long timestampMs, float[] initial) {
    steps = 0;
    startMs = timestampMs;
    lastMs = timestampMs;
    values = initial;
  }

  /** Counts one event of the running sequence, stepped by a revision of the model. */
  public void advance(long modelRevision, long timestampMs) {
    revision = modelRevision;
    steps++;
    lastMs = Math.max(lastMs, timestampMs);
  }

  /** Ends the sequence; what de-duplication needs stays. */
  public void end() {
    steps = 0;
    values = NONE;
  }

  /** Whether a sequence is running. */
  public boolean running() {
    return values.length > 0;
  }

  /** Revision of the model that last stepped the key. */
  public long revision() {
    return revision;
  }

  /** Events of the running sequence so far. */
  public long steps() {
    return steps;
  }

  /** Time of the sequence's first event, in milliseconds since 1970. */
  public long startMs() {
    return startMs;
  }

  /** Latest event time of the running sequence, or of the last one, in milliseconds since 1970. */
  public long lastMs() {
    return lastMs;
  }

  /** The floats, as the model's state layout says; advanced in place. */
  public float[] values() {
    return values;
  }

  /** Event time of the key's only timer, or {@link #NO_TIMER}. */
  public long timerMs() {
    return timerMs;
  }

  /** Notes which timer is registered. */
  public void timerMs(long time) {
    timerMs = time;
  }

  /** Whether an event with this sequence number was seen before. */
  public boolean seen(long sequence) {
    return numbered && sequence <= lastSequence;
  }

  /** Whether any sequence number was seen. */
  public boolean numbered() {
    return numbered;
  }

  /** Notes the sequence number of an event. */
  public void number(long sequence) {
    numbered = true;
    lastSequence = sequence;
  }

  static HiddenState read(
      long revision, long steps, long startMs, long lastMs, long timerMs, float[] values) {
    HiddenState state = new HiddenState();
    state.revision = revision;
    state.steps = steps;
    state.startMs = startMs;
    state.lastMs = lastMs;
    state.timerMs = timerMs;
    state.values = values;
    return state;
  }

  HiddenState copy() {
    HiddenState copy =
        read(revision, steps, startMs, lastMs, timerMs, values.length == 0 ? NONE : values.clone());
    copy.numbered = numbered;
    copy.lastSequence = lastSequence;
    return copy;
  }

  long lastSequence() {
    return lastSequence;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HiddenState that
        && revision == that.revision
        && steps == that.steps
        && startMs == that.startMs
        && lastMs == that.lastMs
        && timerMs == that.timerMs
        && numbered == that.numbered
        && lastSequence == that.lastSequence
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(startMs) * 31 + Long.hashCode(steps);
  }

  @Override
  public String toString() {
    return "HiddenState of revision " + revision + " after " + steps + " events";
  }
}
