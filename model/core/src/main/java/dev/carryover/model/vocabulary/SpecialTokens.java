package dev.carryover.model.vocabulary;

/**
 * The tokens of a vocabulary that stand for something other than themselves. Each may be {@code
 * null}: the model then has no such token.
 *
 * @param begin fed before the first token of a sequence
 * @param end stands after the last token of a sequence
 * @param unknown takes the place of every token that the vocabulary does not hold
 */
public record SpecialTokens(String begin, String end, String unknown) {
  /** A vocabulary of plain tokens only. */
  public static final SpecialTokens NONE = new SpecialTokens(null, null, null);
}
