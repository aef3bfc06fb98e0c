package dev.carryover.training.input;

import java.util.Objects;

/**
 * One event of a key, as a file, a topic or an Avro file brings it.
 *
 * @param key whose it is
 * @param timeMs when it happened; events of a key are put in this order, equal times as they came
 * @param token the token, or {@code null} when the input is features or only an end
 * @param features the features {@code [F]} as they came, or {@code null} when the input is tokens
 * @param label the label, or {@code null}
 * @param values the values to be predicted {@code [O]}, or {@code null}
 * @param end whether the key's sequence ends with this event
 */
public record InputEvent(
    String key,
    long timeMs,
    String token,
    float[] features,
    String label,
    float[] values,
    boolean end) {
  /** Checks that there is a key and at most one kind of input. */
  public InputEvent {
    Objects.requireNonNull(key, "key");
    if (token != null && features != null) {
      throw new IllegalArgumentException(
          "the event of key '%s' has token '%s' and %d features; give one kind of input"
              .formatted(key, token, features.length));
    }
  }

  /** An event that is a token, without a label. */
  public static InputEvent ofToken(String key, long timeMs, String token) {
    return new InputEvent(key, timeMs, Objects.requireNonNull(token), null, null, null, false);
  }

  /** An event that is features, without a label. */
  public static InputEvent ofFeatures(String key, long timeMs, float[] features) {
    return new InputEvent(key, timeMs, null, Objects.requireNonNull(features), null, null, false);
  }

  /** An event that is only the end of its key's sequence. */
  public static InputEvent ofEnd(String key, long timeMs) {
    return new InputEvent(key, timeMs, null, null, null, null, true);
  }

  /** This event with a label. */
  public InputEvent withLabel(String text) {
    return new InputEvent(key, timeMs, token, features, text, values, end);
  }

  /** This event with values to be predicted. */
  public InputEvent withValues(float[] numbers) {
    return new InputEvent(key, timeMs, token, features, label, numbers, end);
  }

  /** This event as the last of its sequence. */
  public InputEvent withEnd() {
    return new InputEvent(key, timeMs, token, features, label, values, true);
  }
}
