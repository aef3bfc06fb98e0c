package dev.carryover.training.evaluation;

import java.util.List;
import java.util.Objects;

/**
 * How a model is evaluated. No option changes a result but {@code topK}: it says which are there.
 *
 * @param threads that step side by side
 * @param batchSize the sequences that a thread steps as one micro-batch, {@code B}
 * @param topK the k of which the top-k accuracy is counted
 * @param progress hears of it
 */
public record EvaluationOptions(
    int threads, int batchSize, List<Integer> topK, EvaluationProgress progress) {
  /** All processors, 64 sequences each, top 1, 3, 5 and 10, nobody hears. */
  public static final EvaluationOptions DEFAULTS =
      new EvaluationOptions(
          Runtime.getRuntime().availableProcessors(),
          64,
          List.of(1, 3, 5, 10),
          EvaluationProgress.SILENT);

  /** Checks the numbers. */
  public EvaluationOptions {
    if (threads < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "%d threads of %d sequences evaluate nothing; both are at least 1"
              .formatted(threads, batchSize));
    }
    topK = List.copyOf(topK);
    for (int k : topK) {
      if (k < 1) {
        throw new IllegalArgumentException("top-" + k + " holds no token; k is at least 1");
      }
    }
    Objects.requireNonNull(progress, "progress");
  }

  /** The same options on another number of threads. */
  public EvaluationOptions withThreads(int count) {
    return new EvaluationOptions(count, batchSize, topK, progress);
  }

  /** The same options with micro-batches of another size. */
  public EvaluationOptions withBatchSize(int rows) {
    return new EvaluationOptions(threads, rows, topK, progress);
  }

  /** The same options, heard by another. */
  public EvaluationOptions withProgress(EvaluationProgress listener) {
    return new EvaluationOptions(threads, batchSize, topK, listener);
  }
}
