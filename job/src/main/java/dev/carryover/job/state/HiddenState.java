package dev.carryover.job.state;

import java.util.Arrays;
import java.util.Objects;

/**
 * What is kept of one key: the floats of its running sequence, what the next event needs to know,
 * and, where the job asks for it, the last inputs of the sequence, to be run again under another
 * model. Between sequences, when de-duplication is on, only the last sequence number remains
 * ({@link #running()} is false and there are no floats).
 *
 * <p>Mutable and owned by the task thread: the operator advances it in place and puts it back.
 */
public final class HiddenState {
  /** {@link #timerMs()} of a key that has no timer. */
  public static final long NO_TIMER = Long.MIN_VALUE;

  private static final int FLOATS_PER_CACHE_LINE = 16;
  private static final float[] NONE = {};

  /** Of the object itself and of the header of its array. */
  private static final int OBJECT_BYTES = 96;

  private long revision;
  private long steps;
  private long startMs;
  private long lastMs;
  private long timerMs = NO_TIMER;
  private boolean numbered;
  private long lastSequence;
  private float[] values = NONE;

  /** Null where nothing is remembered, which is the rule: a reference is all that it costs. */
  private RememberedInputs inputs;

  /** A key that was never seen. */
  public HiddenState() {}

  /** Begins a sequence with the model's initial state; the array is kept. */
  public void begin(long timestampMs, float[] initial) {
    steps = 0;
    startMs = timestampMs;
    lastMs = timestampMs;
    values = initial;
    inputs = null;
  }

  /** Goes on with the running sequence from other floats; the array is kept. */
  public void restart(float[] from) {
    values = from;
  }

  /** Counts one event of the running sequence, stepped by a revision of the model. */
  public void advance(long modelRevision, long timestampMs) {
    revision = modelRevision;
    steps++;
    lastMs = Math.max(lastMs, timestampMs);
  }

  /** Notes an event that the running sequence does not take in, though it is of it. */
  public void touch(long timestampMs) {
    lastMs = Math.max(lastMs, timestampMs);
  }

  /** Ends the sequence; what de-duplication needs stays. */
  public void end() {
    steps = 0;
    values = NONE;
    inputs = null;
  }

  /** Whether a sequence is running. */
  public boolean running() {
    return values.length > 0;
  }

  /** Revision of the model that last stepped the key. */
  public long revision() {
    return revision;
  }

  /** Says that the floats are a revision's of the model from now on, without a step. */
  public void revision(long modelRevision) {
    revision = modelRevision;
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

  /** What it takes in memory, in bytes, roughly: itself, its floats and its remembered inputs. */
  long bytes() {
    long own = OBJECT_BYTES + (long) Float.BYTES * values.length;
    return inputs == null ? own : own + inputs.bytes();
  }

  /** Reads a float of every line of the cache that the floats take, so that they come to it. */
  public float touch() {
    float sum = 0;
    for (int at = 0; at < values.length; at += FLOATS_PER_CACHE_LINE) {
      sum += values[at];
    }
    return sum;
  }

  /**
   * Remembers the token of an event of the running sequence.
   *
   * <p>Features that were remembered are forgotten: no model reads both. At most {@code limit}
   * inputs are kept, the newest; with 0 nothing is kept and nothing is allocated.
   */
  public void rememberToken(int tokenId, int limit) {
    if (limit == 0) {
      inputs = null;
    } else {
      inputsOfWidth(0).rememberToken(tokenId, limit);
    }
  }

  /**
   * Remembers the features of an event of the running sequence; they are copied.
   *
   * <p>Tokens and features of another number that were remembered are forgotten: no model reads
   * both. At most {@code limit} inputs are kept, the newest; with 0 nothing is kept and nothing is
   * allocated.
   *
   * @throws IllegalArgumentException if there are no features
   */
  public void rememberFeatures(float[] features, int limit) {
    if (features.length == 0) {
      throw new IllegalArgumentException(
          "an input of 0 features cannot be remembered; remember its token, or nothing");
    }
    if (limit == 0) {
      inputs = null;
    } else {
      inputsOfWidth(features.length).rememberFeatures(features, limit);
    }
  }

  private RememberedInputs inputsOfWidth(int width) {
    if (inputs == null || inputs.width() != width) {
      inputs = new RememberedInputs(width);
    }
    return inputs;
  }

  /** How many inputs of the running sequence are remembered. */
  public int remembered() {
    return inputs == null ? 0 : inputs.count();
  }

  /** How many features a remembered input has; 0 where tokens are remembered, or nothing. */
  public int rememberedWidth() {
    return inputs == null ? 0 : inputs.width();
  }

  /**
   * Returns a remembered token.
   *
   * @param index from 0, the oldest, to {@link #remembered()} - 1
   * @throws IllegalStateException if features are remembered
   */
  public int rememberedToken(int index) {
    Objects.checkIndex(index, remembered());
    if (inputs.width() != 0) {
      throw new IllegalStateException(
          "the inputs that are remembered have "
              + inputs.width()
              + " features and no token; look at rememberedWidth() first");
    }
    return inputs.token(index);
  }

  /**
   * Reads remembered features.
   *
   * @param index from 0, the oldest, to {@link #remembered()} - 1
   * @param to filled, of the length {@link #rememberedWidth()}
   * @throws IllegalStateException if the inputs that are remembered have another number of features
   */
  public void readRememberedFeatures(int index, float[] to) {
    Objects.checkIndex(index, remembered());
    if (inputs.width() != to.length) {
      throw new IllegalStateException(
          "the inputs that are remembered have "
              + inputs.width()
              + " features, "
              + to.length
              + " were asked for; look at rememberedWidth() first");
    }
    inputs.readFeatures(index, to);
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
    copy.inputs = inputs == null ? null : inputs.copy();
    return copy;
  }

  RememberedInputs inputs() {
    return inputs;
  }

  void inputs(RememberedInputs remembered) {
    inputs = remembered;
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
        && Arrays.equals(values, that.values)
        && remembered() == that.remembered()
        && (remembered() == 0 || inputs.equals(that.inputs));
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
