package dev.carryover.deploy.words;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A word and how it is said.
 *
 * @param spelling letters from a to z and apostrophes
 * @param pronunciations the phones of each way to say it, at least one way
 */
public record DictionaryWord(String spelling, List<List<String>> pronunciations) {

  /** Of so many words about one is a test word. */
  private static final int TEST_SHARE = 20;

  /** Copies the lists. */
  public DictionaryWord {
    if (pronunciations.isEmpty()) {
      throw new IllegalArgumentException(
          "The word '" + spelling + "' has 0 pronunciations; at least 1 is needed");
    }
    pronunciations = pronunciations.stream().map(List::copyOf).toList();
  }

  /**
   * Whether nothing may be trained on it. This depends on the spelling alone: the first four bytes
   * of the SHA-256 of its UTF-8, as an unsigned number, are a multiple of 20.
   */
  public boolean forTest() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(spelling.getBytes(StandardCharsets.UTF_8));
      return Integer.toUnsignedLong(ByteBuffer.wrap(digest).getInt()) % TEST_SHARE == 0;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A line of a file of pairs: the spelling and every pronunciation, with tabs between them. */
  String pair() {
    return spelling
        + pronunciations.stream()
            .map(phones -> "\t" + String.join(" ", phones))
            .collect(Collectors.joining());
  }
}
