package dev.carryover.job.operator;

import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.KeyCensus;
import dev.carryover.job.state.StateCache;
import dev.carryover.model.spec.Task;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/**
 * The states of the keys and the timer of each, with a count of the keys by revision and a cache of
 * the states of recent keys.
 *
 * <p>Belongs to the task thread. Sets the current key as it needs.
 */
final class KeyStates implements Revisions.KeyCounts {
  /*
   * A key has one deadline timer at a time. It is not moved when an event comes: when it fires early it
   * is set again for what is left, so it costs one registration per gap and not one per event.
   *
   * Heap state gives its own object out, or, while a snapshot needs that one, a copy that it has put in
   * the place of it; and no snapshot begins while a batch runs. So a state that was advanced in place is
   * where it belongs, and need not be looked up a second time. The cache may hold that object too, until a
   * snapshot begins: from then on the object is the snapshot's, and the backend is to be asked again,
   * which makes the copy.
   *
   * Other backends write down what they are given. What they were given last is what they hold, so the
   * cache may hold that object until the next put: each lane that was loaded is put or cleared.
   *
   * A state in memory that no cache of the CPU holds costs a wait for each thing on the way to it, one after
   * the other. Therefore the batch takes each step for all its keys before it takes the next, with as
   * little as possible between one key and another: so the waits of many keys fall together.
   */
  private final KeyedStateBackend<String> backend;
  private final KeyedStateStore store;
  private final ValueState<HiddenState> states;
  private final KeyCensus census;
  private final OperatorSettings settings;
  private final OperatorMetrics metrics;
  private final boolean statesStayInPlace;
  private final StateCache cache;
  private InternalTimerService<Byte> timers;
  private SequenceAnswers answers;

  /** Of no use, but for the compiler to believe that what was looked at is needed. */
  private double touched;

  KeyStates(
      StateInitializationContext context,
      KeyedStateBackend<String> backend,
      StreamingRuntimeContext runtime,
      OperatorSettings settings,
      OperatorMetrics metrics)
      throws Exception {
    this.backend = backend;
    this.store = context.getKeyedStateStore();
    this.states = store.getState(RecurrentOperator.HIDDEN_STATE);
    this.census = new KeyCensus(context, runtime.getTaskInfo());
    this.settings = settings;
    this.metrics = metrics;
    this.statesStayInPlace = backend instanceof HeapKeyedStateBackend;
    this.cache = cache(runtime.getTaskManagerRuntimeInfo().getConfiguration());
    if (!census.complete()) {
      count();
    }
  }

  /** One of no bytes holds nothing: where the job wants none, or the backend does not allow it. */
  private StateCache cache(Configuration taskManager) {
    long bytes = settings.cacheBytes(taskManager.get(TaskManagerOptions.NUM_TASK_SLOTS));
    if (statesStayInPlace) {
      return StateCache.ofReferences(bytes);
    }
    return StateCache.ofStates(backend.isSafeToReuseKVState() ? bytes : 0);
  }

  /** Of a savepoint that was written without a census. */
  private void count() throws Exception {
    try (Stream<String> keys =
        backend.getKeys(RecurrentOperator.HIDDEN_STATE.getName(), VoidNamespace.INSTANCE)) {
      for (String key : (Iterable<String>) keys::iterator) {
        backend.setCurrentKey(key);
        HiddenState state = states.value();
        census.add(key, state.running() ? state.revision() : 0, 1);
      }
    }
  }

  void timers(InternalTimerService<Byte> service) {
    timers = service;
  }

  /**
   * Loads the job's model, and makes what answers as models of its task do.
   *
   * @param revisions of which none is loaded yet
   */
  SequenceAnswers answers(Revisions revisions, OperatorOutputs outputs) throws Exception {
    answers =
        revisions.load().task() == Task.SEQ2SEQ
            ? new TransducedAnswers(
                store, backend, revisions, settings.transduction(), outputs, metrics)
            : new ScoredAnswers(settings, outputs);
    return answers;
  }

