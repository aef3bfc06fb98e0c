package dev.carryover.training.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * The threads that share every batch: each takes a run of its rows with a worker of its own, and
 * what they come to is added in the order of the threads, so that the sum has the same bits in
 * every run.
 *
 * @param <W> what works on rows: one for each thread
 */
public final class Workers<W> implements AutoCloseable {
  private final List<W> workers;
  private final Function<W, float[]> gradients;
  private final ExecutorService others;
  private final float[] sum;

  /**
   * @param workers one per thread; the first works on the thread that calls
   * @param gradients where a worker leaves its gradient, {@code [P]}
   * @param size {@code P}
   */
  public Workers(List<W> workers, Function<W, float[]> gradients, int size) {
    this.workers = List.copyOf(workers);
    this.gradients = gradients;
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

  /**
   * What a worker does with its rows.
   *
   * @param <W> the worker
   */
  @FunctionalInterface
  public interface Part<W> {
    /**
     * Works on some rows.
     *
     * @param index the worker's place among all, from 0
     * @param from the first row
     * @param to the row after the last
     */
    double of(W worker, int index, int from, int to);
  }

  /**
   * Works on all rows, and adds the gradients that the workers leave.
   *
   * @return the sum of what the parts gave; that of the gradients is in {@link #gradient}
   */
  public double learn(int rows, Part<W> part) {
    double total = sum(rows, part);
    System.arraycopy(gradients.apply(workers.get(0)), 0, sum, 0, sum.length);
    for (int i = 1; i < used(rows); i++) {
      add(gradients.apply(workers.get(i)), sum);
    }
    return total;
  }

  private static void add(float[] values, float[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += values[i];
    }
  }

  /** The gradient of the last {@link #learn}, {@code [P]}. */
  public float[] gradient() {
    return sum;
  }

  private int used(int rows) {
    return Math.min(workers.size(), rows);
  }

  /** Works on all rows: the sum of what the parts gave. */
  public double sum(int rows, Part<W> part) {
    int used = used(rows);
    List<Future<Double>> running = new ArrayList<>();
    for (int i = 1; i < used; i++) {
      int index = i;
      int from = rows * index / used;
      int to = rows * (index + 1) / used;
      running.add(others.submit(() -> part.of(workers.get(index), index, from, to)));
    }
    double total = part.of(workers.get(0), 0, 0, rows / used);
    for (Future<Double> other : running) {
      total += result(other);
    }
    return total;
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

  /** The workers, in the order of their threads. */
  public List<W> all() {
    return workers;
  }

  @Override
  public void close() {
    others.shutdownNow();
  }
}
