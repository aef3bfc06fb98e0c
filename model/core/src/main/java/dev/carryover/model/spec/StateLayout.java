package dev.carryover.model.spec;

import java.util.Objects;

/**
 * How the hidden state of one key lies in a float array: for each layer {@code h [H]} and then, for
 * the LSTM, {@code c [H]}.
 *
 * <p>Two models with equal layouts can carry each other's state.
 *
 * @param layers the number of layers, {@code L}
 * @param hiddenSize the floats of one vector, {@code H}
 * @param vectors the vectors per layer: 1, or 2 for the LSTM
 */
public record StateLayout(int layers, int hiddenSize, int vectors) {

  /**
   * @throws IllegalArgumentException when a size is not positive, there are more than two vectors,
   *     or the whole does not fit an array
   */
  public StateLayout {
    if (layers < 1 || hiddenSize < 1 || vectors < 1 || vectors > 2) {
      throw new IllegalArgumentException(
          "no state has %d layers of %d vectors of %d floats; sizes are at least 1 and vectors 1 or 2"
              .formatted(layers, vectors, hiddenSize));
    }
    if ((long) layers * vectors * hiddenSize > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "%d layers of %d vectors of %d floats do not fit one array; use a smaller model"
              .formatted(layers, vectors, hiddenSize));
    }
  }

  /** The length of the array, {@code L * vectors * H}. */
  public int floats() {
    return layers * vectors * hiddenSize;
  }

  /**
   * Where {@code h} of a layer begins.
   *
   * @throws IndexOutOfBoundsException when there is no such layer
   */
  public int hOffset(int layer) {
    return Objects.checkIndex(layer, layers) * vectors * hiddenSize;
  }

  /**
   * Where {@code c} of a layer begins.
   *
   * @throws IllegalStateException when the state has no {@code c}
   * @throws IndexOutOfBoundsException when there is no such layer
   */
  public int cOffset(int layer) {
    if (vectors < 2) {
      throw new IllegalStateException("only the LSTM has a cell state c; this state has h alone");
    }
    return hOffset(layer) + hiddenSize;
  }
}
