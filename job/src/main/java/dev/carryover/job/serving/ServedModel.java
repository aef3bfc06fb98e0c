package dev.carryover.job.serving;

import dev.carryover.job.models.LoadedModel;
import dev.carryover.job.revisions.KeptState;
import dev.carryover.job.revisions.Revision;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.EncoderSession;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;

/**
 * A revision as a subtask steps it: the model that its process shares, and scratch of its own.
 *
 * <p>Belongs to the task thread, which may get it from the thread that loaded it.
 */
public final class ServedModel implements AutoCloseable {
  /** That a sequence runs is seen by its floats; where there is no state before the end, by one. */
  private static final int RUNNING = 1;

  private final long number;
  private final LoadedModel model;
  private final ModelConfig config;
  private final KeptState kept;
  private final Rows rows;
  private final Session session;
  private final InferenceBuilder inferences;
  private final InputResolver inputs;
  private final int endToken;

  private final float[] features;

  private final Runnable release;
  private final long loadNanos;
  private DecoderSession decoder;

  /**
   * Makes the scratch.
   *
   * @param release gives the shared model back
   * @param loadNanos how long fetching and loading took
   */
  ServedModel(
      Revision revision,
      LoadedModel model,
      Runnable release,
      long loadNanos,
      OperatorSettings settings) {
    this.number = revision.number();
    this.model = model;
    this.config = model.config();
    this.kept = KeptState.of(config);
    if (transduces()) {
      this.session = null;
      this.inferences = null;
      this.rows =
          kept.tokens()
              ? new TokenRows(settings.batchSize())
              : new EncoderRows(model.transducer().newEncoder(settings.batchSize()));
    } else {
      this.session = model.recurrent().newSession(settings.batchSize());
      this.inferences = new InferenceBuilder(config, number, settings);
      this.rows = new SessionRows(session);
    }
    this.inputs = new InputResolver(config, settings.mapUnknown());
    this.endToken = config.tokenInput() ? config.vocabulary().endId() : -1;
    this.features = config.tokenInput() ? null : new float[config.inputSize()];
    this.release = release;
    this.loadNanos = loadNanos;
  }

  /**
   * One micro-batch at a time, whatever steps it: rows are added with the states of different keys,
   * run together, and read. Nothing is allocated.
   */
  public interface Rows {
    /** Adds a key's state and the token that it sees now; returns the row. */
    int addToken(float[] state, int tokenId);

    /** Adds a key's state and the features that it sees now; returns the row. */
    int addFeatures(float[] state, float[] values);

    /** Adds a key's state whose sequence ends without another input; returns the row. */
    int addEnd(float[] state);

    /** Advances all rows. */
    void run();

    /** Rows added since the last {@link #clear}. */
    int size();

    /** Whether the advanced state of a row holds no NaN and no infinity. */
    boolean finite(int row);

    /** Copies the advanced state of a row out. */
    void readState(int row, float[] state);

    /** Copies what attention looks at out, {@code [He]}. */
    default void readOutput(int row, float[] output) {
      throw new UnsupportedOperationException("only an encoder has outputs to keep");
    }

    /** The token of a row. */
    default int token(int row) {
      throw new UnsupportedOperationException("only where tokens are kept are they known by row");
    }

    /** Forgets all rows. */
    void clear();
  }

  private record SessionRows(Session session) implements Rows {
    @Override
    public int addToken(float[] state, int tokenId) {
      return session.addToken(state, tokenId);
    }

    @Override
    public int addFeatures(float[] state, float[] values) {
      return session.addFeatures(state, values);
    }

    @Override
    public int addEnd(float[] state) {
      return session.addEnd(state);
    }

    @Override
    public void run() {
      session.run();
    }

    @Override
    public int size() {
      return session.size();
    }

    @Override
    public boolean finite(int row) {
      return session.finite(row);
    }

    @Override
    public void readState(int row, float[] state) {
      session.readState(row, state);
    }

    @Override
    public void clear() {
      session.clear();
    }
  }

