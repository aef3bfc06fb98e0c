package dev.carryover.job.revisions;

import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;

/**
 * What is kept of a running sequence under a model, so that a policy to carry can be checked: two
 * models with equal values go on from each other's state.
 *
 * @param layout how the hidden state lies; null where the tokens are kept in its place
 * @param outputSize {@code He} where attention keeps the encoder's output of every event, else 0
 */
public record KeptState(StateLayout layout, int outputSize) {
  /*
   * An encoder of two directions reads nothing before the end: of whatever sizes it is, the tokens
   * are all that it needs.
   */
  private static final KeptState TOKENS = new KeptState(null, 0);

  /** What is kept under a model of a config. */
  public static KeptState of(ModelConfig config) {
    EncoderDecoder parts = config.encoderDecoder();
    if (parts == null) {
      return new KeptState(config.stateLayout(), 0);
    }
    if (parts.bidirectionalEncoder()) {
      return TOKENS;
    }
    return new KeptState(
        config.stateLayout(), parts.attention().hasContext() ? parts.encoderHiddenSize() : 0);
  }

  /** Whether the token of every event is kept, and no hidden state. */
  public boolean tokens() {
    return layout == null;
  }

  @Override
  public String toString() {
    if (tokens()) {
      return "the tokens of the sequence";
    }
    return outputSize == 0
        ? layout.toString()
        : layout + " and an output of " + outputSize + " floats for each event";
  }
}
