package dev.carryover.job.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileLimits;
import dev.carryover.runtime.RuntimeOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models that tasks of this process use, each loaded once and shared, and freed with the last task.
 * Safe for all threads.
 *
 * <pre>{@code
 * CompletableFuture<Lease> asked = LoadedModels.request(reference, bytes, settings);
 * asked.whenComplete((lease, rejected) -> mailbox.execute(...)); // on a thread of the load
 * ...
 * lease.close();                  // when it has come and is no longer needed
 * LoadedModels.abandon(asked);    // when nobody waits for it any more, come or not
 * }</pre>
 */
public final class LoadedModels {
  /*
   * What is held is found by its content, digest and options: it is the same model wherever its file
   * lies and whatever its revision is. What is being loaded is found by everything that its outcome
   * depends on, the path and the announced size too: an announcement of the same content with a wrong
   * path must not fail one with the right path. Two loads of one content at once end in one model.
   *
   * The lock guards two maps and the counts in them. Files are read and models packed without it, and
   * futures are completed without it.
   */

  private static final Logger LOG = LoggerFactory.getLogger(LoadedModels.class);

  private static final LoadThreads THREADS = new LoadThreads();

  private static final Object LOCK = new Object();

  /** Guarded by the lock. */
  private static final Map<Content, Held> HELD = new HashMap<>();

  /** Guarded by the lock. */
  private static final Map<ModelLoad, Loading> LOADING = new HashMap<>();

  private LoadedModels() {}

  /** What makes two models one. */
  private record Content(String sha256, RuntimeOptions options) {
    private static Content of(ModelReference reference) {
      return new Content(reference.sha256(), reference.options());
    }

    private static Content of(ModelLoad load) {
      return new Content(load.sha256(), load.options());
    }
  }

  private static final class Held {
    private final Content content;
    private final ModelLoad.Loaded loaded;
    private int users;

    private Held(Content content, ModelLoad.Loaded loaded) {
      this.content = content;
      this.loaded = loaded;
    }
  }

  private static final class Loading {
    private final LoadThreads.Attempt<ModelLoad.Loaded> attempt;
    private final List<CompletableFuture<Lease>> asking = new ArrayList<>();

    private Loading(ModelLoad load) {
      attempt =
          new LoadThreads.Attempt<>(
              load.store(), "load model " + load.uri(), load.timeoutMs(), load::run);
    }
  }

  /** The right to use a model until it is closed. Safe for all threads. */
  public static final class Lease implements AutoCloseable {
    private final long loadNanos;
    private volatile Held held;

    private Lease(Held held) {
      this.held = held;
      loadNanos = held.loaded.nanos();
    }

    /**
     * The model.
     *
     * @throws IllegalStateException if the lease is closed
     */
    public LoadedModel model() {
      Held current = held;
      if (current == null) {
        throw new IllegalStateException(
            "the lease of a model is closed, and its model may be gone; ask for another one");
      }
      return current.loaded.model();
    }

    /** How long fetching, checking, packing and warming took this process, in nanoseconds. */
    public long loadNanos() {
      return loadNanos;
    }

    /** Gives the model back; without effect when it was given back before. */
    @Override
    public void close() {
      synchronized (LOCK) {
        if (held != null) {
          giveBack(held);
          held = null;
        }
      }
    }
  }

  /**
   * Asks for an announced model. Returns at once; what is not held is fetched and loaded on another
   * thread, once for all who ask for the same meanwhile. A load that failed is not remembered.
   *
   * @param reference what is announced; its location was checked
   * @param expectedBytes announced size of the file in bytes
   * @param settings limits of size and time
   * @return a lease of the model, or a {@link ModelRejectedException}; completed on any thread. Who
   *     cancels or otherwise completes it first gets no lease and leaves none behind; see {@link
   *     #abandon}. When nobody waits any more, the load is given up.
   */
  public static CompletableFuture<Lease> request(
      ModelReference reference, long expectedBytes, ModelSettings settings) {
    return request(ModelLoad.announced(reference, expectedBytes, settings));
  }

  private static CompletableFuture<Lease> request(ModelLoad load) {
    CompletableFuture<Lease> asked = new CompletableFuture<>();
    Loading loading;
    boolean first;
    synchronized (LOCK) {
      Held held = HELD.get(Content.of(load));
      if (held != null) {
        return lease(held, load);
      }
      loading = LOADING.get(load);
      first = loading == null;
      if (first) {
        loading = new Loading(load);
        LOADING.put(load, loading);
      }
      loading.asking.add(asked);
    }
    Loading joined = loading;
    asked.whenComplete(
        (lease, failure) -> {
          if (failure != null) {
            leave(load, joined, asked);
          }
        });
    if (first) {
      THREADS
          .start(loading.attempt)
          .whenComplete((loaded, failure) -> finish(load, joined, loaded, failure));
    }
    return asked;
  }

