package dev.carryover.deploy.training;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations with their unit: {@code 6h}, {@code 90 min}, {@code 1s}, {@code 500ms}. */
public final class DurationText {

  private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s*(ms|s|min|h|d)");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "min", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  private DurationText() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when it is something else
   */
  public static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no duration; write a number with its unit: ms, s, min, h or d");
    }
    return UNITS.get(matcher.group(2)).multipliedBy(Long.parseLong(matcher.group(1)));
  }

  /** A duration for people, rounded to seconds: {@code 1 h 3 min}, {@code 2 min 5 s}. */
  public static String rounded(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds >= 3600) {
      return "%d h %d min".formatted(seconds / 3600, seconds % 3600 / 60);
    }
    return seconds >= 60
        ? "%d min %d s".formatted(seconds / 60, seconds % 60)
        : "%d s".formatted(seconds);
  }
}
