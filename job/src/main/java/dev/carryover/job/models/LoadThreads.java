package dev.carryover.job.models;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Daemon threads that load models: a few at once for each store, and each given up when its time is
 * over. Safe for all threads.
 */
final class LoadThreads {
  /*
   * A thread that hangs inside a file system cannot be stopped, only interrupted. So every load has
   * a thread of its own: when its time is over, the load fails, the thread is interrupted and no
   * longer counted among those that run, and the next load begins. What it may bring in the end goes
   * nowhere, and it can see that: storage that answers again must not make every thread that hung in
   * it read a whole model for nobody. Threads that do not even end on the interrupt are counted for their store, which gets no
   * further ones beyond a bound.
   *
   * Loads of one store wait for each other only (a store is a scheme and an authority, such as
   * s3://bucket), so storage that hangs holds up nothing that lies elsewhere. The time of a load
   * begins with its thread and not in the queue: many loads in a row are no reason to give one up.
   */

  /** Loads of one store that run at once; each holds a model in memory up to three times. */
  static final int AT_ONCE = 4;

  /** Threads of one store that were given up and have not ended, before it gets no more. */
  static final int MOST_STUCK = 16;

  /** No limit of time. */
  static final long UNLIMITED = 0;

  /** All guarded by this. */
  private final Map<String, Store> stores = new HashMap<>();

  private static final class Store {
    private final Queue<Attempt<?>> waiting = new ArrayDeque<>();
    private int running;
    private int stuck;

    private boolean idle() {
      return running == 0 && stuck == 0 && waiting.isEmpty();
    }
  }

  /** What a load does, on a thread of its own. */
  @FunctionalInterface
  interface Work<T> {
    /**
     * Loads.
     *
     * @param wanted turns false when the load was given up
     */
    T run(BooleanSupplier wanted) throws Exception;
  }

  /** One load, not begun before {@link #start}. */
  static final class Attempt<T> {
    private final String store;
    private final String name;
    private final long timeoutMs;
    private final Work<T> work;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Thread thread;
    private boolean ended;
    private boolean givenUp;

    /**
     * A load.
     *
     * @param store where it reads
     * @param name of the thread
     * @param timeoutMs how long it may run, or {@link #UNLIMITED}
     * @param work what it does
     */
    Attempt(String store, String name, long timeoutMs, Work<T> work) {
      this.store = store;
      this.name = name;
      this.timeoutMs = timeoutMs;
      this.work = work;
    }

    /** Gives it up, begun or not; without effect once it has ended. */
    void cancel() {
      result.cancel(true);
    }
  }

  /**
   * Runs a load as soon as its store has a thread for it.
   *
   * @return what the work gives or throws; a {@link TimeoutException} if it takes too long, or if
   *     too many earlier loads of the store hang. Completed once the load holds up no other. A
   *     failure is wrapped in a {@code CompletionException}.
   */
  <T> CompletableFuture<T> start(Attempt<T> attempt) {
    CompletableFuture<T> outcome =
        attempt.result.whenComplete(
            (value, failure) -> {
              if (failure instanceof TimeoutException || failure instanceof CancellationException) {
                giveUp(attempt);
              }
            });
    enqueue(attempt);
    beginWaiting(attempt.store);
    return outcome;
  }

  private synchronized void enqueue(Attempt<?> attempt) {
    if (!attempt.result.isDone()) {
      stores.computeIfAbsent(attempt.store, name -> new Store()).waiting.add(attempt);
    }
  }

  private void beginWaiting(String store) {
    for (Attempt<?> next = next(store); next != null; next = next(store)) {
      if (next.thread == null) {
        next.result.completeExceptionally(
            new TimeoutException(MOST_STUCK + " earlier loads from " + store + " hang still"));
      } else {
        begin(next);
      }
    }
  }

  /** The next load to begin, or without a thread to refuse; null when there is none now. */
  private synchronized Attempt<?> next(String name) {
    Store store = stores.get(name);
    if (store == null) {
      return null;
    }
    if (store.stuck >= MOST_STUCK) {
      return store.waiting.poll();
    }
    Attempt<?> next = store.running < AT_ONCE ? store.waiting.poll() : null;
    if (next != null) {
      store.running++;
      next.thread = new Thread(() -> run(next), next.name);
      next.thread.setDaemon(true);
      // Whoever starts the thread may be of another job, or of none.
      next.thread.setContextClassLoader(LoadThreads.class.getClassLoader());
    }
    return next;
  }

  private void begin(Attempt<?> attempt) {
    try {
      attempt.thread.start();
    } catch (OutOfMemoryError e) { // the system has no more threads
      end(attempt);
      attempt.result.completeExceptionally(e);
    }
  }

  private <T> void run(Attempt<T> attempt) {
    T value = null;
    Throwable failure = null;
    try {
      if (!attempt.result.isDone()) {
        if (attempt.timeoutMs != UNLIMITED) {
          attempt.result.orTimeout(attempt.timeoutMs, TimeUnit.MILLISECONDS);
        }
        value = attempt.work.run(() -> !attempt.result.isDone());
      }
    } catch (Throwable e) {
      failure = e;
    }
    end(attempt);
    if (failure == null) {
      attempt.result.complete(value);
    } else {
      attempt.result.completeExceptionally(failure);
    }
    beginWaiting(attempt.store);
  }

  private synchronized void end(Attempt<?> attempt) {
    attempt.ended = true;
    Store store = stores.get(attempt.store);
    if (attempt.givenUp) {
      store.stuck--;
    } else {
      store.running--;
    }
    forgetIdle(attempt.store, store);
  }

  private void giveUp(Attempt<?> attempt) {
    synchronized (this) {
      Store store = stores.get(attempt.store);
      if (store != null && store.waiting.remove(attempt)) {
        forgetIdle(attempt.store, store);
      }
      if (attempt.thread == null || attempt.ended) {
        return;
      }
      attempt.givenUp = true;
      store.running--;
      store.stuck++;
      attempt.thread.interrupt();
    }
    beginWaiting(attempt.store);
  }

  private void forgetIdle(String name, Store store) {
    if (store.idle()) {
      stores.remove(name);
    }
  }

  /** Threads that are loading or hang, for tests that none is left. */
  synchronized int threads() {
    return stores.values().stream().mapToInt(store -> store.running + store.stuck).sum();
  }
}
