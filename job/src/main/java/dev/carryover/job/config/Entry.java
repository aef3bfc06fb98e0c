package dev.carryover.job.config;

import java.util.List;

/**
 * A key with its value as it was written.
 *
 * @param line the line it stands in, 0 where it is from no file
 * @param values the value, or each element of a list
 * @param list whether the value is a list
 */
record Entry(String key, int line, List<String> values, boolean list) {
  static Entry of(String key, String value) {
    return new Entry(key, 0, List.of(value), false);
  }

  /** The value as one line of text; a list is joined by commas. */
  String text() {
    return String.join(", ", values);
  }
}