  /** Of the two kinds of seq2seq models: tokens come in, and an end brings no row. */
  private abstract static class SourceRows implements Rows {
    @Override
    public int addFeatures(float[] state, float[] values) {
      throw new UnsupportedOperationException("an encoder reads tokens");
    }

    @Override
    public int addEnd(float[] state) {
      throw new UnsupportedOperationException("an encoder has no answer; decode the sequence");
    }
  }

  private static final class EncoderRows extends SourceRows {
    private final EncoderSession session;

    private EncoderRows(EncoderSession session) {
      this.session = session;
    }

    @Override
    public int addToken(float[] state, int tokenId) {
      return session.addToken(state, tokenId);
    }

    @Override
    public void run() {
      session.run();
    }

    @Override
    public int size() {
      return session.size();
    }

    @Override
    public boolean finite(int row) {
      return session.finite(row);
    }

    @Override
    public void readState(int row, float[] state) {
      session.readState(row, state);
    }

    @Override
    public void readOutput(int row, float[] output) {
      session.readOutput(row, output);
    }

    @Override
    public void clear() {
      session.clear();
    }
  }

  /** Of an encoder of two directions, which reads the tokens when the last one is there. */
  private static final class TokenRows extends SourceRows {
    private final int[] tokens;
    private int size;

    private TokenRows(int capacity) {
      this.tokens = new int[capacity];
    }

    @Override
    public int addToken(float[] state, int tokenId) {
      tokens[size] = tokenId;
      return size++;
    }

    @Override
    public void run() {
      // Nothing is stepped before the end.
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public boolean finite(int row) {
      return true;
    }

    @Override
    public void readState(int row, float[] state) {
      // There is none.
    }

    @Override
    public int token(int row) {
      return tokens[row];
    }

    @Override
    public void clear() {
      size = 0;
    }
  }

  /** The number of the revision, which inferences carry. */
  public long number() {
    return number;
  }

  /** Whether finished sequences are decoded: whether the task is seq2seq. */
  public boolean transduces() {
    return config.task() == Task.SEQ2SEQ;
  }

  /** The model of a task other than seq2seq, shared with the other subtasks of the process. */
  public RecurrentModel recurrent() {
    return model.recurrent();
  }

  /** The model of the task seq2seq, shared with the other subtasks of the process. */
  public Seq2SeqModel transducer() {
    return model.transducer();
  }

  /**
   * Scratch for steps of the decoder of a seq2seq model, of at least so many rows. Made when it is
   * first needed.
   */
  public DecoderSession decoder(int rowsOfStep) {
    if (decoder == null || decoder.capacity() < rowsOfStep) {
      decoder = model.transducer().newDecoder(rowsOfStep);
    }
    return decoder;
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /** What is kept of a running sequence. */
  public KeptState kept() {
    return kept;
  }

  /** Scratch for a micro-batch. */
  public Rows rows() {
    return rows;
  }

  /** What {@link #rows} says beyond states, of a task other than seq2seq; null for that. */
  public Session session() {
    return session;
  }

  /** Makes records of the rows of the session; null for seq2seq. */
  public InferenceBuilder inferences() {
    return inferences;
  }

  /** Makes what the model reads of events. */
  public InputResolver inputs() {
    return inputs;
  }

  /** The token that ends a sequence, below zero where there is none. */
  public int endToken() {
    return endToken;
  }

  /** Room for the features of one event, {@code [F]}; null where the model reads tokens. */
  public float[] features() {
    return features;
  }

  /**
   * The id under which this model reads a token that another revision read, below zero if it has
   * none: vocabularies begin alike, and of those that differ in length one may lack the last
   * tokens.
   */
  public int tokenId(int othersId) {
    return othersId < config.vocabulary().size() ? othersId : config.vocabulary().unknownId();
  }

  /** How long fetching and loading took. */
  public long loadNanos() {
    return loadNanos;
  }

  /** Floats of a key's state. */
  public int floats() {
    return kept.tokens() ? RUNNING : config.stateLayout().floats();
  }

  /** The state of a sequence before its first event. */
  public float[] newState() {
    return transduces() ? new float[floats()] : model.recurrent().newState();
  }

  @Override
  public void close() {
    release.run();
  }
}
