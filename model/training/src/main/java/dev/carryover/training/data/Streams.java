package dev.carryover.training.data;

import java.lang.reflect.Array;
import java.util.List;

/** Puts the pieces of a stream one behind the other. */
final class Streams {
  private Streams() {}

  /**
   * One sequence that holds all.
   *
   * @throws IllegalArgumentException when there is none, a piece has a label or a value of the
   *     whole in place of one of every step, or together they do not fit an array
   */
  static TrainingSequence join(List<TrainingSequence> pieces) {
    if (pieces.isEmpty()) {
      throw new IllegalArgumentException("the stream has 0 pieces; give it at least 1");
    }
    TrainingSequence first = pieces.get(0);
    if (pieces.size() == 1) {
      return first;
    }
    int length = 0;
    for (TrainingSequence piece : pieces) {
      length = Math.addExact(length, piece.length());
    }
    int[] tokens = first.tokens() == null ? null : new int[length];
    float[][] features = first.features() == null ? null : new float[length][];
    int[] labels = first.labels() == null ? null : new int[length];
    float[][] values = first.values() == null ? null : new float[length][];
    int at = 0;
    for (TrainingSequence piece : pieces) {
      append(piece, piece.tokens(), tokens, at);
      append(piece, piece.features(), features, at);
      append(piece, piece.labels(), labels, at);
      append(piece, piece.values(), values, at);
      at += piece.length();
    }
    TrainingSequence joined =
        tokens == null
            ? TrainingSequence.ofFeatures(first.key(), features)
            : TrainingSequence.ofTokens(first.key(), tokens);
    joined = labels == null ? joined : joined.withLabels(labels);
    return values == null ? joined : joined.withValues(values);
  }

  /** Copies one array of {@code T} entries; both are absent or neither is. */
  @SuppressWarnings("SuspiciousSystemArraycopy") // int[] to int[], or float[][] to float[][]
  private static void append(TrainingSequence piece, Object from, Object to, int at) {
    if (to == null) {
      return;
    }
    if (from == null || Array.getLength(from) != piece.length()) {
      throw new IllegalArgumentException(
          piece
              + " is a piece of a stream and lacks a label or value for every step; give it them");
    }
    System.arraycopy(from, 0, to, at, piece.length());
  }
}
