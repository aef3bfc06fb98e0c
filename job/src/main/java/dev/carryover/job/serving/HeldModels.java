package dev.carryover.job.serving;

import dev.carryover.job.models.LoadedModel;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.LoadedModels.Lease;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.Revision;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongPredicate;

/**
 * The models that a subtask holds, and those on their way. What a process loads it loads once; what
 * nobody holds any more is freed.
 *
 * <p>Belongs to the task thread; files are read and weights packed elsewhere.
 */
final class HeldModels implements AutoCloseable {
  /*
   * No more models are on their way at a time than may be held, since each is in memory as soon as it
   * has come: a long log of announcements would otherwise have all its models loaded at once. What was
   * asked for beyond that waits, and the lowest revision goes first, whatever is on its way: a higher
   * one may not be taken in before it.
   */

  /** Beyond the time-out of the load itself, which is to say first that it took too long. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final ModelSettings settings;
  private final OperatorSettings operator;
  private final Map<Long, ServedModel> held = new LinkedHashMap<>(16, 0.75f, true);
  private final NavigableMap<Long, Coming> coming = new TreeMap<>();
  private final NavigableMap<Long, Revision> waiting = new TreeMap<>();

  /** A model on its way: what the process was asked for, and what the subtask makes of it. */
  private record Coming(CompletableFuture<Lease> asked, CompletableFuture<ServedModel> served) {}

  HeldModels(ModelSettings settings, OperatorSettings operator) {
    this.settings = settings;
    this.operator = operator;
  }

  /** Loads the revision that the job was submitted with, on this thread. */
  ServedModel loadOwn(Revision revision) throws IOException {
    ServedModel served = own(revision);
    held.put(revision.number(), served);
    return served;
  }

  private ServedModel own(Revision revision) throws IOException {
    long begin = System.nanoTime();
    LoadedModel model = LoadedModels.acquire(revision.reference());
    return new ServedModel(
        revision,
        model,
        () -> LoadedModels.release(revision.reference()),
        System.nanoTime() - begin,
        operator);
  }

  /** Asks for a revision that is neither held nor asked for. */
  void request(Revision revision) {
    if (!held.containsKey(revision.number()) && !coming.containsKey(revision.number())) {
      waiting.put(revision.number(), revision);
      beginWaiting();
    }
  }

  private void beginWaiting() {
    while (!waiting.isEmpty()
        && (coming.size() < settings.maximumResident() || waiting.firstKey() < coming.firstKey())) {
      begin(waiting.firstEntry().getValue());
    }
  }

  private void begin(Revision revision) {
    waiting.remove(revision.number());
    if (revision.expectedBytes() > 0) {
      CompletableFuture<Lease> asked =
          LoadedModels.request(revision.reference(), revision.expectedBytes(), settings);
      coming.put(
          revision.number(), new Coming(asked, asked.thenApply(lease -> serve(revision, lease))));
    } else {
      coming.put(
          revision.number(),
          new Coming(CompletableFuture.completedFuture(null), ownAgain(revision)));
    }
  }

  /** The file that a job was submitted with is loaded as it was at the start. */
  private CompletableFuture<ServedModel> ownAgain(Revision revision) {
    try {
      return CompletableFuture.completedFuture(own(revision));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(
          e.getCause() instanceof ModelRejectedException rejected
              ? rejected
              : new ModelRejectedException(RejectionCode.FILE_UNREADABLE, e.getMessage(), e));
    }
  }

  private ServedModel serve(Revision revision, Lease lease) {
    try {
      return new ServedModel(revision, lease.model(), lease::close, lease.loadNanos(), operator);
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  /** Whether a requested revision is there, or will not come. */
  boolean arrived(Revision revision) {
    Coming model = coming.get(revision.number());
    return model != null && model.served().isDone();
  }

  /**
   * Waits for a requested revision, which is held from then on.
   *
   * @throws ModelRejectedException if it cannot be had
   */
  ServedModel await(Revision revision) throws ModelRejectedException, InterruptedException {
    ServedModel present = held.get(revision.number());
    if (present != null) {
      return present;
    }
    if (!coming.containsKey(revision.number())) {
      begin(revision);
    }
    try {
      ServedModel model =
          coming
              .get(revision.number())
              .served()
              .get(settings.loadTimeoutMs() + GRACE.toMillis(), TimeUnit.MILLISECONDS);
      coming.remove(revision.number());
      held.put(revision.number(), model);
      beginWaiting();
      return model;
    } catch (ExecutionException e) {
      throw refusal(revision, e.getCause());
    } catch (TimeoutException e) {
      throw refusal(revision, e);
    }
  }

  private static ModelRejectedException refusal(Revision revision, Throwable cause) {
    Throwable unwrapped = cause;
    while (unwrapped instanceof CompletionException && unwrapped.getCause() != null) {
      unwrapped = unwrapped.getCause();
    }
    if (unwrapped instanceof ModelRejectedException rejected) {
      return rejected;
    }
    return new ModelRejectedException(
        RejectionCode.LOAD_FAILED,
        "model file %s could not be loaded: %s; look at the log of this process"
            .formatted(revision.reference().uri(), unwrapped),
        unwrapped);
  }

  /** Whether anything is on its way; nothing waits where nothing is. */
  boolean loading() {
    return !coming.isEmpty();
  }

  /** The model of a revision, if it is held. */
  ServedModel find(Revision revision) {
    return held.get(revision.number());
  }

  boolean holds(Revision revision) {
    return held.containsKey(revision.number());
  }

  int size() {
    return held.size();
  }

  /** Has a revision loaded that will be wanted soon, if there is room. */
  void prepare(Revision revision) {
    if (held.size() + coming.size() < settings.maximumResident()) {
      request(revision);
    }
  }

  /** Gives a revision back, or no longer waits for it. */
  void drop(Revision revision) {
    ServedModel model = held.remove(revision.number());
    if (model != null) {
      model.close();
    }
    Coming asked = coming.remove(revision.number());
    if (asked != null) {
      LoadedModels.abandon(asked.asked());
    }
    waiting.remove(revision.number());
    beginWaiting();
  }

  /**
   * Gives back what is not needed, and of the rest as many as are above the limit: of revisions to
   * come the last first, then what was not used for longest. What is given back though it is needed
   * is loaded again when its time comes.
   */
  void keepOnly(LongPredicate needed, ServedModel serving) {
    Iterator<ServedModel> models = held.values().iterator();
    while (models.hasNext()) {
      ServedModel model = models.next();
      if (model != serving && !needed.test(model.number())) {
        models.remove();
        model.close();
      }
    }
    while (held.size() > settings.maximumResident()) {
      ServedModel victim = victim(serving);
      held.remove(victim.number());
      victim.close();
    }
  }

  private ServedModel victim(ServedModel serving) {
    ServedModel eldest = null;
    ServedModel last = null;
    int toCome = 0;
    for (ServedModel model : held.values()) {
      if (model == serving) {
        continue;
      }
      eldest = eldest == null ? model : eldest;
      if (serving != null && model.number() > serving.number()) {
        toCome++;
        last = last == null || model.number() > last.number() ? model : last;
      }
    }
    return toCome > 1 ? last : eldest;
  }

  @Override
  public void close() {
    held.values().forEach(ServedModel::close);
    held.clear();
    waiting.clear();
    coming.values().forEach(model -> LoadedModels.abandon(model.asked()));
    coming.clear();
  }
}
