package dev.carryover.training.pairs;

import java.util.Arrays;
import java.util.List;

/**
 * {@code B} sources of up to {@code S} tokens with a target of up to {@code T} each, the end token
 * counted, both laid out step by step: what row {@code b} has at step {@code t} stands at {@code t
 * * B + b}. Shorter rows are padded at their end; padding has token 0 and mask 0.
 *
 * <p>The arrays belong to whoever asked for the batch: every batch has new ones.
 */
public final class PairBatch {
  private final List<Row> rows;
  private final int begin;
  private final int end;

  /**
   * A source with one of its targets.
   *
   * @param source {@code [S]}
   * @param target {@code [T - 1]}, without begin and end
   */
  record Row(int[] source, int[] target) {}

  PairBatch(List<Row> rows, int begin, int end) {
    this.rows = rows;
    this.begin = begin;
    this.end = end;
  }

  /** The number of rows, {@code B}. */
  public int size() {
    return rows.size();
  }

  /** {@code S}. */
  public int sourceSteps() {
    return rows.stream().mapToInt(row -> row.source.length).max().orElse(0);
  }

  /** {@code T}. */
  public int targetSteps() {
    return rows.stream().mapToInt(row -> row.target.length + 1).max().orElse(0);
  }

  /** How many tokens each source has, {@code [B]}. */
  public int[] sourceLengths() {
    return rows.stream().mapToInt(row -> row.source.length).toArray();
  }

  /** The tokens of the sources, {@code [S*B]}. */
  public int[] sources() {
    int[] tokens = new int[sourceSteps() * size()];
    for (int row = 0; row < size(); row++) {
      int[] source = rows.get(row).source;
      for (int step = 0; step < source.length; step++) {
        tokens[step * size() + row] = source[step];
      }
    }
    return tokens;
  }

  /** What is to be written at each step, {@code [T*B]}: the target, then the end token. */
  public int[] targets() {
    int[] tokens = new int[targetSteps() * size()];
    for (int row = 0; row < size(); row++) {
      int[] target = rows.get(row).target;
      for (int step = 0; step < target.length; step++) {
        tokens[step * size() + row] = target[step];
      }
      tokens[target.length * size() + row] = end;
    }
    return tokens;
  }

  /** What a decoder reads at each step, {@code [T*B]}: the begin token, then the target. */
  public int[] fed() {
    int[] targets = targets();
    int[] tokens = new int[targets.length];
    Arrays.fill(tokens, 0, size(), begin);
    System.arraycopy(targets, 0, tokens, size(), targets.length - size());
    return tokens;
  }

  /** 1 where something is to be written and 0 elsewhere, {@code [T*B]}. */
  public float[] mask() {
    float[] mask = new float[targetSteps() * size()];
    for (int row = 0; row < size(); row++) {
      for (int step = 0; step <= rows.get(row).target.length; step++) {
        mask[step * size() + row] = 1f;
      }
    }
    return mask;
  }

  /** How many tokens are to be written, end tokens counted. */
  public long targetCount() {
    return rows.stream().mapToLong(row -> row.target.length + 1L).sum();
  }

  /** How many tokens are read and written, padding not counted. */
  public long tokenCount() {
    return targetCount() + rows.stream().mapToLong(row -> row.source.length).sum();
  }

  /**
   * Some of the rows, padded for themselves, for one of several threads.
   *
   * @param from the first row
   * @param to the row after the last
   * @throws IndexOutOfBoundsException when there are no such rows
   */
  public PairBatch rows(int from, int to) {
    return new PairBatch(rows.subList(from, to), begin, end);
  }

  @Override
  public String toString() {
    return "%d rows of %d and %d steps".formatted(size(), sourceSteps(), targetSteps());
  }
}
