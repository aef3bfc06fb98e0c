package dev.carryover.training.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Threads that share the work of an evaluation, each with a visitor of its own. */
public final class EvaluationThreads {
  private EvaluationThreads() {}

  /**
   * Works until all threads are done.
   *
   * @param count of threads; at least one runs
   * @param visitors makes one for every thread
   * @param work what a thread does with its visitor
   * @return the visitors, after the last step
   */
  public static <V> List<V> run(int count, Supplier<V> visitors, Consumer<? super V> work) {
    int threads = Math.max(1, count);
    ExecutorService executor = Executors.newFixedThreadPool(threads, EvaluationThreads::thread);
    try {
      List<Future<V>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        V visitor = visitors.get();
        running.add(
            executor.submit(
                () -> {
                  work.accept(visitor);
                  return visitor;
                }));
      }
      List<V> finished = new ArrayList<>();
      for (Future<V> future : running) {
        finished.add(future.get());
      }
      return finished;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the evaluation was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the evaluation failed", e.getCause());
    } finally {
      executor.shutdownNow();
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "carryover-evaluation");
    thread.setDaemon(true);
    return thread;
  }
}
