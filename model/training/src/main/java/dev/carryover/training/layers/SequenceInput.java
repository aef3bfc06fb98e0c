package dev.carryover.training.layers;

/**
 * What a network reads: {@code B} rows of up to {@code T} steps, laid out step by step, so that row
 * {@code b} at step {@code t} stands at {@code t * B + b}.
 *
 * @param rows {@code B}
 * @param steps {@code T}
 * @param lengths how many steps each row has, {@code [B]}; a row keeps its state afterwards
 * @param tokens ids {@code [T*B]}, or {@code null} for features
 * @param features {@code [T*B*F]}, or {@code null} for tokens
 */
public record SequenceInput(int rows, int steps, int[] lengths, int[] tokens, float[] features) {
  /** Checks the lengths of the arrays. */
  public SequenceInput {
    if (lengths.length != rows || (tokens == null) == (features == null)) {
      throw new IllegalArgumentException(
          "there are %d lengths for %d rows, tokens %s and features %s; give one length a row, and tokens or features"
              .formatted(
                  lengths.length,
                  rows,
                  tokens == null ? "absent" : "present",
                  features == null ? "absent" : "present"));
    }
    for (int row = 0; row < rows; row++) {
      if (lengths[row] < 0 || lengths[row] > steps) {
        throw new IllegalArgumentException(
            "row %d has %d steps and the batch %d; a row has 0 to as many as the batch"
                .formatted(row, lengths[row], steps));
      }
    }
  }

  /** {@code T*B}. */
  public int cells() {
    return rows * steps;
  }

  /** The length of the shortest row: no row is over before it. */
  public int shortest() {
    int shortest = steps;
    for (int length : lengths) {
      shortest = Math.min(shortest, length);
    }
    return shortest;
  }
}
