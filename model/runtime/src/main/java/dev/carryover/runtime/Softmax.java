package dev.carryover.runtime;

import dev.carryover.runtime.kernels.Activations;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;

/**
 * Log-softmax over the rows of logits {@code [B, V]}: surprisal and rank of one token a row, and
 * the most likely ones. Belongs to one session; allocates nothing but room for more tokens than
 * were asked for before.
 */
final class Softmax {
  /*
   * The most likely tokens are looked for when they are asked for, in rows that stand together: rows of
   * small vocabularies are compared with each other's help, those of large ones each by itself.
   */
  private final Kernels kernels;
  private final Rows logits;
  private final int vocabularySize;

  /** V and as much of its padding as fills the lanes. */
  private final int paddedSize;

  private final double[] logSumExp;
  private final float[] surprisal;
  private final int[] rank;
  private final float[] exponentials;
  private final int together;
  private final float[] sifted;
  private float[] likeliest = {};
  private int[] likeliestIds = {};
  private int rows;
  private int likeliestFrom;
  private int likeliestRows;
  private int likeliestCount;

  Softmax(RecurrentModel model, int capacity) {
    this.kernels = model.kernelSet();
    this.logits = model.head().newLogits(capacity);
    this.vocabularySize = model.head().outputSize();
    this.paddedSize =
        (vocabularySize + Kernels.VIRTUAL_LANES - 1)
            / Kernels.VIRTUAL_LANES
            * Kernels.VIRTUAL_LANES;
    this.logSumExp = new double[capacity];
    this.surprisal = new float[capacity];
    this.rank = new int[capacity];
    this.exponentials = new float[paddedSize];
    boolean shortRow = vocabularySize <= Kernels.SHORT_ROW;
    this.together = shortRow ? Kernels.VIRTUAL_LANES : 1;
    this.sifted = new float[shortRow ? (vocabularySize + 6) * Kernels.VIRTUAL_LANES : 0];
  }

  /** The rows that the head fills; padding is minus infinity. */
  Rows logits() {
    return logits;
  }

  /** Computes the log-sum-exp of the first rows. */
  void normalize(int rows) {
    this.rows = rows;
    likeliestRows = 0;
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float max = kernels.max(logits.values(), at, paddedSize);
      kernels.exp(logits.values(), at, max, exponentials, 0, paddedSize);
      logSumExp[row] = max + Activations.log(kernels.sum(exponentials, 0, paddedSize));
    }
  }

  /** Normalizes, and scores one token a row. */
  void score(int[] tokens, int rows) {
    normalize(rows);
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float logit = logits.values()[at + tokens[row]];
      surprisal[row] = (float) (logSumExp[row] - logit);
      rank[row] = kernels.rank(logits.values(), at, paddedSize, tokens[row]);
    }
  }

  float surprisal(int row) {
    return surprisal[row];
  }

  int rank(int row) {
    return rank[row];
  }

  int top(int row, int k, int[] ids, float[] probabilities) {
    int count = Math.min(k, vocabularySize);
    if (count < 0 || ids.length < count || probabilities.length < count) {
      throw new IllegalArgumentException(
          "the "
              + k
              + " most likely tokens do not fit arrays of "
              + ids.length
              + " and "
              + probabilities.length);
    }
    if (count > 0) {
      if (count != likeliestCount || row < likeliestFrom || row >= likeliestFrom + likeliestRows) {
        findLikeliest(row / together * together, count);
      }
      int at = (row - likeliestFrom) * count;
      System.arraycopy(likeliestIds, at, ids, 0, count);
      System.arraycopy(likeliest, at, probabilities, 0, count);
    }
    return count;
  }

  private void findLikeliest(int from, int count) {
    likeliestFrom = from;
    likeliestRows = Math.min(together, rows - from);
    likeliestCount = count;
    int padded = PackedMatrix.padded(together * count);
    if (likeliest.length < padded) {
      likeliest = new float[padded];
      likeliestIds = new int[padded];
    }
    kernels.largest(
        logits, from, likeliestRows, vocabularySize, count, sifted, likeliest, likeliestIds);
    int at = 0;
    for (int row = from; row < from + likeliestRows; row++) {
      for (int place = 0; place < count; place++, at++) {
        likeliest[at] = (float) (likeliest[at] - logSumExp[row]);
      }
    }
    kernels.exp(likeliest, 0, 0f, likeliest, 0, padded);
  }
}
