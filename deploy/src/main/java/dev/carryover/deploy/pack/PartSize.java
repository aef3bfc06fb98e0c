package dev.carryover.deploy.pack;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a part may be.
 *
 * @param bytes at least 1 MiB
 */
public record PartSize(long bytes) {

  private static final long MINIMUM = 1L << 20;
  private static final long MAXIMUM = 1L << 40;
  private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,5})([MG])");

  /** Checks the range. */
  public PartSize {
    if (bytes < MINIMUM || bytes > MAXIMUM) {
      throw new IllegalArgumentException(
          "the part size is " + bytes + " bytes; it is at least 1M and at most 1024G");
    }
  }

  /**
   * Reads a number with a unit: {@code 60M} are 60 MiB, {@code 1G} is 1 GiB.
   *
   * @throws IllegalArgumentException if it is not of that form
   */
  public static PartSize parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "the part size is " + text + "; write a number with M or G, such as 60M");
    }
    return new PartSize(
        Long.parseLong(matcher.group(1)) << (matcher.group(2).equals("M") ? 20 : 30));
  }
}
