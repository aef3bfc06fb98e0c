package dev.carryover.deploy.publish;

import dev.carryover.deploy.training.DurationText;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;

/** The event time of a cutover, as people write it. */
public final class EffectiveFrom {

  private static final Pattern EPOCH_MS = Pattern.compile("-?\\d{1,15}");

  /** In DurationText's words, minutes are min. */
  private static final Pattern MINUTES = Pattern.compile("^(\\d+)\\s*m$");

  private EffectiveFrom() {}

  /**
   * Reads a time: {@code 2026-01-31T12:00:00+01:00}, milliseconds since 1970, or {@code +10m} from
   * now.
   *
   * @return milliseconds since 1970-01-01T00:00:00Z
   * @throws IllegalArgumentException if it is something else
   */
  public static long parse(String text, Instant now) {
    try {
      if (EPOCH_MS.matcher(text).matches()) {
        return Long.parseLong(text);
      }
      if (text.startsWith("+")) {
        String duration = MINUTES.matcher(text.substring(1).strip()).replaceFirst("$1min");
        return now.plus(DurationText.parse(duration)).toEpochMilli();
      }
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no time; write 2026-01-31T12:00:00+01:00 (with its offset, or Z),"
              + " milliseconds since 1970, or +10m, +2h from now",
          e);
    }
  }
}
