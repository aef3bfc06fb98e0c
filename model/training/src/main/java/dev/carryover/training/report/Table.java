package dev.carryover.training.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Numbers beside each other: what a model reaches, and what others reach.
 *
 * <pre>{@code
 * Table.of("Labelled stream", "precision", "recall", "F1")
 *     .own("this model", 0.95, 0.97, 0.96)
 *     .row("bigram", 0.91, 0.80, 0.85)
 *     .row("DeepLog (published)", Double.NaN, Double.NaN, 0.96);
 * }</pre>
 *
 * <p>Immutable: {@link #row} and {@link #own} give another table.
 */
public final class Table {
  private final String title;
  private final List<String> columns;
  private final List<Row> rows;

  /**
   * One line.
   *
   * @param name who reaches it
   * @param cells a text per column
   * @param own whether it is the model that the report is of
   */
  record Row(String name, List<String> cells, boolean own) {}

  private Table(String title, List<String> columns, List<Row> rows) {
    this.title = title;
    this.columns = List.copyOf(columns);
    this.rows = List.copyOf(rows);
  }

  /** A table without rows. */
  public static Table of(String title, String... columns) {
    return new Table(title, List.of(columns), List.of());
  }

  /**
   * This table with one more row.
   *
   * @param values one per column; NaN where nothing is known
   * @throws IllegalArgumentException when there are more or fewer values than columns
   */
  public Table row(String name, double... values) {
    return with(name, false, numbers(values));
  }

  /** As {@link #row}, for the model that the report is of. */
  public Table own(String name, double... values) {
    return with(name, true, numbers(values));
  }

  /** As {@link #row}, with texts in the place of numbers. */
  public Table textRow(String name, String... cells) {
    return with(name, false, List.of(cells));
  }

  private Table with(String name, boolean own, List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "row '%s' of table '%s' has %d values and the table %d columns; give one a column"
              .formatted(name, title, cells.size(), columns.size()));
    }
    List<Row> more = new ArrayList<>(rows);
    more.add(new Row(name, cells, own));
    return new Table(title, columns, more);
  }

  private static List<String> numbers(double... values) {
    List<String> cells = new ArrayList<>();
    for (double value : values) {
      cells.add(number(value));
    }
    return cells;
  }

  /** A number with four significant digits, an integer whole, NaN as a dash. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    double magnitude = Math.abs(value);
    if (magnitude >= 1000 && magnitude < 1e15) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return magnitude >= 1e-3 && magnitude < 1000
        ? String.format(Locale.ROOT, "%." + Math.max(0, 3 - exponent(magnitude)) + "f", value)
        : String.format(Locale.ROOT, "%.3e", value);
  }

  private static int exponent(double magnitude) {
    return Math.max(-1, (int) Math.floor(Math.log10(magnitude)));
  }

  String title() {
    return title;
  }

  List<String> columns() {
    return columns;
  }

  List<Row> rows() {
    return rows;
  }
}
