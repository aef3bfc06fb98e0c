package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.InputResolver;
import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.OperatorOutputs;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.job.state.HiddenState;
import dev.carryover.schemas.SequenceEnd;
import java.util.ArrayList;
import java.util.List;

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
   * one row: its next event, the answer at the end of its sequence, or an input that it runs again. So
   * the rows of a round are of different keys and can be stepped as one product, one for each revision
   * that lanes are on, and the events of a key keep their order. What a lane does without a row
   * (dropping a duplicate, an end that has no answer) happens in between.
   */
  private final OperatorSettings settings;
  private final OperatorOutputs outputs;
  private final OperatorMetrics metrics;
  private final SequenceTakeover takeover;
  private final SequenceAnswers answers;
  private final long maximumLength;
  private final int[] active;
  private final List<ServedModel> stepped = new ArrayList<>();

  SequenceStepper(
      Revisions revisions,
      SequenceAnswers answers,
      OperatorSettings settings,
      OperatorOutputs outputs,
      OperatorMetrics metrics) {
    this.answers = answers;
    this.maximumLength =
        Math.min(
            settings.maximumLength(),
            answers.refusesBeyond() ? OperatorSettings.NONE : answers.maximumLength());
    this.settings = settings;
    this.outputs = outputs;
    this.metrics = metrics;
    this.takeover = new SequenceTakeover(revisions, metrics);
    this.active = new int[settings.batchSize()];
  }

  /** Works off all entries of all lanes. */
  void run(MicroBatch batch) throws Exception {
    int lanes = batch.laneCount();
    for (int lane = 0; lane < lanes; lane++) {
      active[lane] = lane;
    }
    while (lanes > 0) {
      int rows = 0;
      for (int lane = 0; lane < lanes; lane++) {
        if (prepare(batch, batch.laneAt(active[lane]))) {
          active[rows++] = active[lane];
        }
      }
      step();
      for (int row = 0; row < rows; row++) {
        complete(batch.laneAt(active[row]));
      }
      for (int model = 0; model < stepped.size(); model++) {
        stepped.get(model).rows().clear();
      }
      stepped.clear();
      lanes = rows;
    }
  }

  private void step() {
    for (int model = 0; model < stepped.size(); model++) {
      ServedModel.Rows rows = stepped.get(model).rows();
      if (metrics.step(rows.size())) {
        long begin = System.nanoTime();
        rows.run();
        metrics.stepTime(rows.size(), System.nanoTime() - begin);
      } else {
        rows.run();
      }
    }
  }

  private void added(Lane lane, ServedModel served, Lane.Purpose purpose, int row) {
    if (row == 0) {
      stepped.add(served);
    }
    lane.served = served;
    lane.purpose = purpose;
    lane.row = row;
  }

  /** Works a lane off until it has a row, and adds that; false when the lane has nothing left. */
  private boolean prepare(MicroBatch batch, Lane lane) throws Exception {
    lane.stepping = null;
    if (lane.ending != null) {
      addEndRow(lane);
      return true;
    }
    while (lane.head != Lane.END) {
      StreamEvent event = batch.event(lane.head);
      long now = event == null ? batch.deadline(lane.head) : event.timestampMs();
      if (gapPassed(lane, now)) {
        if (endByGap(lane)) {
          return true;
        }
        continue;
      }
      forgetIfExpired(lane, now);
      if (event == null) {
        batch.poll(lane);
        lane.timerFired(now);
        continue;
      }
      boolean brings = event.token() != null && !refuses(lane);
      ServedModel served = takeover.serving(lane, event, brings);
      int tokenId = served.inputs().resolve(event);
      if (tokenId == InputResolver.REJECTED) {
        batch.poll(lane);
        outputs.deadLetter(served.inputs().rejection(event));
      } else if (duplicate(lane, event)) {
        batch.poll(lane);
      } else if (takeover.needsReplay(lane, served)) {
        addReplayRow(lane, served);
        return true;
      } else {
        batch.poll(lane);
        if (accept(lane, served, event, tokenId)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean gapPassed(Lane lane, long now) {
    return settings.gapMs() != OperatorSettings.NONE
        && lane.running()
        && now - lane.state.lastMs() > settings.gapMs();
  }

  /** By its timer or by the key's next event, whichever comes first: the result is the same. */
  private void forgetIfExpired(Lane lane, long now) {
    HiddenState state = lane.state;
    if (state != null && now >= settings.deadline(state.lastMs(), state.running())) {
      lane.state = null;
      lane.replayFrom = Lane.END;
      lane.source.restart();
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

  private void addReplayRow(Lane lane, ServedModel served) {
    HiddenState state = lane.state;
    int row;
    if (served.config().tokenInput()) {
      row =
          served
              .rows()
              .addToken(state.values(), served.tokenId(state.rememberedToken(lane.replayFrom)));
    } else {
      state.readRememberedFeatures(lane.replayFrom, served.features());
      row = served.rows().addFeatures(state.values(), served.features());
    }
    lane.replayFrom++;
    added(lane, served, Lane.Purpose.REPLAY, row);
  }

  /** Adds the row of an event; false when the event needs none. */
  private boolean accept(Lane lane, ServedModel served, StreamEvent event, int tokenId)
      throws Exception {
    if (tokenId == InputResolver.END_ONLY) {
      return acceptEnd(lane, served, event);
    }
    if (refuses(lane)) {
      return refuse(lane, served, event);
    }
    if (lane.state == null) {
      lane.state = new HiddenState();
    }
    HiddenState state = lane.state;
    if (!state.running()) {
      state.begin(event.timestampMs(), served.newState());
      state.revision(served.number());
    }
    note(state, event);
    int row =
        tokenId >= 0
            ? served.rows().addToken(state.values(), tokenId)
            : served.rows().addFeatures(state.values(), event.features());
    added(lane, served, Lane.Purpose.STEP, row);
    lane.stepping = event;
    lane.tokenId = tokenId;
    return true;
  }

  /** Whether the lane's sequence takes no more events in. */
  private boolean refuses(Lane lane) {
    return answers.refusesBeyond()
        && lane.running()
        && lane.state.steps() >= answers.maximumLength();
  }

  /** The event is of a sequence that takes no more in; whether it ends it counts all the same. */
  private boolean refuse(Lane lane, ServedModel served, StreamEvent event) throws Exception {
    reject(
        event,
        RejectReason.SOURCE_TOO_LONG,
        "the sequence of its key has %d events, as many as it may have, at %s; raise transduction.maximum-source-length, or end sequences earlier"
            .formatted(lane.state.steps(), event.origin()));
    note(lane.state, event);
    lane.state.touch(event.timestampMs());
    lane.served = served;
    return event.end() && end(lane, SequenceEnd.END_FLAG, event.timestampMs(), event);
  }

  private boolean acceptEnd(Lane lane, ServedModel served, StreamEvent event) throws Exception {
    if (!lane.running()) {
      reject(
          event,
          RejectReason.MISSING_INPUT,
          "the event carries only the end of a sequence, and its key has none running, at "
              + event.origin()
              + "; the sequence ended before, or its events were lost");
      return false;
    }
    note(lane.state, event);
    lane.served = served;
    return end(lane, SequenceEnd.END_FLAG, event.timestampMs(), event);
  }

  private void note(HiddenState state, StreamEvent event) {
    if (settings.deduplicate() && event.hasSequence()) {
      state.number(event.sequence());
    }
  }

  /**
   * The revision answers that the sequence is on: it had ended before any other could take over.
   */
  private boolean endByGap(Lane lane) throws Exception {
    lane.replayFrom = Lane.END;
    lane.served = takeover.own(lane);
    if (lane.served == null) {
      answers.lost(lane, SequenceEnd.INACTIVITY_GAP);
      finish(lane, SequenceEnd.INACTIVITY_GAP);
      return false;
    }
    return end(lane, SequenceEnd.INACTIVITY_GAP, lane.state.lastMs(), null);
  }

  /** Ends a sequence; true when a row is to answer first, which is added. */
  private boolean end(Lane lane, SequenceEnd cause, long timestampMs, StreamEvent event)
      throws Exception {
    lane.endMs = timestampMs;
    if (answers.ended(lane, cause, event)) {
      lane.ending = cause;
      addEndRow(lane);
      return true;
    }
    finish(lane, cause);
    return false;
  }

  private void addEndRow(Lane lane) {
    ServedModel served = lane.served;
    added(lane, served, Lane.Purpose.ANSWER, served.rows().addEnd(lane.state.values()));
  }

  private void complete(Lane lane) throws Exception {
    switch (lane.purpose) {
      case ANSWER -> {
        answers.answered(lane);
        finish(lane, lane.ending);
      }
      case REPLAY -> {
        if (takeover.completeReplay(lane)) {
          answers.replayed(lane);
        }
      }
      case STEP -> {
        if (lane.served.rows().finite(lane.row) && answers.finite(lane)) {
          completeStep(lane);
        } else {
          quarantine(lane);
        }
      }
    }
  }

  private void completeStep(Lane lane) throws Exception {
    StreamEvent event = lane.stepping;
    HiddenState state = lane.state;
    ServedModel served = lane.served;
    served.rows().readState(lane.row, state.values());
    state.advance(served.number(), event.timestampMs());
    takeover.remember(state, event, lane.tokenId);
    SequenceEnd cause = causeAfter(event, lane);
    if (answers.stepped(lane, cause)) {
      lane.ending = cause;
      lane.endMs = event.timestampMs();
    } else if (cause != null) {
      finish(lane, cause);
    }
  }

  private SequenceEnd causeAfter(StreamEvent event, Lane lane) {
    if (lane.tokenId >= 0 && lane.tokenId == lane.served.endToken()) {
      return SequenceEnd.END_TOKEN;
    }
    if (event.end()) {
      return SequenceEnd.END_FLAG;
    }
    return lane.state.steps() >= maximumLength ? SequenceEnd.MAXIMUM_LENGTH : null;
  }

  private void finish(Lane lane, SequenceEnd cause) {
    lane.ending = null;
    metrics.ended(cause);
    takeover.forgetSequence(lane);
  }

  private void quarantine(Lane lane) {
    reject(
        lane.stepping,
        RejectReason.NON_FINITE_STATE,
        "model '"
            + lane.served.config().modelId()
            + "' left the finite numbers at event "
            + (lane.state.steps() + 1)
            + " of the sequence, whose state was reset, at "
            + lane.stepping.origin()
            + "; look at the size of the features and of the weights");
    takeover.forgetSequence(lane);
  }

  private void reject(StreamEvent event, RejectReason reason, String detail) {
    outputs.deadLetter(event.withRejection(reason, detail));
  }
}
