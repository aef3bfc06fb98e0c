package dev.carryover.model.spec;

import java.util.Optional;

/**
 * How a decoder weighs the encoder's outputs {@code k_s}, {@code s < S}, at each of its steps:
 * {@code a = softmax over s of score(q, k_s)}, {@code context = sum of a_s k_s}.
 */
public enum Attention {
  /** None: all that the decoder knows of the source is the state it begins with. */
  NONE("none"),

  /**
   * Bahdanau et al. 2015, {@code score = v . tanh(W q + U k_s + b)}, with the decoder's top h
   * before the step as q. The decoder reads the context beside the token, the head beside the
   * output.
   */
  ADDITIVE("additive"),

  /**
   * Luong et al. 2015, {@code score = q . k_s}, with the decoder's top h after the step as q. The
   * head reads the context beside the output; the paper's tanh layer between them is left out.
   */
  DOT("dot"),

  /** Luong et al. 2015, {@code score = q . W k_s}; otherwise as {@link #DOT}. */
  GENERAL("general");

  private final String configName;

  Attention(String configName) {
    this.configName = configName;
  }

  /** The name under which this attention is written in a config. */
  public String configName() {
    return configName;
  }

  /** Whether the head reads a context beside the decoder's output: every attention but none. */
  public boolean hasContext() {
    return this != NONE;
  }

  /** Whether the context is known before a step, and is part of what the decoder reads. */
  public boolean feedsDecoder() {
    return this == ADDITIVE;
  }

  /** The attention of a config name, empty when there is none of that name. */
  public static Optional<Attention> fromConfigName(String name) {
    for (Attention attention : values()) {
      if (attention.configName.equals(name)) {
        return Optional.of(attention);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return configName;
  }
}
