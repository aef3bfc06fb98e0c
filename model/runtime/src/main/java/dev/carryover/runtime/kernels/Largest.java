package dev.carryover.runtime.kernels;

import java.util.Arrays;

/**
 * The k largest values of a row, one value at a time: the specification of {@link Kernels#largest},
 * and what vector kernels go on with where a whole vector has nothing to say.
 *
 * <p>Places are filled from the largest down. Of equal values the one of the lower column comes
 * first; NaN is passed over. Where a row has fewer than k values above minus infinity, the lowest
 * columns that are left fill the rest.
 */
public final class Largest {
  /** The column of a place that nothing was put into. */
  public static final int NONE = -1;

  private Largest() {}

  /** Empties k places from {@code at} on. */
  public static void clear(float[] largest, int[] columns, int at, int k) {
    Arrays.fill(largest, at, at + k, Float.NEGATIVE_INFINITY);
    Arrays.fill(columns, at, at + k, NONE);
  }

  /** Puts a value among the k from {@code at} on, if it is larger than the least of them. */
  public static void insert(
      float value, int column, float[] largest, int[] columns, int at, int k) {
    int place = at + k - 1;
    if (!(value > largest[place])) {
      return;
    }
    while (place > at && value > largest[place - 1]) {
      largest[place] = largest[place - 1];
      columns[place] = columns[place - 1];
      place--;
    }
    largest[place] = value;
    columns[place] = column;
  }

  /** Fills what was left empty with the lowest columns that are not there. */
  public static void complete(int[] columns, int at, int k) {
    int next = 0;
    for (int place = at; place < at + k; place++) {
      if (columns[place] == NONE) {
        while (contains(columns, at, place, next)) {
          next++;
        }
        columns[place] = next;
      }
    }
  }

  private static boolean contains(int[] columns, int from, int to, int column) {
    for (int place = from; place < to; place++) {
      if (columns[place] == column) {
        return true;
      }
    }
    return false;
  }
}
