package dev.carryover.training.input;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Lines of UTF-8, numbered and bounded in length. */
public final class LineReader {
  private final Reader reader;
  private final String source;
  private final int maximumLength;
  private final StringBuilder line = new StringBuilder();
  private int pushedBack = -1;
  private long number;

  /**
   * Reads a stream, which others close.
   *
   * @param source names it in messages
   * @param maximumLength the longest line in characters
   */
  public LineReader(InputStream in, String source, int maximumLength) {
    this.reader = new BufferedReader(strict(in));
    this.source = source;
    this.maximumLength = maximumLength;
  }

  /** A reader that refuses bytes that are not UTF-8. */
  static Reader strict(InputStream in) {
    return new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
  }

  /** Where the line stands that was read last. */
  public String where() {
    return source + ":" + number;
  }

  /**
   * The next line without its end, or {@code null} after the last.
   *
   * @throws DataException when the line is too long, or no UTF-8
   */
  public String next() throws IOException {
    line.setLength(0);
    number++;
    try {
      int c = read();
      if (c < 0) {
        return null;
      }
      while (c >= 0 && c != '\n' && c != '\r') {
        if (line.length() == maximumLength) {
          throw new DataException(
              "the line has more than %d characters, the most that are read"
                  .formatted(maximumLength),
              where(),
              "cut it, or raise the maximum line length");
        }
        line.append((char) c);
        c = read();
      }
      if (c == '\r') {
        int after = read();
        pushedBack = after == '\n' ? -1 : after;
      }
    } catch (CharacterCodingException e) {
      throw notUtf8(where() + " or after", e);
    }
    return line.toString();
  }

  static DataException notUtf8(String where, CharacterCodingException cause) {
    return new DataException(
        "there are bytes that are not UTF-8", where, "save the file as UTF-8", cause);
  }

  private int read() throws IOException {
    if (pushedBack >= 0) {
      int c = pushedBack;
      pushedBack = -1;
      return c;
    }
    return reader.read();
  }
}
