package dev.carryover.job.serving;

import dev.carryover.job.revisions.Revision;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;

/**
 * A revision as a subtask steps it: the model that its process shares, and scratch of its own.
 *
 * <p>Belongs to the task thread, which may get it from the thread that loaded it.
 */
public final class ServedModel implements AutoCloseable {
  private final long number;
  private final RecurrentModel model;
  private final ModelConfig config;
  private final Session session;
  private final InferenceBuilder inferences;
  private final InputResolver inputs;
  private final int endToken;

  private final float[] features;

  private final Runnable release;
  private final long loadNanos;

  /**
   * Makes the scratch.
   *
   * @param release gives the shared model back
   * @param loadNanos how long fetching and loading took
   */
  ServedModel(
      Revision revision,
      RecurrentModel model,
      Runnable release,
      long loadNanos,
      OperatorSettings settings) {
    this.number = revision.number();
    this.model = model;
    this.config = model.config();
    this.session = model.newSession(settings.batchSize());
    this.inferences = new InferenceBuilder(config, number, settings);
    this.inputs = new InputResolver(config, settings.mapUnknown());
    this.endToken = config.tokenInput() ? config.vocabulary().endId() : -1;
    this.features = config.tokenInput() ? null : new float[config.inputSize()];
    this.release = release;
    this.loadNanos = loadNanos;
  }

  /** The number of the revision, which inferences carry. */
  public long number() {
    return number;
  }

  /** The model, shared with the other subtasks of the process. */
  public RecurrentModel model() {
    return model;
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /** Scratch for a micro-batch. */
  public Session session() {
    return session;
  }

  /** Makes records of the rows of the session. */
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
    return model.stateLayout().floats();
  }

  @Override
  public void close() {
    release.run();
  }
}
