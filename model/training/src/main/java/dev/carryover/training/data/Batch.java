package dev.carryover.training.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * {@code B} rows of up to {@code T} steps, laid out step by step: what row {@code b} has at step
 * {@code t} stands at {@code t * B + b}. Shorter rows are padded at their end; padding has token 0,
 * features 0, no target and mask 0.
 *
 * <p>The arrays belong to whoever asked for the batch: every batch has new ones.
 */
public final class Batch {
  /** The target of a step at which nothing is to be learned. */
  public static final int NO_TARGET = -1;

  private final int rows;
  private final int steps;
  private final int[] lengths;
  private final boolean[] restarts;
  private final int[] tokens;
  private final int featureCount;
  private final float[] features;
  private final int[] targets;
  private final int valueCount;
  private final float[] values;
  private final float[] mask;
  private int targetCount;

  Batch(int rows, int steps, boolean tokenInput, int featureCount, int valueCount) {
    this.rows = rows;
    this.steps = steps;
    this.featureCount = featureCount;
    this.valueCount = valueCount;
    int cells = Math.multiplyExact(rows, steps);
    lengths = new int[rows];
    restarts = new boolean[rows];
    tokens = tokenInput ? new int[cells] : null;
    features = tokenInput ? null : new float[Math.multiplyExact(cells, featureCount)];
    values = valueCount == 0 ? null : new float[Math.multiplyExact(cells, valueCount)];
    targets = valueCount == 0 ? new int[cells] : null;
    if (targets != null) {
      Arrays.fill(targets, NO_TARGET);
    }
    mask = new float[cells];
  }

  void row(int row, int length, boolean restart) {
    lengths[row] = length;
    restarts[row] = restart;
  }

  int at(int step, int row) {
    return step * rows + row;
  }

  void token(int step, int row, int token) {
    tokens[at(step, row)] = token;
  }

  /** Where the features of a step stand in {@link #features()}. */
  int featuresAt(int step, int row) {
    return at(step, row) * featureCount;
  }

  void target(int step, int row, int target) {
    targets[at(step, row)] = target;
    mask[at(step, row)] = 1f;
    targetCount++;
  }

  void target(int step, int row, float[] target) {
    System.arraycopy(target, 0, values, at(step, row) * valueCount, valueCount);
    mask[at(step, row)] = 1f;
    targetCount++;
  }

  /** The number of rows, {@code B}. */
  public int size() {
    return rows;
  }

  /** The number of steps of the longest row, {@code T}. */
  public int steps() {
    return steps;
  }

  /** How many steps each row has, {@code [B]}; 0 for a row that has nothing in this batch. */
  public int[] lengths() {
    return lengths;
  }

  /**
   * Whether a row begins from the zero state, {@code [B]}. The others go on where the same row of
   * the batch before left off; only batches of windows have any.
   */
  public boolean[] restarts() {
    return restarts;
  }

  /** Token ids {@code [T*B]}, or {@code null} when the input is features. */
  public int[] tokens() {
    return tokens;
  }

  /** Normalized features {@code [T*B*F]}, or {@code null} when the input is tokens. */
  public float[] features() {
    return features;
  }

  /**
   * The next token's id or the label's index, {@code [T*B]}, {@link #NO_TARGET} where nothing is to
   * be learned; {@code null} for a regression.
   */
  public int[] targets() {
    return targets;
  }

  /** The values to be predicted, {@code [T*B*O]}; {@code null} unless it is a regression. */
  public float[] values() {
    return values;
  }

  /** 1 where something is to be learned and 0 elsewhere, {@code [T*B]}. */
  public float[] mask() {
    return mask;
  }

  /** At how many steps something is to be learned. */
  public int targetCount() {
    return targetCount;
  }

  /**
   * A copy of some of the rows, for one of several threads.
   *
   * @param from the first row
   * @param to the row after the last
   * @throws IndexOutOfBoundsException when there are no such rows
   */
  public Batch rows(int from, int to) {
    Objects.checkFromToIndex(from, to, rows);
    int count = to - from;
    Batch part = new Batch(count, steps, tokens != null, featureCount, valueCount);
    System.arraycopy(lengths, from, part.lengths, 0, count);
    System.arraycopy(restarts, from, part.restarts, 0, count);
    for (int step = 0; step < steps; step++) {
      int source = at(step, from);
      int target = part.at(step, 0);
      if (tokens != null) {
        System.arraycopy(tokens, source, part.tokens, target, count);
      } else {
        System.arraycopy(
            features,
            source * featureCount,
            part.features,
            target * featureCount,
            count * featureCount);
      }
      if (targets != null) {
        System.arraycopy(targets, source, part.targets, target, count);
      } else {
        System.arraycopy(
            values, source * valueCount, part.values, target * valueCount, count * valueCount);
      }
      System.arraycopy(mask, source, part.mask, target, count);
    }
    for (float learned : part.mask) {
      part.targetCount += (int) learned;
    }
    return part;
  }

  @Override
  public String toString() {
    return rows + " rows of " + steps + " steps, " + targetCount + " targets";
  }
}
