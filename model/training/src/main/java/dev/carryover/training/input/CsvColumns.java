package dev.carryover.training.input;

import java.util.List;

/**
 * Which columns of a CSV file mean what, by the names in its header.
 *
 * @param key whose event the row is; {@code null} when all rows are one stream
 * @param time by which the rows of a key are ordered; {@code null} when they stand in order
 * @param features the inputs; empty for all columns that are nothing else
 * @param targets the label (one column), or the values to be predicted
 * @param delimiter what separates the columns
 */
public record CsvColumns(
    String key, String time, List<String> features, List<String> targets, char delimiter) {
  /** All columns are features of one stream. */
  public static final CsvColumns ALL_FEATURES =
      new CsvColumns(null, null, List.of(), List.of(), ',');

  /** Copies the lists. */
  public CsvColumns {
    features = List.copyOf(features);
    targets = List.copyOf(targets);
  }
}
