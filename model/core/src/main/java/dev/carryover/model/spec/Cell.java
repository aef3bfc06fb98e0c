package dev.carryover.model.spec;

import java.util.Optional;

/** One step's equations. Weights of all gates stand one below the other, in PyTorch's order. */
public enum Cell {
  /** Elman network with tanh. */
  RNN_TANH("rnn_tanh", 1, 1),

  /** Elman network with the rectifier. */
  RNN_RELU("rnn_relu", 1, 1),

  /** Long short-term memory; gates i, f, g, o. */
  LSTM("lstm", 4, 2),

  /** Gated recurrent unit; gates r, z, n. See {@link GruReset} for its two variants. */
  GRU("gru", 3, 1);

  private final String configName;
  private final int gates;
  private final int stateVectors;

  Cell(String configName, int gates, int stateVectors) {
    this.configName = configName;
    this.gates = gates;
    this.stateVectors = stateVectors;
  }

  /** The name under which this cell is written in a config. */
  public String configName() {
    return configName;
  }

  /** The number of gates, {@code G}: weight matrices have {@code G*H} rows. */
  public int gates() {
    return gates;
  }

  /** The vectors of hidden state per layer: h, or h and c. */
  public int stateVectors() {
    return stateVectors;
  }

  /** The cell of a config name, empty when there is none of that name. */
  public static Optional<Cell> fromConfigName(String name) {
    for (Cell cell : values()) {
      if (cell.configName.equals(name)) {
        return Optional.of(cell);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return configName;
  }
}
