package dev.carryover.deploy.evaluation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A table for the terminal: a heading, a rule, rows; columns as wide as their widest cell, the
 * first one aligned to the left and the others to the right unless {@link #left} says otherwise.
 */
public final class TextTable {

  private static final String GAP = "  ";

  private final List<String[]> rows = new ArrayList<>();
  private final int columns;
  private final BitSet left = new BitSet();

  /** A table with these column headings. */
  public TextTable(String... heading) {
    this.columns = heading.length;
    rows.add(heading.clone());
    left.set(0);
  }

  /** Aligns columns of words, counted from 0, to the left. */
  public TextTable left(int... words) {
    for (int column : words) {
      left.set(column);
    }
    return this;
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if there are more or fewer cells than columns
   */
  public TextTable row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(
          "A row of " + cells.length + " cells in a table of " + columns + " columns");
    }
    rows.add(cells.clone());
    return this;
  }

  /** The whole table, every line ending in a line feed. */
  @Override
  public String toString() {
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row[c].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String cell = rows.get(r)[c];
        String blank = " ".repeat(widths[c] - cell.length());
        line.append(c == 0 ? "" : GAP).append(left.get(c) ? cell + blank : blank + cell);
      }
      text.append(line.toString().stripTrailing()).append('\n');
      if (r == 0) {
        text.append("-".repeat(line.length())).append('\n');
      }
    }
    return text.toString();
  }
}
