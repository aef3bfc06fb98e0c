package dev.carryover.job.operator;

import dev.carryover.job.models.Revision;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;

/**
 * A revision as a subtask steps it: the model that its process shares, and scratch of its own.
 *
 * <p>Belongs to the task thread, which may get it from the thread that loaded it.
 */
final class ServedModel implements AutoCloseable {
  final long number;
  final RecurrentModel model;
  final ModelConfig config;
  final Session session;
  final InferenceBuilder inferences;
  final InputResolver inputs;
  final int endToken;

  /** Room for the features of one event; null where the model reads tokens. */
  final float[] features;

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

  /**
   * The id under which this model reads a token that another revision read, below zero if it has
   * none: vocabularies begin alike, and of those that differ in length one may lack the last
   * tokens.
   */
  int tokenId(int othersId) {
    return othersId < config.vocabulary().size() ? othersId : config.vocabulary().unknownId();
  }

  /** How long fetching and loading took. */
  long loadNanos() {
    return loadNanos;
  }

  /** Floats of a key's state. */
  int floats() {
    return model.stateLayout().floats();
  }

  @Override
  public void close() {
    release.run();
  }
}
