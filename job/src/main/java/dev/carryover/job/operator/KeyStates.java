package dev.carryover.job.operator;

import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.KeyCensus;
import dev.carryover.model.spec.Task;
import java.util.stream.Stream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * The states of the keys and the timer of each, with a count of the keys by revision.
 *
 * <p>Belongs to the task thread. Sets the current key as it needs.
 */
final class KeyStates implements Revisions.KeyCounts {
  /*
   * A key has one deadline timer at a time. It is not moved when an event comes: when it fires early it
   * is set again for what is left, so it costs one registration per gap and not one per event.
   */
  private final KeyedStateBackend<String> backend;
  private final KeyedStateStore store;
  private final ValueState<HiddenState> states;
  private final KeyCensus census;
  private final OperatorSettings settings;
  private InternalTimerService<Byte> timers;
  private SequenceAnswers answers;

  KeyStates(
      StateInitializationContext context,
      KeyedStateBackend<String> backend,
      TaskInfo task,
      OperatorSettings settings)
      throws Exception {
    this.backend = backend;
    this.store = context.getKeyedStateStore();
    this.states = store.getState(RecurrentOperator.HIDDEN_STATE);
    this.census = new KeyCensus(context, task);
    this.settings = settings;
    if (!census.complete()) {
      count();
    }
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
  SequenceAnswers answers(Revisions revisions, OperatorOutputs outputs, OperatorMetrics metrics)
      throws Exception {
    answers =
        revisions.load().task() == Task.SEQ2SEQ
            ? new TransducedAnswers(
                store, backend, revisions, settings.transduction(), outputs, metrics)
            : new ScoredAnswers(settings, outputs);
    return answers;
  }

  /** Gets the states of all lanes. */
  void load(MicroBatch batch) throws Exception {
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      backend.setCurrentKey(lane.key);
      lane.load(states.value());
    }
  }

  /** Puts the states of all lanes back. */
  void store(MicroBatch batch) throws Exception {
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      backend.setCurrentKey(lane.key);
      store(lane);
      answers.store(lane);
    }
  }

  private void store(Lane lane) throws Exception {
    setTimer(lane);
    if (lane.state != null) {
      lane.state.timerMs(lane.timerMs);
      states.update(lane.state);
    } else if (lane.stored) {
      states.clear();
    }
    count(lane);
  }

  private void count(Lane lane) {
    long revision = lane.sequenceRevision();
    boolean remains = lane.state != null;
    if (lane.stored && remains && lane.storedRevision == revision) {
      return;
    }
    if (lane.stored) {
      census.add(lane.key, lane.storedRevision, -1);
    }
    if (remains) {
      census.add(lane.key, revision, 1);
    }
  }

  private void setTimer(Lane lane) {
    long deadline =
        lane.state == null
            ? HiddenState.NO_TIMER
            : settings.deadline(lane.state.lastMs(), lane.state.running());
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
    census.snapshot();
  }
}
