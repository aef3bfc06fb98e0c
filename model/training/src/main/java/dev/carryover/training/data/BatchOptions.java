package dev.carryover.training.data;

/**
 * How sequences are put together in batches.
 *
 * @param batchSize the most rows of a batch, {@code B}
 * @param maximumPaddedTokens the most steps of a batch over all rows, padding included: bounds its
 *     memory
 * @param window the most steps of a batch, {@code T}; a longer sequence, or a stream, goes on in
 *     the same row of the next batch (truncated backpropagation). {@link #WHOLE} keeps sequences
 *     whole
 * @param seed decides the order; the same seed and epoch give the same batches
 */
public record BatchOptions(int batchSize, int maximumPaddedTokens, int window, long seed) {
  /** The window that keeps every sequence whole. */
  public static final int WHOLE = 0;

  /** 32 whole sequences, at most 65,536 steps with padding, seed 1. */
  public static final BatchOptions DEFAULTS = new BatchOptions(32, 1 << 16, WHOLE, 1);

  /** Checks the sizes. */
  public BatchOptions {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size is " + batchSize + "; it is at least 1");
    }
    if (maximumPaddedTokens < 1) {
      throw new IllegalArgumentException(
          "maximum padded tokens is " + maximumPaddedTokens + "; it is at least 1");
    }
    if (window < 0) {
      throw new IllegalArgumentException(
          "window is " + window + "; it is at least 1, or 0 to keep sequences whole");
    }
    if (window > 0 && (long) window * batchSize > maximumPaddedTokens) {
      throw new IllegalArgumentException(
          "a window of %d steps by %d rows is %d steps and the maximum is %d; make one smaller"
              .formatted(window, batchSize, (long) window * batchSize, maximumPaddedTokens));
    }
  }

  /** The same options with another number of rows. */
  public BatchOptions withBatchSize(int rows) {
    return new BatchOptions(rows, maximumPaddedTokens, window, seed);
  }

  /** The same options with another bound of memory. */
  public BatchOptions withMaximumPaddedTokens(int tokens) {
    return new BatchOptions(batchSize, tokens, window, seed);
  }

  /** The same options with another window. */
  public BatchOptions withWindow(int steps) {
    return new BatchOptions(batchSize, maximumPaddedTokens, steps, seed);
  }

  /** The same options with another seed. */
  public BatchOptions withSeed(long other) {
    return new BatchOptions(batchSize, maximumPaddedTokens, window, other);
  }
}
