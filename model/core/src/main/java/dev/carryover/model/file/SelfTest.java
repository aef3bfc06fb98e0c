package dev.carryover.model.file;

import java.util.Arrays;

/**
 * One short input with the outputs that its trainer saw. Fed to the model from the zero state, the
 * head's output after each step must be the recorded one.
 *
 * <p>Inputs are {@code T} token ids or {@code [T, F]} features; outputs are {@code [T, O]}. That of
 * a seq2seq model has {@code S} source tokens besides, and its tokens are the target's: at step t
 * the decoder is fed target token t - 1, and the begin token first, so the last is not fed.
 * Immutable: arrays are copied in and out.
 */
public final class SelfTest {
  private final int[] source;
  private final int[] tokens;
  private final float[][] features;
  private final float[][] logits;

  private SelfTest(int[] source, int[] tokens, float[][] features, float[][] logits) {
    this.source = source;
    this.tokens = tokens;
    this.features = features;
    this.logits = logits;
  }

  /**
   * A self-test of a model with token input.
   *
   * @param tokens the ids fed, {@code [T]}
   * @param logits the head's output after each, {@code [T, O]}
   * @throws IllegalArgumentException when there is no step, or the two differ in length
   */
  public static SelfTest ofTokens(int[] tokens, float[][] logits) {
    checkSteps(tokens.length, logits.length);
    return new SelfTest(null, tokens.clone(), null, copy(logits));
  }

  /**
   * A self-test of a model with feature input.
   *
   * @param features the vectors fed, {@code [T, F]}, as the model reads them: already normalized
   * @param logits the head's output after each, {@code [T, O]}
   * @throws IllegalArgumentException when there is no step, or the two differ in length
   */
  public static SelfTest ofFeatures(float[][] features, float[][] logits) {
    checkSteps(features.length, logits.length);
    return new SelfTest(null, null, copy(features), copy(logits));
  }

  /**
   * A self-test of a seq2seq model: the decoder is made to write {@code target}.
   *
   * @param source the ids that the encoder reads, {@code [S]}
   * @param target the ids that are forced, {@code [T]}, without a begin token
   * @param logits the head's output at each step of the decoder, {@code [T, Vt]}
   * @throws IllegalArgumentException when there is no source token or no step, or target and logits
   *     differ in length
   */
  public static SelfTest ofTransduction(int[] source, int[] target, float[][] logits) {
    if (source.length == 0) {
      throw new IllegalArgumentException(
          "a self-test of a seq2seq model has 0 source tokens; it has at least 1");
    }
    checkSteps(target.length, logits.length);
    return new SelfTest(source.clone(), target.clone(), null, copy(logits));
  }

  private static void checkSteps(int inputs, int outputs) {
    if (inputs == 0 || inputs != outputs) {
      throw new IllegalArgumentException(
          "a self-test has one output per input and at least one; this one has "
              + inputs
              + " inputs and "
              + outputs
              + " outputs");
    }
  }

  private static float[][] copy(float[][] rows) {
    float[][] copy = new float[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      copy[row] = rows[row].clone();
    }
    return copy;
  }

  /** The number of steps, {@code T}. */
  public int steps() {
    return logits.length;
  }

  /** Whether the inputs are tokens; otherwise they are features. */
  public boolean tokenInput() {
    return tokens != null;
  }

  /** Whether there is a source, so that the tokens are those of a target. */
  public boolean transduction() {
    return source != null;
  }

  /**
   * A copy of the source's ids, {@code [S]}.
   *
   * @throws IllegalStateException when there is no source
   */
  public int[] source() {
    if (source == null) {
      throw new IllegalStateException("this self-test has no source; only those of seq2seq have");
    }
    return source.clone();
  }

  /**
   * The token id fed at a step, counted from 0; with a source, the target's id that stands there.
   *
   * @throws IllegalStateException when the inputs are features
   */
  public int token(int step) {
    if (tokens == null) {
      throw new IllegalStateException("the inputs of this self-test are features, not tokens");
    }
    return tokens[step];
  }

  /**
   * A copy of the features fed at a step, counted from 0, {@code [F]}.
   *
   * @throws IllegalStateException when the inputs are tokens
   */
  public float[] features(int step) {
    if (features == null) {
      throw new IllegalStateException("the inputs of this self-test are tokens, not features");
    }
    return features[step].clone();
  }

  /** A copy of the head's output after a step, counted from 0, {@code [O]}. */
  public float[] logits(int step) {
    return logits[step].clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SelfTest that
        && Arrays.equals(source, that.source)
        && Arrays.equals(tokens, that.tokens)
        && Arrays.deepEquals(features, that.features)
        && Arrays.deepEquals(logits, that.logits);
  }

  @Override
  public int hashCode() {
    return 31
            * (31 * (31 * Arrays.hashCode(source) + Arrays.hashCode(tokens))
                + Arrays.deepHashCode(features))
        + Arrays.deepHashCode(logits);
  }

  @Override
  public String toString() {
    return "self-test of "
        + (source == null ? "" : source.length + " source tokens and ")
        + steps()
        + (tokens == null ? " feature vectors" : source == null ? " tokens" : " target tokens");
  }
}
