package dev.carryover.training.seq2seq;

import dev.carryover.training.tensor.Matrix;
import java.util.Arrays;

/** The decoder reads the likeliest token of the step before, until all rows have ended. */
final class GreedyDecoding implements Feeding {
  private final int end;
  private final int[][] written;
  private final int[] lengths;
  private final int[] newest;
  private float[] values = new float[0];

  /**
   * @param rows {@code B}
   * @param maximumLength the most tokens that a row writes, the end counted
   */
  GreedyDecoding(int rows, int begin, int end, int maximumLength) {
    this.end = end;
    written = new int[rows][maximumLength];
    lengths = new int[rows];
    newest = new int[rows];
    Arrays.fill(newest, begin);
  }

  @Override
  public boolean readsOutputs() {
    return true;
  }

  @Override
  public void feed(int step, int[] tokens) {
    System.arraycopy(newest, 0, tokens, 0, tokens.length);
  }

  @Override
  public boolean wrote(int step, Matrix outputs) {
    int columns = outputs.columns();
    if (values.length < outputs.rows() * columns) {
      values = new float[outputs.rows() * columns];
    }
    outputs.read(values, 0);
    boolean running = false;
    for (int row = 0; row < newest.length; row++) {
      if (newest[row] != end) {
        newest[row] = likeliest(row * columns, columns);
        if (newest[row] != end) {
          written[row][lengths[row]++] = newest[row];
          running = true;
        }
      }
    }
    return running;
  }

  /** Of equal ones the lowest id. */
  private int likeliest(int from, int columns) {
    int best = 0;
    for (int v = 1; v < columns; v++) {
      if (values[from + v] > values[from + best]) {
        best = v;
      }
    }
    return best;
  }

  /** What was written, without begin and end. */
  int[][] written() {
    int[][] all = new int[written.length][];
    for (int row = 0; row < all.length; row++) {
      all[row] = Arrays.copyOf(written[row], lengths[row]);
    }
    return all;
  }
}
