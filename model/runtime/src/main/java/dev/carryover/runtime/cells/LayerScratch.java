package dev.carryover.runtime.cells;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.LookedUp;
import dev.carryover.runtime.kernels.Rows;
import java.util.Arrays;

/**
 * What one layer works on during a micro-batch of up to B rows: the sums of its gates and the state
 * {@code h [B, H]} and, for the LSTM, {@code c [B, H]}. Belongs to one session.
 */
public final class LayerScratch {
  /** Points at what the input half of the sums is looked up in, where it is. */
  final LookedUp input = new LookedUp();

  final Rows sums;
  final Rows reset;
  private final Rows h;
  private final Rows c;
  private final int hiddenSize;
  private final int width;

  LayerScratch(int capacity, int hiddenSize, int sumsWidth, boolean cellState, boolean resetState) {
    this.hiddenSize = hiddenSize;
    this.width = GateBlocks.width(hiddenSize);
    this.sums = new Rows(capacity, sumsWidth);
    this.h = new Rows(capacity, width);
    this.c = cellState ? new Rows(capacity, width) : null;
    this.reset = resetState ? new Rows(capacity, width) : null;
  }

  private LayerScratch(LayerScratch whole, int from, int rows) {
    this.hiddenSize = whole.hiddenSize;
    this.width = whole.width;
    this.sums = whole.sums;
    this.reset = whole.reset;
    this.h = whole.h.part(from, rows);
    this.c = whole.c == null ? null : whole.c.part(from, rows);
  }

  /**
   * The rows from {@code from} on, as rows from 0 on: their states are here, and all parts work on
   * the sums of the first rows, so one part is stepped at a time.
   */
  public LayerScratch part(int from, int rows) {
    return new LayerScratch(this, from, rows);
  }

  /** Output of the layer, {@code [B, H]}, which the next layer and the head read. */
  public Rows h() {
    return h;
  }

  /** The LSTM's cell state, {@code [B, H]}; null for other cells. */
  public Rows c() {
    return c;
  }

  /** Copies h, and c when there is one, from {@code state} at {@code offset} into a row. */
  public void load(int row, float[] state, int offset) {
    load(h, row, state, offset);
    if (c != null) {
      load(c, row, state, offset + hiddenSize);
    }
  }

  /** Copies h, and c when there is one, from a row to {@code state} at {@code offset}. */
  public void store(int row, float[] state, int offset) {
    System.arraycopy(h.values(), h.offset(row), state, offset, hiddenSize);
    if (c != null) {
      System.arraycopy(c.values(), c.offset(row), state, offset + hiddenSize, hiddenSize);
    }
  }

  /**
   * Fills a row that goes on from a state that rows share: its sums are the input half of the row
   * and the sums of the state, its h and c are the state's.
   *
   * @param projected the input half of the row, {@code columns} floats from {@code at} on; may be
   *     these sums themselves
   */
  void join(
      Kernels kernels,
      LayerScratch shared,
      int state,
      int row,
      float[] projected,
      int at,
      int columns) {
    float[] from = shared.sums.values();
    int source = shared.sums.offset(state);
    float[] to = sums.values();
    int target = sums.offset(row);
    kernels.add(projected, at, from, source, to, target, columns);
    System.arraycopy(from, source + columns, to, target + columns, sums.stride() - columns);
    System.arraycopy(shared.h.values(), shared.h.offset(state), h.values(), h.offset(row), width);
    if (c != null) {
      System.arraycopy(shared.c.values(), shared.c.offset(state), c.values(), c.offset(row), width);
    }
  }

  /** Whether the state of a row holds no NaN and no infinity. */
  public boolean finite(Kernels kernels, int row) {
    return kernels.allFinite(h.values(), h.offset(row), width)
        && (c == null || kernels.allFinite(c.values(), c.offset(row), width));
  }

  private void load(Rows rows, int row, float[] state, int offset) {
    int at = rows.offset(row);
    System.arraycopy(state, offset, rows.values(), at, hiddenSize);
    // Padding of an earlier batch must not reach the check for finite values.
    Arrays.fill(rows.values(), at + hiddenSize, at + width, 0f);
  }
}
