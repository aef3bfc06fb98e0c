package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.state.HiddenState;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;

/**
 * Takes the lanes of a micro-batch through their entries: begins sequences, steps them together,
 * ends them, and says what came out. The states of the lanes are changed in place; loading and
 * storing them is the operator's.
 *
 * <p>Belongs to the task thread.
 */
final class SequenceStepper {
  /*
   * The batch is worked off in rounds. In each, every lane that still has entries contributes at most
   * one row: its next event, or the answer at the end of its sequence. So the rows of a round are of
   * different keys and can be stepped as one product, and the events of a key keep their order. What
   * a lane does without a row (dropping a duplicate, an end that has no answer) happens in between.
   */
  private final RecurrentModel model;
  private final ModelConfig config;
  private final long revision;
  private final OperatorSettings settings;
  private final OperatorOutputs outputs;
  private final OperatorMetrics metrics;
  private final Session session;
  private final InferenceBuilder inferences;
  private final int[] active;
  private final boolean everyEvent;
  private final int endToken;

  SequenceStepper(
      RecurrentModel model,
      long revision,
      OperatorSettings settings,
      OperatorOutputs outputs,
      OperatorMetrics metrics) {
    this.model = model;
    this.config = model.config();
    this.revision = revision;
    this.settings = settings;
    this.outputs = outputs;
    this.metrics = metrics;
    this.session = model.newSession(settings.batchSize());
    this.inferences = new InferenceBuilder(config, revision, settings);
    this.active = new int[settings.batchSize()];
    this.everyEvent =
        switch (settings.emission()) {
          case EVERY_EVENT -> true;
          case SEQUENCE_END -> false;
          case BY_TASK -> config.task() != Task.CLASSIFY;
        };
    this.endToken = config.tokenInput() ? config.vocabulary().endId() : -1;
  }

  /** Works off all entries of all lanes. */
  void run(MicroBatch batch) {
    int lanes = batch.laneCount();
    for (int lane = 0; lane < lanes; lane++) {
      active[lane] = lane;
      discardForeign(batch.laneAt(lane));
    }
    while (lanes > 0) {
      session.clear();
      int rows = 0;
      for (int lane = 0; lane < lanes; lane++) {
        if (prepare(batch, batch.laneAt(active[lane]))) {
          active[rows++] = active[lane];
        }
      }
      step(rows);
      for (int row = 0; row < rows; row++) {
        complete(batch.laneAt(active[row]), row);
      }
      lanes = rows;
    }
  }

  private void step(int rows) {
    if (rows > 0) {
      long begin = System.nanoTime();
      session.run();
      metrics.step(rows, System.nanoTime() - begin);
    }
  }

  /** Floats of a model with other sizes mean nothing to this one: the sequence begins anew. */
  private void discardForeign(Lane lane) {
    HiddenState state = lane.state;
    if (state != null && state.running() && state.values().length != model.stateLayout().floats()) {
      forgetSequence(lane);
      metrics.stateOfAnotherLayout();
    }
  }

  /** Works a lane off until it has a row, and adds that; false when the lane has nothing left. */
  private boolean prepare(MicroBatch batch, Lane lane) {
    lane.stepping = null;
    if (lane.ending != null) {
      addEndRow(lane);
      return true;
    }
    while (lane.head != Lane.END) {
      StreamEvent event = batch.event(lane.head);
      long now = event == null ? batch.deadline(lane.head) : event.timestampMs();
      if (gapPassed(lane, now)) {
        if (end(lane, SequenceEnd.INACTIVITY_GAP, lane.state.lastMs())) {
          addEndRow(lane);
          return true;
        }
        continue;
      }
      forgetIfExpired(lane, now);
      int tokenId = batch.tokenId(lane.head);
      batch.poll(lane);
      if (event == null) {
        lane.timerFired(now);
      } else if (!duplicate(lane, event) && accept(lane, event, tokenId)) {
        return true;
      }
    }
    return false;
  }

  private boolean gapPassed(Lane lane, long now) {
    return settings.gapMs() != OperatorSettings.NONE
        && lane.state != null
        && lane.state.running()
        && now - lane.state.lastMs() > settings.gapMs();
  }

  /** By its timer or by the key's next event, whichever comes first: the result is the same. */
  private void forgetIfExpired(Lane lane, long now) {
    HiddenState state = lane.state;
    if (state != null && now >= settings.deadline(state.lastMs(), state.running())) {
      lane.state = null;
      metrics.expired();
    }
  }

  private boolean duplicate(Lane lane, StreamEvent event) {
    if (!settings.deduplicate() || !event.hasSequence()) {
      return false;
    }
    if (lane.state != null && lane.state.seen(event.sequence())) {
      metrics.duplicate();
      return true;
    }
    return false;
  }

