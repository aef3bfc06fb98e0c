package dev.carryover.job.transduction;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventSerializer;
import dev.carryover.job.state.FloatArrays;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.DecodingState;
import dev.carryover.schemas.SequenceEnd;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes a {@link PendingDecode}.
 *
 * <p>Layout version 1, numbers big-endian: revision, startMs, timestampMs, step (8 bytes each); the
 * name of the end (modified UTF-8); one byte that is 1 when an event follows, in the layout of
 * {@link StreamEventSerializer}; beam width, n-best, maximum length (4 bytes each), length penalty
 * (4), attention (1). Then one byte: 1 and the tokens, or 0 and the floats of state and outputs.
 * Then one byte that is 1 when progress follows: step (4), over (1), and the arrays of {@link
 * DecodingState} in its order, each with its length (4) before it.
 */
final class PendingDecodeSerializer extends TypeSerializer<PendingDecode> {
  private static final long serialVersionUID = 1L;
  private static final int FIRST_LENGTH = 1024;
  private static final float[][] NO_ROWS = {};

  private final TypeSerializer<StreamEvent> events;

  /** The serializer of the layout that this build writes. */
  PendingDecodeSerializer() {
    this(new StreamEventSerializer());
  }

  /** A serializer that writes events as another one does. */
  PendingDecodeSerializer(TypeSerializer<StreamEvent> events) {
    this.events = events;
  }

  TypeSerializer<StreamEvent> events() {
    return events;
  }

  @Override
  public PendingDecodeSerializer duplicate() {
    TypeSerializer<StreamEvent> duplicate = events.duplicate();
    return duplicate == events ? this : new PendingDecodeSerializer(duplicate);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public PendingDecode createInstance() {
    return new PendingDecode(
        0,
        0,
        0,
        0,
        SequenceEnd.END_FLAG,
        null,
        DecodingOptions.greedy(1),
        new int[0],
        null,
        null,
        null);
  }

  @Override
  public PendingDecode copy(PendingDecode from) {
    return from;
  }

  @Override
  public PendingDecode copy(PendingDecode from, PendingDecode reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(PendingDecode pending, DataOutputView out) throws IOException {
    out.writeLong(pending.revision());
    out.writeLong(pending.startMs());
    out.writeLong(pending.timestampMs());
    out.writeLong(pending.step());
    out.writeUTF(pending.end().name());
    out.writeBoolean(pending.event() != null);
    if (pending.event() != null) {
      events.serialize(pending.event(), out);
    }
    DecodingOptions options = pending.options();
    out.writeInt(options.beamWidth());
    out.writeInt(options.nBest());
    out.writeInt(options.maximumLength());
    out.writeFloat(options.lengthPenalty());
    out.writeBoolean(options.attention());
    out.writeBoolean(pending.tokens() != null);
    if (pending.tokens() != null) {
      writeInts(pending.tokens(), out);
    } else {
      FloatArrays.write(pending.state(), out);
      FloatArrays.write(pending.outputs(), out);
    }
    out.writeBoolean(pending.progress() != null);
    if (pending.progress() != null) {
      write(pending.progress(), out);
    }
  }

  private static void write(DecodingState progress, DataOutputView out) throws IOException {
    out.writeInt(progress.step());
    out.writeBoolean(progress.over());
    writeRows(progress.states(), out);
    writeDoubles(progress.scores(), out);
    writeInts(progress.tokens(), out);
    writeInts(progress.parents(), out);
    writeInts(progress.endedSteps(), out);
    writeInts(progress.endedParents(), out);
    writeDoubles(progress.endedScores(), out);
    writeRows(progress.attention(), out);
  }

  private static void writeRows(float[][] rows, DataOutputView out) throws IOException {
    out.writeInt(rows.length);
    for (float[] row : rows) {
      FloatArrays.write(row, out);
    }
  }

  private static void writeInts(int[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (int value : values) {
      out.writeInt(value);
    }
  }

  private static void writeDoubles(double[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (double value : values) {
      out.writeDouble(value);
    }
  }

  @Override
  public PendingDecode deserialize(DataInputView in) throws IOException {
    long revision = in.readLong();
    long startMs = in.readLong();
    long timestampMs = in.readLong();
    long step = in.readLong();
    SequenceEnd end = SequenceEnd.valueOf(in.readUTF());
    StreamEvent event = in.readBoolean() ? events.deserialize(in) : null;
    DecodingOptions options =
        new DecodingOptions(
            in.readInt(), in.readInt(), in.readInt(), in.readFloat(), in.readBoolean());
    int[] tokens = in.readBoolean() ? readInts(in) : null;
    float[] state = tokens == null ? FloatArrays.read("an encoder state", in) : null;
    float[] outputs = tokens == null ? FloatArrays.read("an encoder's output", in) : null;
    DecodingState progress = in.readBoolean() ? readProgress(in) : null;
    return new PendingDecode(
        revision,
        startMs,
        timestampMs,
        step,
        end,
        event,
        options,
        tokens,
        state,
        outputs,
        progress);
  }

  private static DecodingState readProgress(DataInputView in) throws IOException {
    return new DecodingState(
        in.readInt(),
        in.readBoolean(),
        readRows(in),
        readDoubles(in),
        readInts(in),
        readInts(in),
        readInts(in),
        readInts(in),
        readDoubles(in),
        readRows(in));
  }

  private static float[][] readRows(DataInputView in) throws IOException {
    int length = readLength(in);
    float[][] rows = length == 0 ? NO_ROWS : new float[Math.min(length, FIRST_LENGTH)][];
    for (int row = 0; row < length; row++) {
      rows = row == rows.length ? Arrays.copyOf(rows, longer(row, length)) : rows;
      rows[row] = FloatArrays.read("a step of a decode", in);
    }
    return rows;
  }

  private static int[] readInts(DataInputView in) throws IOException {
    int length = readLength(in);
    int[] values = new int[Math.min(length, FIRST_LENGTH)];
    for (int i = 0; i < length; i++) {
      values = i == values.length ? Arrays.copyOf(values, longer(i, length)) : values;
      values[i] = in.readInt();
    }
    return values;
  }

  private static double[] readDoubles(DataInputView in) throws IOException {
    int length = readLength(in);
    double[] values = new double[Math.min(length, FIRST_LENGTH)];
    for (int i = 0; i < length; i++) {
      values = i == values.length ? Arrays.copyOf(values, longer(i, length)) : values;
      values[i] = in.readDouble();
    }
    return values;
  }

  private static int readLength(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new IOException(
          "a pending decode claims " + length + " values: the savepoint or checkpoint is damaged");
    }
    return length;
  }

  /** A damaged count makes no large array before the bytes are seen to be there. */
  private static int longer(int filled, int length) {
    return (int) Math.min(length, 2L * filled);
  }

  @Override
  public PendingDecode deserialize(PendingDecode reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public TypeSerializerSnapshot<PendingDecode> snapshotConfiguration() {
    return new PendingDecodeSerializerSnapshot(this);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PendingDecodeSerializer that && events.equals(that.events);
  }

  @Override
  public int hashCode() {
    return events.hashCode();
  }
}
