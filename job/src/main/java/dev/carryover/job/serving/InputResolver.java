package dev.carryover.job.serving;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.Vocabulary;

/**
 * Turns what an event carries into what the model reads: a token id, features, or nothing but the
 * end.
 */
public final class InputResolver {
  /** The event carries features. */
  public static final int FEATURES = -1;

  /** The event carries only the end of its sequence. */
  public static final int END_ONLY = -2;

  /** The event cannot be used: {@link #rejection} says why. */
  public static final int REJECTED = -3;

  private final ModelConfig config;
  private final Vocabulary vocabulary;
  private final boolean mapUnknown;

  /**
   * A resolver for a model; with {@code mapUnknown} unknown tokens are read as its unknown token.
   */
  public InputResolver(ModelConfig config, boolean mapUnknown) {
    this.config = config;
    this.vocabulary = config.vocabulary();
    this.mapUnknown = mapUnknown;
  }

  /** A token id of zero or more, or one of the constants. Allocates nothing. */
  public int resolve(StreamEvent event) {
    if (config.tokenInput()) {
      return resolveToken(event);
    }
    if (event.token() != null) {
      return REJECTED;
    }
    int count = event.features().length;
    if (count == 0) {
      return event.end() ? END_ONLY : REJECTED;
    }
    return count == config.inputSize() ? FEATURES : REJECTED;
  }

  private int resolveToken(StreamEvent event) {
    if (event.features().length > 0) {
      return REJECTED;
    }
    if (event.token() == null) {
      return event.end() ? END_ONLY : REJECTED;
    }
    int id = vocabulary.id(event.token());
    if (id < 0 && mapUnknown) {
      id = vocabulary.unknownId();
    }
    return id < 0 ? REJECTED : id;
  }

  /** The event with the reason why {@link #resolve} refused it. */
  public StreamEvent rejection(StreamEvent event) {
    String model = "model '" + config.modelId() + "'";
    String at = ", at " + event.origin() + "; ";
    if (config.tokenInput() ? event.features().length > 0 : event.token() != null) {
      return event.withRejection(
          RejectReason.UNEXPECTED_INPUT,
          config.tokenInput()
              ? model
                  + " reads tokens, the event carries "
                  + event.features().length
                  + " features"
                  + at
                  + "map only the token"
              : model
                  + " reads features, the event carries a token"
                  + at
                  + "map only the features");
    }
    if (config.tokenInput() && event.token() != null) {
      return event.withRejection(
          RejectReason.UNKNOWN_TOKEN,
          "token '"
              + shortened(event.token())
              + "' is not among the "
              + vocabulary.size()
              + " of "
              + model
              + at
              + (mapUnknown
                  ? "the model has no unknown token to read it as: train it with one"
                  : "set events.unknown-token to map to read it as the unknown token"));
    }
    if (event.features().length > 0) {
      return event.withRejection(
          RejectReason.FEATURE_COUNT,
          model
              + " reads "
              + config.inputSize()
              + " features, the event carries "
              + event.features().length
              + at
              + "compare events.mapping.features with the model");
    }
    return event.withRejection(
        RejectReason.MISSING_INPUT,
        model
            + " reads "
            + (config.tokenInput() ? "a token" : config.inputSize() + " features")
            + ", the event carries neither an input nor an end"
            + at
            + "compare events.mapping with the topic");
  }

  private static String shortened(String token) {
    return token.length() <= 64 ? token : token.substring(0, 64) + "...";
  }
}
