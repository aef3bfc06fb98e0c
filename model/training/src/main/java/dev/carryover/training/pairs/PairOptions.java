package dev.carryover.training.pairs;

import dev.carryover.model.vocabulary.SpecialTokens;
import java.util.Objects;
import java.util.Optional;

/**
 * How to make data of files of pairs.
 *
 * @param sourceTokens what a token of a source is; those of targets are separated by blanks
 * @param minimumCount how often a token occurs at least in what is learned from, to be in a
 *     vocabulary; rarer ones of sources are unknown, pairs with rarer ones in a target are not
 *     learned
 * @param specialTokens begin and end of targets, and what stands for unknown tokens of sources;
 *     without the last, sources with unknown tokens are refused
 * @param validationFraction the share of sources that is held back
 * @param seed decides which
 */
public record PairOptions(
    SourceTokens sourceTokens,
    int minimumCount,
    SpecialTokens specialTokens,
    double validationFraction,
    long seed) {
  /** Characters, all of them, a fiftieth of the sources held back. */
  public static final PairOptions DEFAULTS =
      new PairOptions(
          SourceTokens.CHARACTERS, 1, new SpecialTokens("<bos>", "<eos>", "<unk>"), 0.02, 1);

  /** What a token of a source is. */
  public enum SourceTokens {
    /** A character (a code point): for spellings. */
    CHARACTERS("characters"),

    /** What stands between blanks. */
    BLANKS("blanks");

    private final String configName;

    SourceTokens(String configName) {
      this.configName = configName;
    }

    /** The name in a plan. */
    public String configName() {
      return configName;
    }

    /** The kind of a name, empty when there is none of it. */
    public static Optional<SourceTokens> fromConfigName(String name) {
      for (SourceTokens kind : values()) {
        if (kind.configName.equals(name)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }

    String[] split(String source) {
      return this == CHARACTERS
          ? source.codePoints().mapToObj(Character::toString).toArray(String[]::new)
          : source.strip().split("\\s+");
    }
  }

  /** Checks the values. */
  public PairOptions {
    Objects.requireNonNull(sourceTokens, "sourceTokens");
    Objects.requireNonNull(specialTokens, "specialTokens");
    if (minimumCount < 1) {
      throw new IllegalArgumentException(
          "the minimum count is " + minimumCount + "; it is at least 1");
    }
    if (!(validationFraction >= 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "the validation fraction is " + validationFraction + "; it is at least 0 and below 1");
    }
    if (specialTokens.begin() == null || specialTokens.end() == null) {
      throw new IllegalArgumentException(
          "the special tokens are %s; targets need a begin and an end token, name them"
              .formatted(specialTokens));
    }
  }

  /** The same with another share held back. */
  public PairOptions withValidationFraction(double fraction) {
    return new PairOptions(sourceTokens, minimumCount, specialTokens, fraction, seed);
  }
}