  private static CompletableFuture<Lease> lease(Held held, ModelLoad load) {
    try {
      load.checkAnnouncedSize(held.loaded.bytes());
    } catch (ModelRejectedException e) {
      return CompletableFuture.failedFuture(e);
    }
    held.users++;
    return CompletableFuture.completedFuture(new Lease(held));
  }

  /** Somebody no longer waits. */
  private static void leave(ModelLoad load, Loading loading, CompletableFuture<Lease> asked) {
    synchronized (LOCK) {
      if (!loading.asking.remove(asked)
          || !loading.asking.isEmpty()
          || !LOADING.remove(load, loading)) {
        return;
      }
    }
    loading.attempt.cancel();
  }

  private static void finish(
      ModelLoad load, Loading loading, ModelLoad.Loaded loaded, Throwable failure) {
    List<CompletableFuture<Lease>> asking;
    List<Lease> leases = new ArrayList<>();
    synchronized (LOCK) {
      LOADING.remove(load, loading);
      asking = List.copyOf(loading.asking);
      loading.asking.clear();
      if (failure == null && !asking.isEmpty()) {
        Held held = HELD.computeIfAbsent(Content.of(load), content -> new Held(content, loaded));
        held.users += asking.size();
        asking.forEach(asked -> leases.add(new Lease(held)));
      }
    }
    if (failure != null) {
      reject(asking, load, failure);
    }
    for (int i = 0; i < leases.size(); i++) {
      if (!asking.get(i).complete(leases.get(i))) {
        leases.get(i).close();
      }
    }
  }

  private static void reject(
      List<CompletableFuture<Lease>> asking, ModelLoad load, Throwable failure) {
    Throwable direct = failure instanceof CompletionException ? failure.getCause() : failure;
    if (direct instanceof CancellationException) {
      return; // nobody asks any more
    }
    ModelRejectedException rejected = load.rejection(direct);
    // The trace is of use only where the cause is in this process.
    Throwable trace = rejected.code() == RejectionCode.LOAD_FAILED ? direct : null;
    LOG.warn("{}: {}", rejected.code(), rejected.getMessage(), trace);
    asking.forEach(asked -> asked.completeExceptionally(rejected));
  }

  /**
   * Ends the wait for a model, and gives back the lease that has come already. To be called once at
   * most by who has not closed the lease and no longer will.
   */
  public static void abandon(CompletableFuture<Lease> asked) {
    asked.cancel(true);
    asked.whenComplete(
        (lease, failure) -> {
          if (lease != null) {
            lease.close();
          }
        });
  }

  /**
   * The model that a job was submitted with; every call is paired with a {@link #release}. Waits
   * until it is loaded.
   *
   * @throws IOException if the file cannot be read, is refused, or is not the one that the
   *     reference names; an {@link InterruptedIOException} if the thread is interrupted
   */
  public static LoadedModel acquire(ModelReference reference) throws IOException {
    CompletableFuture<Lease> asked = request(ModelLoad.submitted(reference));
    try {
      return asked.get().model(); // the lease is given back by its content
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      abandon(asked);
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException(
              "interrupted while waiting for model file "
                  + reference.uri()
                  + "; nothing is wrong with it if its task was canceled");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Gives a model back that was {@linkplain #acquire acquired}. */
  public static void release(ModelReference reference) {
    synchronized (LOCK) {
      Held held = HELD.get(Content.of(reference));
      if (held != null) {
        giveBack(held);
      }
    }
  }

  private static void giveBack(Held held) {
    if (--held.users == 0) {
      HELD.remove(held.content);
    }
  }

  /** How many models are held, for tests of their release. */
  public static int held() {
    synchronized (LOCK) {
      return HELD.size();
    }
  }

  /** How many threads load a model or hang in doing so, for tests that none is left. */
  static int threads() {
    return THREADS.threads();
  }

  /**
   * Reads and checks a model file through Flink's file systems, on the calling thread.
   *
   * @throws IOException naming the file, if it cannot be read or is refused
   */
  public static ModelFile read(String uri) throws IOException {
    try {
      return new ModelLoad(
              uri,
              ModelLoad.ANY_DIGEST,
              ModelLoad.ANY_SIZE,
              ModelFileLimits.defaults().fileBytes(),
              LoadThreads.UNLIMITED,
              RuntimeOptions.DEFAULTS)
          .fetch(() -> true)
          .file();
    } catch (ModelRejectedException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
