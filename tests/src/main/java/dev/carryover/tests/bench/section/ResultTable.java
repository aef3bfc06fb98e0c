package dev.carryover.tests.bench.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of results. Cells are text, formatted by who measured ({@link Figures}); numeric columns
 * stand to the right.
 *
 * @param title what the figures are, with their unit
 * @param columns the header
 * @param rows as many cells as columns each
 */
public record ResultTable(String title, List<Column> columns, List<List<String>> rows) {
  /** A column. */
  public record Column(String name, boolean numeric) {}

  /** Checks that every row fills the header. */
  public ResultTable {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "table '%s' has %d columns where a row has %d cells (%s); give one cell a column"
                .formatted(title, columns.size(), row.size(), row));
      }
    }
  }

  /** A table of these columns, text or numeric, to be filled row by row. */
  public static Builder titled(String title) {
    return new Builder(title);
  }

  /** Collects columns, then rows. */
  public static final class Builder {
    private final String title;
    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    private Builder(String title) {
      this.title = title;
    }

    /** Adds columns of words. */
    public Builder words(String... names) {
      Arrays.stream(names).map(name -> new Column(name, false)).forEach(columns::add);
      return this;
    }

    /** Adds columns of numbers. */
    public Builder numbers(String... names) {
      Arrays.stream(names).map(name -> new Column(name, true)).forEach(columns::add);
      return this;
    }

    /** Adds a row; cells are shown by {@code toString}. */
    public Builder row(Object... cells) {
      rows.add(Arrays.stream(cells).map(String::valueOf).toList());
      return this;
    }

    /**
     * The table.
     *
     * @throws IllegalArgumentException if a row does not fill the header
     */
    public ResultTable build() {
      return new ResultTable(title, columns, rows);
    }
  }
}
