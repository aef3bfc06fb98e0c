package dev.carryover.model.spec;

import java.util.Optional;

/**
 * Where a GRU applies its reset gate r. The tensors of both variants have the same names and
 * shapes.
 */
public enum GruReset {
  /**
   * After the recurrent product, as PyTorch and cuDNN do: {@code n = tanh(W_n x + b_in + r * (U_n h
   * + b_hn))}.
   */
  AFTER("after"),

  /** Before it, as in Cho et al. 2014: {@code n = tanh(W_n x + b_in + U_n (r * h) + b_hn)}. */
  BEFORE("before");

  private final String configName;

  GruReset(String configName) {
    this.configName = configName;
  }

  /** The name under which this variant is written in a config. */
  public String configName() {
    return configName;
  }

  /** The variant of a config name, empty when there is none of that name. */
  public static Optional<GruReset> fromConfigName(String name) {
    for (GruReset reset : values()) {
      if (reset.configName.equals(name)) {
        return Optional.of(reset);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return configName;
  }
}
