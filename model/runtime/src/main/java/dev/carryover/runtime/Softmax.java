package dev.carryover.runtime;

import dev.carryover.runtime.kernels.Activations;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;

/**
 * Log-softmax over the rows of logits {@code [B, V]}: surprisal and rank of one token a row, and
 * the most likely ones. Belongs to one session; allocates nothing after construction.
 */
final class Softmax {
  private final Kernels kernels;
  private final Rows logits;
  private final int vocabularySize;
  private final int paddedSize;
  private final double[] logSumExp;
  private final float[] surprisal;
  private final int[] rank;
  private final float[] exponentials;

  Softmax(RecurrentModel model, int capacity) {
    this.kernels = model.kernelSet();
    this.logits = model.head().newLogits(capacity);
    this.vocabularySize = model.head().outputSize();
    this.paddedSize = model.head().paddedOutputs();
    this.logSumExp = new double[capacity];
    this.surprisal = new float[capacity];
    this.rank = new int[capacity];
    this.exponentials = new float[paddedSize];
  }

  /** The rows that the head fills; padding is minus infinity. */
  Rows logits() {
    return logits;
  }

  /** Computes the log-sum-exp of the first rows. */
  void normalize(int rows) {
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float max = kernels.max(logits.values(), at, paddedSize);
      kernels.exp(logits.values(), at, max, exponentials, 0, paddedSize);
      // StrictMath is the same on every machine; Math.log may be an intrinsic of another.
      logSumExp[row] = max + StrictMath.log(kernels.sum(exponentials, 0, paddedSize));
    }
  }

  /** Normalizes, and scores one token a row. */
  void score(int[] tokens, int rows) {
    normalize(rows);
    for (int row = 0; row < rows; row++) {
      int at = logits.offset(row);
      float logit = logits.values()[at + tokens[row]];
      surprisal[row] = (float) (logSumExp[row] - logit);
      rank[row] = rank(at, tokens[row], logit);
    }
  }

  private int rank(int at, int token, float logit) {
    int before = kernels.countGreater(logits.values(), at, paddedSize, logit);
    for (int id = 0; id < token; id++) {
      if (logits.values()[at + id] == logit) {
        before++;
      }
    }
    return before;
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
    int at = logits.offset(row);
    int found = 0;
    // Insertion into a sorted prefix of k: for small k nearly every token fails the first
    // comparison.
    for (int id = 0; id < vocabularySize && count > 0; id++) {
      float logit = logits.values()[at + id];
      if (found == count && logit <= probabilities[found - 1]) {
        continue;
      }
      int place = found < count ? found++ : found - 1;
      while (place > 0 && probabilities[place - 1] < logit) {
        probabilities[place] = probabilities[place - 1];
        ids[place] = ids[place - 1];
        place--;
      }
      probabilities[place] = logit;
      ids[place] = id;
    }
    for (int place = 0; place < found; place++) {
      probabilities[place] = Activations.exp((float) (probabilities[place] - logSumExp[row]));
    }
    return found;
  }
}
