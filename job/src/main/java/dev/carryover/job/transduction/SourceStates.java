package dev.carryover.job.transduction;

import dev.carryover.job.serving.ServedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.FloatPrimitiveArraySerializer;
import org.apache.flink.api.common.typeutils.base.array.IntPrimitiveArraySerializer;

/**
 * What is kept of the source of running sequences, in keyed state: with attention the output of the
 * encoder at every event, with an encoder of two directions every token, else nothing.
 *
 * <p>A micro-batch appends one element to a key's list and rewrites nothing; the list is read once,
 * at the end of the sequence. The caller sets the key.
 */
public final class SourceStates {
  static final ListStateDescriptor<float[]> OUTPUTS =
      new ListStateDescriptor<>("source-outputs", FloatPrimitiveArraySerializer.INSTANCE);

  static final ListStateDescriptor<int[]> TOKENS =
      new ListStateDescriptor<>("source-tokens", IntPrimitiveArraySerializer.INSTANCE);

  private final ListState<float[]> outputs;
  private final ListState<int[]> tokens;
  private float[] scratch = {};

  /** The keyed states of these names. */
  public SourceStates(KeyedStateStore store) throws Exception {
    outputs = store.getListState(OUTPUTS);
    tokens = store.getListState(TOKENS);
  }

  /** Adds what is to be kept of a row that a model ran. */
  public void keep(ServedModel served, int row, SourceDraft draft) {
    draft.count();
    if (served.kept().tokens()) {
      draft.addToken(served.rows().token(row));
    } else if (served.kept().outputSize() > 0) {
      if (scratch.length != served.kept().outputSize()) {
        scratch = new float[served.kept().outputSize()];
      }
      served.rows().readOutput(row, scratch);
      draft.addOutput(scratch);
    }
  }

  /** Puts a draft into the state of the current key. */
  public void store(SourceDraft draft, boolean running) throws Exception {
    if (draft.stored() && !draft.goesOn()) {
      outputs.clear();
      tokens.clear();
    }
    if (running) {
      float[] added = draft.outputs();
      append(outputs, added, added.length);
      int[] read = draft.tokens();
      append(tokens, read, read.length);
    }
  }

  private static <T> void append(ListState<T> list, T added, int length) throws Exception {
    if (length > 0) {
      list.add(added);
    }
  }

  /** The outputs of the current key's running sequence so far, {@code [S * He]}. */
  float[] outputs(SourceDraft draft) throws Exception {
    List<float[]> pieces = new ArrayList<>();
    if (draft.goesOn()) {
      outputs.get().forEach(pieces::add);
    }
    pieces.add(draft.outputs());
    float[] whole = new float[pieces.stream().mapToInt(piece -> piece.length).sum()];
    int length = 0;
    for (float[] piece : pieces) {
      System.arraycopy(piece, 0, whole, length, piece.length);
      length += piece.length;
    }
    return whole;
  }

  /** The tokens of the current key's running sequence so far, {@code [S]}. */
  int[] tokens(SourceDraft draft) throws Exception {
    List<int[]> pieces = new ArrayList<>();
    if (draft.goesOn()) {
      tokens.get().forEach(pieces::add);
    }
    pieces.add(draft.tokens());
    return pieces.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
