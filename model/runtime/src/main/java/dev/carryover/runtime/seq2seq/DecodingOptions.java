package dev.carryover.runtime.seq2seq;

import dev.carryover.model.spec.EncoderDecoder;

/**
 * How a decoder searches.
 *
 * @param beamWidth {@code K}: hypotheses that are followed at a time; 1 is greedy search
 * @param nBest how many answers are given, at most K
 * @param maximumLength the most target tokens of an answer, its end token counted
 * @param lengthPenalty {@code alpha} of Wu et al. 2016: a score is divided by {@code ((5 + |Y|) /
 *     6)^alpha}, with the end token counted in |Y|; 0 is none
 * @param attention whether answers come with their attention weights
 */
public record DecodingOptions(
    int beamWidth, int nBest, int maximumLength, float lengthPenalty, boolean attention) {
  /** The widest beam. */
  public static final int LARGEST_BEAM_WIDTH = 1024;

  /**
   * @throws IllegalArgumentException when a value is out of range
   */
  public DecodingOptions {
    require("beam width", beamWidth, LARGEST_BEAM_WIDTH);
    require("number of answers", nBest, beamWidth);
    require("maximum length", maximumLength, EncoderDecoder.LARGEST_MAXIMUM_OUTPUT_LENGTH);
    if (!(lengthPenalty >= 0f && lengthPenalty <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "the length penalty is " + lengthPenalty + "; it is a number of at least 0");
    }
  }

  private static void require(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException("the " + what + " is " + value + "; it is 1 to " + most);
    }
  }

  /** The best answer of a beam, without a length penalty. */
  public static DecodingOptions beam(int beamWidth, int maximumLength) {
    return new DecodingOptions(beamWidth, 1, maximumLength, 0f, false);
  }

  /** The likeliest token at every step. */
  public static DecodingOptions greedy(int maximumLength) {
    return beam(1, maximumLength);
  }

  /** The same with another {@link #nBest}. */
  public DecodingOptions withNBest(int answers) {
    return new DecodingOptions(beamWidth, answers, maximumLength, lengthPenalty, attention);
  }

  /** The same with another {@link #lengthPenalty}. */
  public DecodingOptions withLengthPenalty(float alpha) {
    return new DecodingOptions(beamWidth, nBest, maximumLength, alpha, attention);
  }

  /** The same with attention weights or without. */
  public DecodingOptions withAttention(boolean given) {
    return new DecodingOptions(beamWidth, nBest, maximumLength, lengthPenalty, given);
  }

  /** A score divided by the penalty of so many steps. */
  double normalized(double score, int steps) {
    // StrictMath is the same on every machine; Math.pow may be an intrinsic of another.
    return lengthPenalty == 0f ? score : score / StrictMath.pow((5 + steps) / 6.0, lengthPenalty);
  }
}
