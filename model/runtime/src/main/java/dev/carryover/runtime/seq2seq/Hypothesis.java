package dev.carryover.runtime.seq2seq;

/**
 * One answer of a decoding.
 *
 * @param tokens ids of the target vocabulary, {@code [T]}, without begin and end token
 * @param score the sum of the natural logarithms of the token probabilities, that of the end token
 *     included; at most 0
 * @param normalizedScore the score divided by the length penalty; answers are ordered by it
 * @param ended whether the model ended the sequence, and not the maximum length
 * @param attention the weights of the source's steps at each token, {@code [T, S]}, or null when
 *     they were not asked for
 */
public record Hypothesis(
    int[] tokens, float score, float normalizedScore, boolean ended, float[][] attention) {}
