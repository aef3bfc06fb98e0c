package dev.carryover.deploy.training;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where reading of a topic begins or ends: its earliest or latest record, a time, or offsets of its
 * partitions.
 *
 * @param kind which of these
 * @param time of {@link Kind#TIME}, else {@code null}: the first record that is not older
 * @param offsets of {@link Kind#OFFSETS} by {@code topic-partition}, or by the partition alone
 *     where there is one topic
 */
record TopicPosition(Kind kind, Instant time, Map<String, Long> offsets) {

  /** The kinds of positions. */
  enum Kind {
    /** The first record that is still there. */
    EARLIEST,
    /** After the last committed record that is there now. */
    LATEST,
    /** The first record that is not older than a time. */
    TIME,
    /** Offsets. */
    OFFSETS
  }

  private static final Pattern OFFSET = Pattern.compile("\\s*([^@,]+)@(\\d{1,18})\\s*");

  /**
   * Reads a position: {@code earliest}, {@code latest}, {@code 2008-11-09T20:35:00Z}, or {@code
   * 0@1200,1@900}.
   *
   * @param key what it is called in errors
   * @throws IllegalArgumentException when it is something else
   */
  static TopicPosition parse(String key, String text) {
    if (text.equals("earliest")) {
      return new TopicPosition(Kind.EARLIEST, null, Map.of());
    }
    if (text.equals("latest")) {
      return new TopicPosition(Kind.LATEST, null, Map.of());
    }
    if (text.indexOf('@') < 0) {
      try {
        return new TopicPosition(Kind.TIME, Instant.parse(text), Map.of());
      } catch (DateTimeException e) {
        throw refused(key, text, e);
      }
    }
    Map<String, Long> offsets = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      Matcher offset = OFFSET.matcher(part);
      if (!offset.matches()
          || offsets.put(offset.group(1).strip(), Long.valueOf(offset.group(2))) != null) {
        throw refused(key, text, null);
      }
    }
    return new TopicPosition(Kind.OFFSETS, null, Map.copyOf(offsets));
  }

  private static IllegalArgumentException refused(String key, String text, Exception cause) {
    return new IllegalArgumentException(
        "%s is '%s'; it is earliest, latest, a time such as 2008-11-09T20:35:00Z, or PARTITION@OFFSET with commas between"
            .formatted(key, text),
        cause);
  }
}
