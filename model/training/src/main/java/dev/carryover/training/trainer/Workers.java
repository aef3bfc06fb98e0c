package dev.carryover.training.trainer;

import dev.carryover.training.data.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The threads that share every batch: each takes a run of its rows, and their gradients are added
 * in the order of the threads, so that the sum has the same bits in every run.
 */
final class Workers implements AutoCloseable {
  private final List<Worker> workers;
  private final ExecutorService others;
  private final float[] sum;

  /**
   * @param workers one per thread; the first works on the thread that calls
   * @param size the number of weights
   */
  Workers(List<Worker> workers, int size) {
    this.workers = workers;
    this.sum = new float[size];
    others =
        Executors.newFixedThreadPool(
            Math.max(1, workers.size() - 1),
            task -> {
              Thread thread = new Thread(task, "carryover-training");
              thread.setDaemon(true);
              return thread;
            });
  }

  private interface Part {
    double of(Worker worker, int index, Batch rows);
  }

  /**
   * Forward and back over a batch.
   *
   * @return the mean loss of its targets; their gradient is in {@link #gradient}
   */
  double train(Batch batch, long seed) {
    double scale = 1.0 / Math.max(1, batch.targetCount());
    double loss =
        share(batch, (worker, index, rows) -> worker.train(rows, scale, seed * 31 + index));
    float[] first = workers.get(0).gradient();
    System.arraycopy(first, 0, sum, 0, sum.length);
    int used = Math.min(workers.size(), batch.size());
    for (int i = 1; i < used; i++) {
      add(workers.get(i).gradient(), sum);
    }
    return loss * scale;
  }

  private static void add(float[] values, float[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += values[i];
    }
  }

  /** The sum of the losses of all targets. */
  double validate(Batch batch) {
    return share(batch, (worker, index, rows) -> worker.validate(rows));
  }

  /** The gradient of the last {@link #train}, {@code [P]}. */
  float[] gradient() {
    return sum;
  }

  private double share(Batch batch, Part part) {
    int used = Math.min(workers.size(), batch.size());
    if (used == 1) {
      return part.of(workers.get(0), 0, batch);
    }
    List<Future<Double>> running = new ArrayList<>();
    for (int i = 1; i < used; i++) {
      int index = i;
      Batch rows = batch.rows(begin(batch, i, used), begin(batch, i + 1, used));
      running.add(others.submit(() -> part.of(workers.get(index), index, rows)));
    }
    double loss = part.of(workers.get(0), 0, batch.rows(0, begin(batch, 1, used)));
    for (Future<Double> other : running) {
      loss += result(other);
    }
    return loss;
  }

  private static int begin(Batch batch, int index, int used) {
    return batch.size() * index / used;
  }

  private static double result(Future<Double> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("training was interrupted; resume it from its checkpoint", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  /** How many rows of {@code batchSize} a thread takes at most. */
  static int rowsOfThread(int batchSize, int threads) {
    return (batchSize + threads - 1) / threads;
  }

  /** The carried states of all threads. */
  List<float[]> carried() {
    return workers.stream().map(Worker::carriedStates).toList();
  }

  /** Takes up what {@link #carried} gave. */
  void carry(List<float[]> states) {
    for (int i = 0; i < workers.size(); i++) {
      workers.get(i).carry(states.get(i));
    }
  }

  @Override
  public void close() {
    others.shutdownNow();
  }
}
