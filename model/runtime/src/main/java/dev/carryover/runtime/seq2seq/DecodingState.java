package dev.carryover.runtime.seq2seq;

/**
 * Where a {@link Decoding} stands, in plain arrays to be stored: together with the {@link Encoding}
 * and the options it goes on exactly as it would have. The arrays are the snapshot's own and are
 * not to be written to.
 *
 * <p>Steps are counted from 0. The hypotheses that are followed after a step are its rows, in the
 * order of their scores; before the first step there is one row. {@code K} is the beam width.
 *
 * @param step steps taken
 * @param over whether nothing is left to do
 * @param states the decoder's state of each row, {@code [rows][floats]}
 * @param scores of each row, {@code [rows]}
 * @param tokens what each row of each step wrote, {@code [step * K]}
 * @param parents the row of the step before that each row goes on from, {@code [step * K]}
 * @param endedSteps the step at which each ended hypothesis wrote the end token
 * @param endedParents the row that it went on from
 * @param endedScores its score
 * @param attention of each step the weights of the rows that it began with, {@code [step][rows *
 *     S]}, or empty when they were not asked for
 */
public record DecodingState(
    int step,
    boolean over,
    float[][] states,
    double[] scores,
    int[] tokens,
    int[] parents,
    int[] endedSteps,
    int[] endedParents,
    double[] endedScores,
    float[][] attention) {}
