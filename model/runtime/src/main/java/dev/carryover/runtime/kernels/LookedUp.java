package dev.carryover.runtime.kernels;

/**
 * What the sums of some rows begin with: of each the row of a table {@code [V, columns]} that its
 * token says. Belongs to one session, which points it at its tokens before a step.
 */
public final class LookedUp {
  private float[] table;
  private int columns;
  private int[] tokens;
  private int first;

  /**
   * Points at other tokens.
   *
   * @param rowTokens of row r the one at {@code firstToken + r}
   */
  public void point(float[] rows, int width, int[] rowTokens, int firstToken) {
    table = rows;
    columns = width;
    tokens = rowTokens;
    first = firstToken;
  }

  /** The table; what row {@code r} begins with stands at {@link #offset}. */
  public float[] table() {
    return table;
  }

  /** Where in the table the row that row {@code r} begins with has its first column. */
  public int offset(int row) {
    return tokens[first + row] * columns;
  }

  /** Copies all columns to the beginning of the first rows of {@code sums}. */
  public void copyTo(Rows sums, int rows) {
    copyTo(sums, columns, rows);
  }

  /** Copies the first columns to the beginning of the first rows of {@code sums}. */
  public void copyTo(Rows sums, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(table, offset(row), sums.values(), sums.offset(row), width);
    }
  }
}
