package dev.carryover.training.pairs;

import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import java.util.Objects;

/**
 * All that a seq2seq model is trained on: pairs, split in two, and what their numbers mean.
 *
 * <p>Immutable and safe to share between threads, as long as nobody changes the arrays of its
 * pairs.
 *
 * @param sources the tokens of the sources
 * @param targets the tokens of the targets, with a begin and an end token
 * @param training the pairs to learn from; at least one
 * @param validation the pairs held back; may be empty
 * @param digest SHA-256 of the input's bytes in lower-case hexadecimal
 */
public record PairData(
    Vocabulary sources,
    Vocabulary targets,
    List<Pair> training,
    List<Pair> validation,
    String digest) {
  /** Checks that there is something to learn. */
  public PairData {
    Objects.requireNonNull(sources, "sources");
    Objects.requireNonNull(digest, "digest");
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    if (targets.beginId() == Vocabulary.ABSENT || targets.endId() == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the special tokens of the targets are %s; a decoder needs a begin and an end token"
              .formatted(targets.specialTokens()));
    }
    if (training.isEmpty()) {
      throw new IllegalArgumentException(
          "there are 0 pairs to learn from and "
              + validation.size()
              + " of validation; give at least 1");
    }
  }

  @Override
  public String toString() {
    return "seq2seq, %,d training and %,d validation sources of %d tokens, targets of %d"
        .formatted(training.size(), validation.size(), sources.size(), targets.size());
  }
}
