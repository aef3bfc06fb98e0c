package dev.carryover.tests.bench.decoding;

import java.util.Arrays;
import java.util.List;

/** The check before the clock: both give the same n-best of the same words. */
final class DecodingAgreement {
  /** Largest difference of a score, unless another is asked for. */
  static final double TOLERANCE = 1e-4;

  /** Largest share of answers that may be others of the same score. */
  static final double TIES = 0.01;

  private DecodingAgreement() {}

  /**
   * What was compared.
   *
   * @param answers of all words together
   * @param ties answers of the same score whose tokens differ
   * @param largest difference of a score
   */
  record Comparison(int answers, int ties, double largest) {
    @Override
    public String toString() {
      return "%d answers agree, %d of them ties, scores to %.1e".formatted(answers, ties, largest);
    }
  }

  /**
   * Compares answers {@code [words][K]}, by falling score.
   *
   * @throws IllegalStateException if tokens differ without a tie, or a score by more than {@code
   *     tolerance}; both values are named
   */
  static Comparison require(
      List<List<Answer>> carryover, List<List<Answer>> libtorch, double tolerance) {
    if (carryover.size() != libtorch.size()) {
      throw new IllegalStateException(
          "Carryover answered %d words where libtorch answered %d; nothing was timed"
              .formatted(carryover.size(), libtorch.size()));
    }
    int answers = 0;
    int ties = 0;
    double largest = 0;
    for (int word = 0; word < carryover.size(); word++) {
      List<Answer> ours = carryover.get(word);
      List<Answer> theirs = libtorch.get(word);
      boolean agree = ours.size() == theirs.size();
      for (int rank = 0; agree && rank < ours.size(); rank++) {
        double difference = Math.abs(ours.get(rank).score() - theirs.get(rank).score());
        agree = difference <= tolerance;
        largest = Math.max(largest, difference);
        answers++;
        if (!Arrays.equals(ours.get(rank).tokens(), theirs.get(rank).tokens())) {
          ties++;
        }
      }
      if (!agree || ties > Math.max(2, TIES * answers)) {
        throw new IllegalStateException(
            "Carryover's answers to word %d of %d are %s where libtorch's are %s (%d ties so far); nothing was timed"
                .formatted(word, carryover.size(), ours, theirs, ties));
      }
    }
    return new Comparison(answers, ties, largest);
  }
}
