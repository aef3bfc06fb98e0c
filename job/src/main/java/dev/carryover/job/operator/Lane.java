package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.job.state.HiddenState;
import dev.carryover.job.state.StateCache;
import dev.carryover.job.transduction.SourceDraft;
import dev.carryover.schemas.SequenceEnd;

/**
 * One key's share of a micro-batch: its pending entries in order, its state while the batch runs,
 * and what its row of the present round is for. Fields are the operator's to read and write.
 */
final class Lane {
  /** No entry. */
  static final int END = -1;

  /** What a row is run for. */
  enum Purpose {
    /** Steps an event. */
    STEP,
    /** Answers at the end of a sequence. */
    ANSWER,
    /** Runs a remembered input again. */
    REPLAY
  }

  String key;
  int head = END;
  int tail = END;

  /** The key's state; null for a key that was never seen or was forgotten. */
  HiddenState state;

  /** What keyed state held when the batch began, or null, and of which revision. */
  HiddenState stored;

  long storedRevision;

  /** Where the cache of states has the key, or {@link StateCache#ABSENT}. */
  int place = StateCache.ABSENT;

  /** Event time of the key's timer that has not fired, or {@link HiddenState#NO_TIMER}. */
  long timerMs;

  /** Who runs the row, which row it is, and what for. */
  ServedModel served;

  int row;
  Purpose purpose;

  /** The event that the row steps; null when it steps none. */
  StreamEvent stepping;

  /** Token of the stepped row, below zero for features. */
  int tokenId;

  /** Remembered inputs from this index on are to be run again; {@link #END} when none are. */
  int replayFrom = END;

  /** What the batch adds to what is kept of the sequence besides its state. */
  final SourceDraft source = new SourceDraft();

  /** Why the sequence ends with this row; null while it goes on. */
  SequenceEnd ending;

  /** Time that an answer at the end carries. */
  long endMs;

  void open(String newKey) {
    key = newKey;
    head = END;
    tail = END;
  }

  /** Takes what {@link #stored} holds. */
  void load() {
    state = stored;
    storedRevision = sequenceRevision();
    timerMs = stored == null ? HiddenState.NO_TIMER : stored.timerMs();
    source.open(running());
  }

  /** Whether a sequence is running. */
  boolean running() {
    return state != null && state.running();
  }

  /** Revision that stepped the running sequence last; 0 where none is running. */
  long sequenceRevision() {
    return running() ? state.revision() : 0;
  }

  /** Notes that a timer is spent. */
  void timerFired(long timeMs) {
    if (timerMs == timeMs) {
      timerMs = HiddenState.NO_TIMER;
    }
  }

  void close() {
    key = null;
    state = null;
    stored = null;
    served = null;
    stepping = null;
    ending = null;
    replayFrom = END;
  }
}
