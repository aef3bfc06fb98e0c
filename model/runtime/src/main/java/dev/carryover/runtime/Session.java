package dev.carryover.runtime;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.StackScratch;
import dev.carryover.runtime.kernels.Rows;
import java.util.Arrays;

/**
 * One micro-batch at a time: rows are added with the states of different keys, {@link #run} scores
 * and advances them together, results are read row by row, {@link #clear} begins the next.
 *
 * <p>Shapes: up to B = {@link #capacity()} rows; a state has {@code stateLayout().floats()} floats.
 * Nothing is allocated after construction, but room for likely tokens when more are asked for than
 * before. Belongs to one thread. States are copied in and out, never kept. A row's results have the
 * same bits whatever the other rows are.
 *
 * <p>Arguments are checked on entry; results of a row that was not run are an {@link
 * IllegalStateException}.
 */
public final class Session {
  private final RecurrentModel model;
  private final ModelConfig config;
  private final int capacity;
  private final StackScratch scratch;
  private final int[] tokens;
  private final Rows input;
  private final float[] normalized;
  private final Rows logits;
  private final Rows unadvanced;
  private final boolean[] ended;
  private final Softmax observed;
  private final Softmax next;
  private final boolean scoresBefore;
  private int size;
  private int endedRows;
  private boolean ran;
  private boolean logitsOfNewState;

  Session(RecurrentModel model, int capacity) {
    this.model = model;
    this.config = model.config();
    this.capacity = capacity;
    this.tokens = new int[capacity];
    FoldedEmbedding embedding = model.embedding();
    this.input =
        config.tokenInput() ? embedding.newInput(capacity) : new Rows(capacity, config.inputSize());
    this.scratch =
        new StackScratch(model.layers(), embedding, model.stateLayout(), input, capacity);
    this.normalized = config.tokenInput() ? null : new float[config.inputSize()];
    this.scoresBefore = config.task() == Task.NEXT_TOKEN;
    this.logits = scoresBefore ? null : model.head().newLogits(capacity);
    this.unadvanced = scoresBefore ? null : model.head().newLogits(capacity);
    this.ended = new boolean[capacity];
    this.observed = scoresBefore ? new Softmax(model, capacity) : null;
    this.next = scoresBefore ? new Softmax(model, capacity) : null;
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
    endedRows = 0;
    ran = false;
    logitsOfNewState = false;
  }

  /**
   * Adds a key's state and the token that it sees now.
   *
   * @return the row
   * @throws IllegalArgumentException if the token id is outside the vocabulary, the state has
   *     another length, or the model takes features
   */
  public int addToken(float[] state, int tokenId) {
    if (!config.tokenInput()) {
      throw new IllegalArgumentException(
          "model '" + config.modelId() + "' takes " + config.inputSize() + " features, not tokens");
    }
    if (tokenId < 0 || tokenId >= config.vocabulary().size()) {
      throw new IllegalArgumentException(
          "token id "
              + tokenId
              + " is outside the vocabulary of "
              + config.vocabulary().size()
              + " tokens");
    }
    int row = addState(state);
    tokens[row] = tokenId;
    return row;
  }

  /**
   * Adds a key's state and the features {@code [F]} that it sees now; they are normalized as the
   * model says.
   *
   * @return the row
   * @throws IllegalArgumentException if the number of features or the state's length is another
   */
  public int addFeatures(float[] state, float[] features) {
    checkFeatures(features);
    int row = addState(state);
    config.features().normalize(features, normalized);
    System.arraycopy(normalized, 0, input.values(), input.offset(row), normalized.length);
    return row;
  }

  /** {@link #addFeatures} for features that are normalized already, as self-tests record them. */
  int addNormalizedFeatures(float[] state, float[] features) {
    checkFeatures(features);
    int row = addState(state);
    System.arraycopy(features, 0, input.values(), input.offset(row), features.length);
    return row;
  }

  private void checkFeatures(float[] features) {
    if (config.tokenInput() || features.length != config.inputSize()) {
      throw new IllegalArgumentException(
          "model '"
              + config.modelId()
              + "' takes "
              + (config.tokenInput() ? "tokens" : config.inputSize() + " features")
              + ", got "
              + features.length
              + " features");
    }
  }

