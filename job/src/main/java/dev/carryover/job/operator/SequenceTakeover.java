package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.revisions.Takeover;
import dev.carryover.job.serving.OperatorMetrics;
import dev.carryover.job.serving.Revisions;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.job.state.HiddenState;

/**
 * Brings the running sequence of a lane to the revision that its next event is served by, as the
 * state policies say: lazily, when that event comes.
 *
 * <p>Belongs to the task thread.
 */
final class SequenceTakeover {
  private final Revisions revisions;
  private final OperatorMetrics metrics;
  private final int remembered;

  SequenceTakeover(Revisions revisions, OperatorMetrics metrics) {
    this.revisions = revisions;
    this.metrics = metrics;
    this.remembered = revisions.replayLength();
  }

  /**
   * Who serves an event of a lane: the revision of its time, or the one that its sequence is on
   * when that is to be kept to its end or is the higher one. Changes nothing.
   *
   * @param brings whether the event brings the sequence anything that another revision could read;
   *     a sequence that is to be decoded stays where it is for one that does not, as after a gap
   */
  ServedModel serving(Lane lane, StreamEvent event, boolean brings) throws Exception {
    ServedModel served = revisions.forEvent(event.timestampMs());
    long own = lane.sequenceRevision();
    if (own == 0 || own == served.number()) {
      return served;
    }
    if (own > served.number()
        || takeover(own, served).kind() == Takeover.Kind.STAY
        || served.transduces() && !brings) {
      ServedModel stays = revisions.forState(own);
      return stays == null ? served : stays;
    }
    return served;
  }

  private Takeover takeover(long own, ServedModel served) {
    return revisions.catalog().takeover(own, served.number());
  }

  /**
   * Applies the policy to the lane's sequence where another revision is to serve it now.
   *
   * @return whether remembered inputs are to be run again, the next of them now
   */
  boolean needsReplay(Lane lane, ServedModel served) {
    if (!lane.running()) {
      return false;
    }
    if (lane.state.revision() != served.number()) {
      apply(lane, served);
    } else if (lane.state.values().length != served.floats()) {
      metrics.stateOfAnotherLayout();
      reset(lane, served);
    }
    while (lane.replayFrom != Lane.END && lane.replayFrom < lane.state.remembered()) {
      if (!served.config().tokenInput()
          || served.tokenId(lane.state.rememberedToken(lane.replayFrom)) >= 0) {
        return true;
      }
      lane.replayFrom++;
    }
    lane.replayFrom = Lane.END;
    return false;
  }

  private void apply(Lane lane, ServedModel served) {
    HiddenState state = lane.state;
    long own = state.revision();
    Takeover takeover = own > served.number() ? null : takeover(own, served);
    if (takeover == null || takeover.kind() == Takeover.Kind.STAY) {
      // The revision that the sequence is on can no longer be had.
      metrics.stateOfMissingRevision();
      reset(lane, served);
      return;
    }
    switch (takeover.kind()) {
      case KEEP -> {
        if (state.values().length == served.floats()) {
          metrics.tookOver(takeover.kind());
          state.revision(served.number());
        } else {
          metrics.stateOfAnotherLayout();
          reset(lane, served);
        }
      }
      case REPLAY -> {
        metrics.tookOver(takeover.kind());
        reset(lane, served);
        lane.replayFrom = Math.max(0, state.remembered() - takeover.inputs());
      }
      default -> {
        metrics.tookOver(takeover.kind());
        reset(lane, served);
      }
    }
  }

  /** The sequence goes on, its state from the beginning. */
  private static void reset(Lane lane, ServedModel served) {
    lane.state.restart(served.newState());
    lane.state.revision(served.number());
    lane.source.restart();
  }

  /** Takes the state after an input that was run again; false when it is no state to go on from. */
  boolean completeReplay(Lane lane) {
    ServedModel served = lane.served;
    boolean finite = served.rows().finite(lane.row);
    if (finite) {
      served.rows().readState(lane.row, lane.state.values());
    } else {
      metrics.replayNotFinite();
      reset(lane, served);
      lane.replayFrom = Lane.END;
    }
    return finite;
  }

  /** Keeps the input of an event for replays to come. */
  void remember(HiddenState state, StreamEvent event, int tokenId) {
    if (tokenId >= 0) {
      state.rememberToken(tokenId, remembered);
    } else {
      state.rememberFeatures(event.features(), remembered);
    }
  }

  /** Who answers for a sequence that is over; null where nobody can any more. */
  ServedModel own(Lane lane) throws Exception {
    ServedModel own = revisions.forState(lane.state.revision());
    if (own == null) {
      ServedModel other = revisions.forEvent(lane.state.lastMs());
      if (!revisions.keeps(lane.state.revision(), other.number())) {
        metrics.stateOfMissingRevision();
        return null;
      }
      own = other;
    }
    if (lane.state.values().length != own.floats()) {
      metrics.stateOfAnotherLayout();
      return null;
    }
    return own;
  }

  /** What de-duplication needs outlives the sequence, until the key expires. */
  void forgetSequence(Lane lane) {
    lane.replayFrom = Lane.END;
    lane.source.restart();
    if (lane.state.numbered()) {
      lane.state.end();
    } else {
      lane.state = null;
    }
  }
}
