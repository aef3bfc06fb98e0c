package dev.carryover.training.pairs;

import java.util.List;
import java.util.Objects;

/**
 * A source of {@code S} tokens and all that it may become: one target or several variants.
 *
 * <p>Arrays are neither copied in nor out: do not change them.
 *
 * @param key the source as text
 * @param source ids of the source vocabulary, {@code [S]}
 * @param targets ids of the target vocabulary, {@code [T]} each, without begin and end; {@link
 *     #UNKNOWN} where a token is not in it, which only what is evaluated has
 */
public record Pair(String key, int[] source, List<int[]> targets) {
  /** A target token that the vocabulary does not hold: no answer equals it. */
  public static final int UNKNOWN = -1;

  /** Checks that there is something to read and something to write. */
  public Pair {
    Objects.requireNonNull(key, "key");
    targets = List.copyOf(targets);
    if (source.length == 0 || targets.isEmpty()) {
      throw new IllegalArgumentException(
          "source '%s' has %d tokens and %d targets; a pair has at least 1 of each"
              .formatted(key, source.length, targets.size()));
    }
  }

  /** Whether every token of a target is in the vocabulary, so that it can be learned. */
  static boolean learnable(int[] target) {
    for (int token : target) {
      if (token == UNKNOWN) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return "%s, %d tokens, %d targets".formatted(key, source.length, targets.size());
  }
}
