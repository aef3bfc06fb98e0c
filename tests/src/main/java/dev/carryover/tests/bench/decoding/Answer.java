package dev.carryover.tests.bench.decoding;

import java.util.Arrays;

/**
 * One of the n-best of a word.
 *
 * @param tokens ids of the target vocabulary, without begin and end token
 * @param score the sum of the logarithms of their probabilities, the end token's included
 */
record Answer(int[] tokens, float score) {
  @Override
  public String toString() {
    return Arrays.toString(tokens) + " with " + score;
  }
}
