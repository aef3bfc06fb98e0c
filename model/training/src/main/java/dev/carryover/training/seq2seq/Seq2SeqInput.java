package dev.carryover.training.seq2seq;

import dev.carryover.training.layers.SequenceInput;

/**
 * What a network reads and is to write: {@code B} pairs, sources of up to {@code S} tokens and
 * targets of up to {@code T}, both laid out step by step, so that row {@code b} at step {@code t}
 * stands at {@code t * B + b}.
 *
 * @param source the source tokens with their lengths, at least 1 each
 * @param steps {@code T}, the end token counted
 * @param fed the tokens that the decoder reads under teacher forcing, {@code [T*B]}: the begin
 *     token, then those before; any id where a row is over
 */
public record Seq2SeqInput(SequenceInput source, int steps, int[] fed) {
  /** Checks the sizes. */
  public Seq2SeqInput {
    if (source.tokens() == null || source.shortest() < 1) {
      throw new IllegalArgumentException(
          "the sources are %s and the shortest has %d; give each at least 1 token"
              .formatted(source.tokens() == null ? "features" : "tokens", source.shortest()));
    }
    if (steps < 1 || fed.length != steps * source.rows()) {
      throw new IllegalArgumentException(
          "%d tokens are fed in %d steps to %d rows; give one for every row of at least 1 step"
              .formatted(fed.length, steps, source.rows()));
    }
  }

  /** {@code B}. */
  public int rows() {
    return source.rows();
  }
}