  /** Gets the states of all lanes. */
  void load(MicroBatch batch) throws Exception {
    int lanes = batch.laneCount();
    double sum = 0;
    for (int index = 0; index < lanes; index++) {
      sum += cache.touch(batch.laneAt(index).key);
    }
    for (int index = 0; index < lanes; index++) {
      Lane lane = batch.laneAt(index);
      lane.place = cache.find(lane.key);
      sum += cache.touch(lane.place);
    }
    int hits = 0;
    for (int index = 0; index < lanes; index++) {
      Lane lane = batch.laneAt(index);
      lane.stored = cache.get(lane.place, lane.key);
      if (lane.stored == null) {
        backend.setCurrentKey(lane.key);
        lane.stored = states.value();
      } else {
        hits++;
      }
    }
    for (int index = 0; index < lanes; index++) {
      Lane lane = batch.laneAt(index);
      lane.load();
      if (lane.stored != null) {
        sum += lane.stored.touch();
      }
    }
    touched = sum;
    metrics.cached(hits, lanes - hits);
  }

  /** Puts the states of all lanes back. */
  void store(MicroBatch batch) throws Exception {
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      boolean inPlace =
          statesStayInPlace && lane.stored == lane.state && !timerMoves(lane) && !answers.keeps();
      if (!inPlace) {
        backend.setCurrentKey(lane.key);
        store(lane);
        answers.store(lane);
      }
      cache(lane);
      count(lane);
    }
  }

  private void store(Lane lane) throws Exception {
    setTimer(lane);
    if (lane.state != null) {
      lane.state.timerMs(lane.timerMs);
      states.update(lane.state);
    } else if (lane.stored != null) {
      states.clear();
    }
  }

  /** What the batch made of the key is what the next one begins with. */
  private void cache(Lane lane) {
    if (lane.state != null) {
      cache.put(lane.place, lane.key, lane.state);
    } else if (lane.stored != null) {
      cache.remove(lane.key);
    }
  }

  private void count(Lane lane) {
    long revision = lane.sequenceRevision();
    boolean stood = lane.stored != null;
    boolean remains = lane.state != null;
    if (stood && remains && lane.storedRevision == revision) {
      return;
    }
    if (stood) {
      census.add(lane.key, lane.storedRevision, -1);
    }
    if (remains) {
      census.add(lane.key, revision, 1);
    }
  }

  /** Whether a timer of the lane's key is to be set or deleted, or has fired. */
  private boolean timerMoves(Lane lane) {
    return lane.state == null
        || lane.timerMs != lane.state.timerMs()
        || (lane.timerMs == HiddenState.NO_TIMER
            ? deadline(lane) != OperatorSettings.NONE
            : deadline(lane) < lane.timerMs);
  }

  private void setTimer(Lane lane) {
    long deadline = lane.state == null ? HiddenState.NO_TIMER : deadline(lane);
    boolean waits = lane.timerMs != HiddenState.NO_TIMER;
    if (waits && (lane.state == null || lane.timerMs > deadline)) {
      timers.deleteEventTimeTimer(RecurrentOperator.DEADLINE, lane.timerMs);
      waits = false;
    }
    if (lane.state != null && !waits && deadline != OperatorSettings.NONE) {
      timers.registerEventTimeTimer(RecurrentOperator.DEADLINE, deadline);
      lane.timerMs = deadline;
    }
  }

  private long deadline(Lane lane) {
    return settings.deadline(lane.state.lastMs(), lane.state.running());
  }

  /** Keys that have state. */
  long keys() {
    return census.keys();
  }

  /** Keys whose running sequence is on a revision below a number. */
  long keysBelow(long revision) {
    return census.keysBelow(revision) - census.keysOn(0);
  }

  @Override
  public long keysOn(long revision) {
    return census.keysOn(revision);
  }

  @Override
  public long keysUpTo(long revision) {
    return keysBelow(revision + 1) + answers.pendingUpTo(revision);
  }

  @Override
  public long decodesOn(long revision) {
    return answers.pendingOn(revision);
  }

  void snapshot() throws Exception {
    if (statesStayInPlace) {
      cache.beginEpoch();
    }
    census.snapshot();
  }
}
