package dev.carryover.runtime.kernels;

/**
 * Scratch of one micro-batch: {@code capacity} rows of {@code stride} floats, row-major in one
 * array. The stride is a multiple of {@value PackedMatrix#HALF_PANEL}, so kernels need no tail.
 *
 * <p>Belongs to one thread. The values are exposed on purpose: kernels write them in place.
 */
public final class Rows {
  private final float[] values;
  private final int base;
  private final int stride;
  private final int capacity;
  private boolean backwards;

  /**
   * Allocates {@code capacity} zeroed rows that each hold at least {@code width} floats.
   *
   * @throws IllegalArgumentException if a size is not positive or the block exceeds 2^31 floats
   */
  public Rows(int capacity, int width) {
    if (capacity <= 0 || width <= 0) {
      throw new IllegalArgumentException(
          "rows need a positive size, got capacity " + capacity + " and width " + width);
    }
    this.capacity = capacity;
    this.stride = PackedMatrix.padded(width);
    long floats = (long) capacity * stride;
    if (floats > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a micro-batch of "
              + capacity
              + " rows of "
              + stride
              + " floats does not fit one array: lower the batch size");
    }
    this.values = new float[(int) floats];
    this.base = 0;
  }

  private Rows(Rows whole, int from, int rows) {
    this.values = whole.values;
    this.base = whole.offset(from);
    this.stride = whole.stride;
    this.capacity = rows;
  }

  /** The rows from {@code from} on, as rows from 0 on, in the same place. */
  public Rows part(int from, int rows) {
    if (from < 0 || rows <= 0 || from + rows > capacity) {
      throw new IllegalArgumentException(
          "the " + rows + " rows from " + from + " on are not all among " + capacity + " rows");
    }
    return new Rows(this, from, rows);
  }

  /** The backing array, which parts share: row {@code r} begins at {@link #offset(int)}. */
  public float[] values() {
    return values;
  }

  /** Whether the first row begins where the backing array does. */
  public boolean first() {
    return base == 0;
  }

  /** Floats from one row to the next. */
  public int stride() {
    return stride;
  }

  /** How many rows there are. */
  public int capacity() {
    return capacity;
  }

  /**
   * Whether a product into these rows goes through its weights from the last panel to the first.
   * Results do not depend on it.
   */
  public boolean backwards() {
    return backwards;
  }

  /** Turns the way round; called once a step, after the last product. */
  public void turn() {
    backwards = !backwards;
  }

  /** Index of the first float of a row. */
  public int offset(int row) {
    assert row >= 0 && row < capacity : "row " + row + " of " + capacity;
    return base + row * stride;
  }
}
