package dev.carryover.runtime.seq2seq;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.SequenceStack;
import dev.carryover.runtime.cells.StackScratch;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;

/**
 * One micro-batch of an encoder at a time: rows are added with the states of different keys, {@link
 * #run} advances them by one source token each, states and outputs are read row by row, {@link
 * #clear} begins the next.
 *
 * <p>Shapes: up to B = {@link #capacity()} rows; a state has {@code encoderLayout().floats()}
 * floats. Nothing is allocated after construction. Belongs to one thread. States are copied in and
 * out, never kept. A row's results have the same bits whatever the other rows are, and those of
 * {@link Seq2SeqModel#encodeWhole}.
 *
 * <p>Arguments are checked on entry; results of a row that was not run are an {@link
 * IllegalStateException}.
 */
public final class EncoderSession {
  private final ModelConfig config;
  private final Kernels kernels;
  private final StateLayout layout;
  private final StackScratch scratch;
  private final int capacity;
  private final int[] tokens;
  private int size;
  private boolean ran;

  EncoderSession(ModelConfig config, Kernels kernels, SequenceStack encoder, int capacity) {
    this.config = config;
    this.kernels = kernels;
    this.layout = encoder.stateLayout();
    this.capacity = capacity;
    FoldedEmbedding embedding = encoder.forwardEmbedding();
    this.scratch =
        new StackScratch(
            encoder.forwardLayers(), embedding, layout, embedding.newInput(capacity), capacity);
    this.tokens = new int[capacity];
  }

  /** B: the most rows of one run. */
  public int capacity() {
    return capacity;
  }

  /** Rows added since {@link #clear}. */
  public int size() {
    return size;
  }

  /** Forgets all rows. */
  public void clear() {
    size = 0;
    ran = false;
  }

  /**
   * Adds a key's state and the source token that it sees now.
   *
   * @return the row
   * @throws IllegalArgumentException if the token id is outside the source vocabulary, or the state
   *     has another length
   */
  public int addToken(float[] state, int tokenId) {
    checkLength("state", state.length, layout.floats());
    if (tokenId < 0 || tokenId >= config.vocabulary().size()) {
      throw new IllegalArgumentException(
          "token id "
              + tokenId
              + " is outside the source vocabulary of "
              + config.vocabulary().size()
              + " tokens");
    }
    if (ran || size == capacity) {
      throw new IllegalStateException(
          ran
              ? "the micro-batch was run: clear it before adding rows"
              : "the micro-batch is full with " + capacity + " rows: run and clear it first");
    }
    int row = size++;
    tokens[row] = tokenId;
    scratch.load(row, state);
    return row;
  }

  /** Advances all rows by their tokens. */
  public void run() {
    if (ran) {
      throw new IllegalStateException("the micro-batch was run already: clear it first");
    }
    ran = true;
    if (size == 0) {
      return;
    }
    scratch.advance(tokens, size);
  }

  /** Copies the advanced state of a row out. */
  public void readState(int row, float[] state) {
    checkRow(row);
    checkLength("state", state.length, layout.floats());
    scratch.store(row, state);
  }

  /** Copies the output of a row out, h of the top layer, {@code [He]}: what attention looks at. */
  public void readOutput(int row, float[] output) {
    checkRow(row);
    checkLength("output", output.length, layout.hiddenSize());
    Rows h = scratch.top();
    System.arraycopy(h.values(), h.offset(row), output, 0, output.length);
  }

  /** Whether the advanced state of a row holds no NaN and no infinity. */
  public boolean finite(int row) {
    checkRow(row);
    return scratch.finite(kernels, row);
  }

  private void checkLength(String what, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          "the %s has %d floats, that of the encoder of model '%s' has %d"
              .formatted(what, length, config.modelId(), expected));
    }
  }

  private void checkRow(int row) {
    if (!ran || row < 0 || row >= size) {
      throw new IllegalStateException(
          ran
              ? "row " + row + " is outside the micro-batch of " + size + " rows"
              : "the micro-batch was not run yet");
    }
  }

  @Override
  public String toString() {
    return "EncoderSession of " + config.modelId() + ", " + size + " of " + capacity + " rows";
  }
}