  /** Adds the row of an event; false when the event needs none. */
  private boolean accept(Lane lane, StreamEvent event, int tokenId) {
    if (tokenId == InputResolver.END_ONLY) {
      return acceptEnd(lane, event);
    }
    if (lane.state == null) {
      lane.state = new HiddenState();
    }
    HiddenState state = lane.state;
    if (!state.running()) {
      state.begin(event.timestampMs(), model.newState());
    }
    note(state, event);
    if (tokenId >= 0) {
      session.addToken(state.values(), tokenId);
    } else {
      session.addFeatures(state.values(), event.features());
    }
    lane.stepping = event;
    lane.tokenId = tokenId;
    return true;
  }

  private boolean acceptEnd(Lane lane, StreamEvent event) {
    if (lane.state == null || !lane.state.running()) {
      reject(
          event,
          RejectReason.MISSING_INPUT,
          "the event carries only the end of a sequence, and its key has none running, at "
              + event.origin()
              + "; the sequence ended before, or its events were lost");
      return false;
    }
    note(lane.state, event);
    if (end(lane, SequenceEnd.END_FLAG, event.timestampMs())) {
      addEndRow(lane);
      return true;
    }
    return false;
  }

  private void note(HiddenState state, StreamEvent event) {
    if (settings.deduplicate() && event.hasSequence()) {
      state.number(event.sequence());
    }
  }

  /** Ends a sequence; true when the model answers at the end, so that a row is needed first. */
  private boolean end(Lane lane, SequenceEnd cause, long timestampMs) {
    if (model.answersAtEnd()) {
      lane.ending = cause;
      lane.endMs = timestampMs;
      return true;
    }
    finish(lane, cause);
    return false;
  }

  private void addEndRow(Lane lane) {
    session.addEnd(lane.state.values());
  }

  private void complete(Lane lane, int row) {
    if (lane.stepping == null) {
      completeEnd(lane, row);
    } else if (session.finite(row) && inferences.finite(session, row)) {
      completeStep(lane, row);
    } else {
      quarantine(lane);
    }
  }

  private void completeStep(Lane lane, int row) {
    StreamEvent event = lane.stepping;
    HiddenState state = lane.state;
    session.readState(row, state.values());
    state.advance(revision, event.timestampMs());
    SequenceEnd cause = causeAfter(event, lane.tokenId, state);
    boolean answerFollows =
        cause == SequenceEnd.END_FLAG && config.task() == Task.NEXT_TOKEN && model.answersAtEnd();
    lane.ending = answerFollows ? null : cause;
    emit(lane, row, lane.tokenId, event.timestampMs(), state.steps());
    if (answerFollows) {
      lane.ending = cause;
      lane.endMs = event.timestampMs();
    } else if (cause != null) {
      finish(lane, cause);
    }
  }

  private SequenceEnd causeAfter(StreamEvent event, int tokenId, HiddenState state) {
    if (tokenId >= 0 && tokenId == endToken) {
      return SequenceEnd.END_TOKEN;
    }
    if (event.end()) {
      return SequenceEnd.END_FLAG;
    }
    return state.steps() >= settings.maximumLength() ? SequenceEnd.MAXIMUM_LENGTH : null;
  }

  private void completeEnd(Lane lane, int row) {
    if (inferences.finite(session, row)) {
      emit(lane, row, endToken, lane.endMs, lane.state.steps() + 1);
    }
    finish(lane, lane.ending);
  }

  /** Alerts go out also for events that get no inference. */
  private void emit(Lane lane, int row, int tokenId, long timestampMs, long step) {
    boolean answers = everyEvent || lane.ending != null;
    boolean alerts = inferences.alerts(session, row, tokenId);
    if (answers || alerts) {
      Inference inference = inferences.build(session, row, lane, tokenId, timestampMs, step);
      if (answers) {
        outputs.inference(inference);
      }
      if (alerts) {
        outputs.alert(inference);
      }
    }
  }

  private void finish(Lane lane, SequenceEnd cause) {
    lane.ending = null;
    metrics.ended(cause);
    forgetSequence(lane);
  }

  /** What de-duplication needs outlives the sequence, until the key expires. */
  private void forgetSequence(Lane lane) {
    if (lane.state.numbered()) {
      lane.state.end();
    } else {
      lane.state = null;
    }
  }

  private void quarantine(Lane lane) {
    reject(
        lane.stepping,
        RejectReason.NON_FINITE_STATE,
        "model '"
            + config.modelId()
            + "' left the finite numbers at event "
            + (lane.state.steps() + 1)
            + " of the sequence, whose state was reset, at "
            + lane.stepping.origin()
            + "; look at the size of the features and of the weights");
    forgetSequence(lane);
  }

  private void reject(StreamEvent event, RejectReason reason, String detail) {
    outputs.deadLetter(event.withRejection(reason, detail));
  }
}
