package dev.carryover.training.seq2seq;

import dev.carryover.training.tensor.Matrix;
import java.util.SplittableRandom;

/**
 * The decoder reads the target, or, with a probability, a token drawn from what it foretold (Bengio
 * et al. 2015). No gradient goes through the draw. What is drawn follows from the seed.
 */
final class ScheduledSampling implements Feeding {
  private final int[] fed;
  private final double probability;
  private final SplittableRandom random;
  private Matrix before;
  private float[] row = new float[0];

  /**
   * @param fed {@code [T*B]}
   * @param probability of a token of the decoder's own
   */
  ScheduledSampling(int[] fed, double probability, long seed) {
    this.fed = fed;
    this.probability = probability;
    random = new SplittableRandom(seed);
  }

  @Override
  public boolean readsOutputs() {
    return true;
  }

  @Override
  public void feed(int step, int[] tokens) {
    System.arraycopy(fed, step * tokens.length, tokens, 0, tokens.length);
    for (int b = 0; step > 0 && b < tokens.length; b++) {
      if (random.nextDouble() < probability) {
        tokens[b] = draw(before, b, random.nextDouble());
      }
    }
  }

  @Override
  public boolean wrote(int step, Matrix outputs) {
    before = outputs;
    return true;
  }

  /** The token at which the softmax of a row, summed up, passes {@code place} of 1. */
  private int draw(Matrix outputs, int b, double place) {
    int columns = outputs.columns();
    if (row.length < columns) {
      row = new float[columns];
    }
    outputs.rows(b, 1).read(row, 0);
    double largest = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < columns; v++) {
      largest = Math.max(largest, row[v]);
    }
    double total = 0;
    for (int v = 0; v < columns; v++) {
      total += Math.exp(row[v] - largest);
    }
    double sum = 0;
    for (int v = 0; v < columns - 1; v++) {
      sum += Math.exp(row[v] - largest);
      if (sum > place * total) {
        return v;
      }
    }
    return columns - 1;
  }
}