  /**
   * Adds a key's state at the end of its sequence, without an event. A {@code next-token} model
   * scores its end token on the state; others give the head's output on the state as it is. The
   * state that {@link #readState} gives for this row means nothing.
   *
   * @return the row
   * @throws IllegalArgumentException if {@link RecurrentModel#answersAtEnd()} is false
   */
  public int addEnd(float[] state) {
    if (!model.answersAtEnd()) {
      throw new IllegalArgumentException(
          "model '"
              + config.modelId()
              + "' has no end token in its vocabulary, so the end of a sequence has no score");
    }
    if (scoresBefore) {
      return addToken(state, config.vocabulary().endId());
    }
    int row = addState(state);
    tokens[row] = 0;
    if (!config.tokenInput()) {
      Arrays.fill(input.values(), input.offset(row), input.offset(row) + config.inputSize(), 0f);
    }
    ended[row] = true;
    endedRows++;
    return row;
  }

  private int addState(float[] state) {
    model.checkState(state);
    if (ran || size == capacity) {
      throw new IllegalStateException(
          ran
              ? "the micro-batch was run: clear it before adding rows"
              : "the micro-batch is full with " + capacity + " rows: run and clear it first");
    }
    int row = size++;
    ended[row] = false;
    scratch.load(row, state);
    return row;
  }

  /**
   * Scores and advances all rows. A {@code next-token} model first scores each row's token on the
   * state before it; other models apply the head to the state after the step.
   */
  public void run() {
    if (ran) {
      throw new IllegalStateException("the micro-batch was run already: clear it first");
    }
    ran = true;
    if (size == 0) {
      return;
    }
    if (scoresBefore) {
      model.head().apply(scratch.top(), observed.logits(), size);
      observed.score(tokens, size);
    } else if (endedRows > 0) {
      model.head().apply(scratch.top(), unadvanced, size);
    }
    scratch.advance(tokens, size);
    if (!scoresBefore) {
      model.head().apply(scratch.top(), logits, size);
      logitsOfNewState = true;
      copyEndedRows(unadvanced, logits);
    }
  }

  private void copyEndedRows(Rows from, Rows to) {
    for (int row = 0; row < size && endedRows > 0; row++) {
      if (ended[row]) {
        int at = to.offset(row);
        System.arraycopy(from.values(), at, to.values(), at, to.stride());
      }
    }
  }

  /** Copies the advanced state of a row out. */
  public void readState(int row, float[] state) {
    checkRow(row);
    model.checkState(state);
    scratch.store(row, state);
  }

  /**
   * Whether the advanced state of a row, and the score of its token, hold no NaN and no infinity.
   */
  public boolean finite(int row) {
    checkRow(row);
    return scratch.finite(model.kernelSet(), row)
        && (observed == null || Float.isFinite(observed.surprisal(row)));
  }

  /** Surprisal of the row's token in nats: minus the log of its probability before it came. */
  public float surprisal(int row) {
    return scores(row).surprisal(row);
  }

  /** Rank of the row's token, 0 = most likely; of equally likely tokens the lower id is first. */
  public int rank(int row) {
    return scores(row).rank(row);
  }

  /**
   * The k most likely tokens in the place of the row's token.
   *
   * @param ids receives token ids, most likely first; {@code probabilities} their probabilities
   * @return how many were written: k, or V if that is less
   */
  public int expected(int row, int k, int[] ids, float[] probabilities) {
    return scores(row).top(row, k, ids, probabilities);
  }

  /** The k most likely tokens to come next, on the state after the step, like {@link #expected}. */
  public int next(int row, int k, int[] ids, float[] probabilities) {
    scores(row);
    applyHeadToNewState();
    return next.top(row, k, ids, probabilities);
  }

  /**
   * Head output on the state after the step, {@code [O]}: logits of a classifier or of the next
   * token, values of a regression.
   */
  public void readOutput(int row, float[] output) {
    checkRow(row);
    int outputs = model.head().outputSize();
    if (output.length != outputs) {
      throw new IllegalArgumentException(
          "the head has " + outputs + " outputs, the array " + output.length);
    }
    applyHeadToNewState();
    Rows from = scoresBefore ? next.logits() : logits;
    System.arraycopy(from.values(), from.offset(row), output, 0, outputs);
  }

  private void applyHeadToNewState() {
    if (!logitsOfNewState) {
      model.head().apply(scratch.top(), next.logits(), size);
      next.normalize(size);
      logitsOfNewState = true;
    }
  }

  private Softmax scores(int row) {
    checkRow(row);
    if (observed == null) {
      throw new IllegalStateException(
          "model '"
              + config.modelId()
              + "' has the task "
              + config.task().configName()
              + ": only next-token models score tokens");
    }
    return observed;
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
    return "Session of " + config.modelId() + ", " + size + " of " + capacity + " rows";
  }
}
