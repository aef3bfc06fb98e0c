package dev.carryover.job.state;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes a {@link HiddenState} in 46 bytes and four per float, and what the inputs take that are
 * remembered: for token ids below 256 five bytes and one for each.
 *
 * <p>Layout version 1: revision, steps, startMs, lastMs, timerMs (8 bytes each, big-endian), one
 * byte that is 1 when a sequence number follows (8 bytes), the number of floats (4 bytes) and their
 * IEEE 754 bits, exactly as they are.
 *
 * <p>Layout version 2: version 1, then the remembered inputs as {@link RememberedInputs} says, one
 * byte where there are none.
 */
public final class HiddenStateSerializer extends TypeSerializer<HiddenState> {
  /** The serializer of the layout that this build writes. */
  public static final HiddenStateSerializer INSTANCE = new HiddenStateSerializer(2);

  /** Reads states of the first layout, before Flink writes them in the present one. */
  static final HiddenStateSerializer LAYOUT_1 = new HiddenStateSerializer(1);

  private static final long serialVersionUID = 1L;

  private final int layout;

  private HiddenStateSerializer(int layout) {
    this.layout = layout;
  }

  /** The serializer of a layout that this build reads. */
  static HiddenStateSerializer ofLayout(int layout) {
    return layout == LAYOUT_1.layout ? LAYOUT_1 : INSTANCE;
  }

  int layout() {
    return layout;
  }

  /** Nothing in it changes, so all threads share it. */
  @Override
  public HiddenStateSerializer duplicate() {
    return this;
  }

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public HiddenState createInstance() {
    return new HiddenState();
  }

  @Override
  public HiddenState copy(HiddenState from) {
    return from.copy();
  }

  @Override
  public HiddenState copy(HiddenState from, HiddenState reuse) {
    return from.copy();
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(HiddenState state, DataOutputView out) throws IOException {
    out.writeLong(state.revision());
    out.writeLong(state.steps());
    out.writeLong(state.startMs());
    out.writeLong(state.lastMs());
    out.writeLong(state.timerMs());
    out.writeBoolean(state.numbered());
    if (state.numbered()) {
      out.writeLong(state.lastSequence());
    }
    FloatArrays.write(state.values(), out);
    if (layout > 1) {
      RememberedInputs.write(state.inputs(), out);
    }
  }

  @Override
  public HiddenState deserialize(DataInputView in) throws IOException {
    long revision = in.readLong();
    long steps = in.readLong();
    long startMs = in.readLong();
    long lastMs = in.readLong();
    long timerMs = in.readLong();
    boolean numbered = in.readBoolean();
    long lastSequence = numbered ? in.readLong() : 0;
    HiddenState state =
        HiddenState.read(
            revision, steps, startMs, lastMs, timerMs, FloatArrays.read("a hidden state", in));
    if (numbered) {
      state.number(lastSequence);
    }
    if (layout > 1) {
      state.inputs(RememberedInputs.read(in));
    }
    return state;
  }

  @Override
  public HiddenState deserialize(HiddenState reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public TypeSerializerSnapshot<HiddenState> snapshotConfiguration() {
    return new HiddenStateSerializerSnapshot(layout);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HiddenStateSerializer that && layout == that.layout;
  }

  @Override
  public int hashCode() {
    return layout;
  }

  private Object readResolve() {
    return ofLayout(layout);
  }
}
