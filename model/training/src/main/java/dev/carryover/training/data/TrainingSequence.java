package dev.carryover.training.data;

import java.util.Objects;

/**
 * One sequence of {@code T} steps: token ids {@code [T]} or features {@code [T][F]}, and what is to
 * be learned of it. Labels are {@code null}, {@code [1]} (one of the whole sequence) or {@code [T]}
 * (one of every step); values are {@code null}, {@code [1][O]} or {@code [T][O]}.
 *
 * <p>Tokens do not include the begin and end token: {@link Batches} adds them where the vocabulary
 * has them. Features are as the events bring them; {@link Batches} normalizes them.
 *
 * <p>Arrays are neither copied in nor out, because a data set may fill most of the memory: do not
 * change them. A sequence whose arrays are left alone is safe to share between threads.
 */
public final class TrainingSequence {
  private final String key;
  private final int[] tokens;
  private final float[][] features;
  private final int[] labels;
  private final float[][] values;

  private TrainingSequence(
      String key, int[] tokens, float[][] features, int[] labels, float[][] values) {
    this.key = Objects.requireNonNull(key, "key");
    this.tokens = tokens;
    this.features = features;
    this.labels = labels;
    this.values = values;
    int length = length();
    if (length == 0) {
      throw new IllegalArgumentException(
          "sequence '" + key + "' has 0 steps; a sequence has at least 1, leave it out");
    }
    check("labels", labels == null ? length : labels.length, length);
    check("values", values == null ? length : values.length, length);
  }

  private void check(String what, int count, int length) {
    if (count != 1 && count != length) {
      throw new IllegalArgumentException(
          "sequence '%s' has %d %s and %d steps; give one of the sequence or one of every step"
              .formatted(key, count, what, length));
    }
  }

  /**
   * A sequence of tokens.
   *
   * @param key whose sequence it is; several sequences may have one key
   * @param tokens ids {@code [T]}, without begin and end token
   * @throws IllegalArgumentException when there is no token
   */
  public static TrainingSequence ofTokens(String key, int[] tokens) {
    return new TrainingSequence(key, Objects.requireNonNull(tokens, "tokens"), null, null, null);
  }

  /**
   * A sequence of feature vectors.
   *
   * @param key whose sequence it is; several sequences may have one key
   * @param features {@code [T][F]}, not normalized
   * @throws IllegalArgumentException when there is no vector
   */
  public static TrainingSequence ofFeatures(String key, float[][] features) {
    return new TrainingSequence(
        key, null, Objects.requireNonNull(features, "features"), null, null);
  }

  /**
   * This sequence with labels.
   *
   * @param labels indices {@code [1]} or {@code [T]} into {@link TrainingData#labels()}
   * @throws IllegalArgumentException when there is another number of them
   */
  public TrainingSequence withLabels(int[] labels) {
    return new TrainingSequence(key, tokens, features, labels, values);
  }

  /**
   * This sequence with values to be predicted.
   *
   * @param values {@code [1][O]} or {@code [T][O]}
   * @throws IllegalArgumentException when there is another number of them
   */
  public TrainingSequence withValues(float[][] values) {
    return new TrainingSequence(key, tokens, features, labels, values);
  }

  /** Whose sequence it is. */
  public String key() {
    return key;
  }

  /** The number of steps, {@code T}. */
  public int length() {
    return tokens == null ? features.length : tokens.length;
  }

  /** Whether the input is tokens; otherwise it is features. */
  public boolean tokenInput() {
    return tokens != null;
  }

  /** Token ids {@code [T]}, or {@code null} when the input is features. */
  public int[] tokens() {
    return tokens;
  }

  /** Features {@code [T][F]}, or {@code null} when the input is tokens. */
  public float[][] features() {
    return features;
  }

  /** Label indices {@code [1]} or {@code [T]}, or {@code null}. */
  public int[] labels() {
    return labels;
  }

  /** Values to be predicted, {@code [1][O]} or {@code [T][O]}, or {@code null}. */
  public float[][] values() {
    return values;
  }

  @Override
  public String toString() {
    return "sequence of " + key + ", " + length() + (tokenInput() ? " tokens" : " vectors");
  }
}
