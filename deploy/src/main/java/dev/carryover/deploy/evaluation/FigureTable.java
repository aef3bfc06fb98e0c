package dev.carryover.deploy.evaluation;

import dev.carryover.training.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table that is printed and stands in a report, with the same cells in both. */
public final class FigureTable {

  /** What stands where nothing is known or to be compared. */
  public static final String NOTHING = "-";

  private final String title;
  private final String head;
  private final List<String> columns;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param title what it shows
   * @param head what the first column holds
   * @param columns what the others hold
   */
  public FigureTable(String title, String head, List<String> columns) {
    this.title = title;
    this.head = head;
    this.columns = List.copyOf(columns);
  }

  /** As the other, with the columns one by one. */
  public FigureTable(String title, String head, String... columns) {
    this(title, head, List.of(columns));
  }

  /**
   * Adds a row.
   *
   * @param name what it is of
   * @param cells one a column
   * @throws IllegalArgumentException when there are more or fewer
   */
  public FigureTable row(String name, List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "row '%s' of table '%s' has %d cells and the table %d columns; give one a column"
              .formatted(name, title, cells.size(), columns.size()));
    }
    List<String> row = new ArrayList<>();
    row.add(name);
    row.addAll(cells);
    rows.add(row);
    return this;
  }

  /** As the other, with the cells one by one. */
  public FigureTable row(String name, String... cells) {
    return row(name, List.of(cells));
  }

  /** The title, the columns and the rows; a line feed ends it. */
  public String text() {
    List<String> heading = new ArrayList<>();
    heading.add(head);
    heading.addAll(columns);
    TextTable table = new TextTable(heading.toArray(String[]::new));
    rows.forEach(row -> table.row(row.toArray(String[]::new)));
    return title + "\n\n" + table;
  }

  /** The same for a report. */
  public Table table() {
    Table table = Table.of(title, columns.toArray(String[]::new));
    for (List<String> row : rows) {
      table = table.textRow(row.get(0), row.subList(1, row.size()).toArray(String[]::new));
    }
    return table;
  }

  /** A share in percent, with two decimals. */
  public static String percent(double share) {
    return decimals(100 * share, 2);
  }

  /** How far a share lies above another, in points of a percent, with its sign. */
  public static String points(double difference) {
    return String.format(Locale.ROOT, "%+.2f", 100 * difference);
  }

  /** A number with so many decimals. */
  public static String decimals(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A whole number. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
