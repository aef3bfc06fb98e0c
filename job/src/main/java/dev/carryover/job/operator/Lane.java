package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.state.HiddenState;
import dev.carryover.schemas.SequenceEnd;

/**
 * One key's share of a micro-batch: its pending entries in order, its state while the batch runs,
 * and what its row of the present round is for. Fields are the operator's to read and write.
 */
final class Lane {
  /** No entry. */
  static final int END = -1;

  String key;
  int head = END;
  int tail = END;

  /** The key's state; null for a key that was never seen or was forgotten. */
  HiddenState state;

  /** Whether keyed state held something when the batch began. */
  boolean stored;

  /** Event time of the key's timer that has not fired, or {@link HiddenState#NO_TIMER}. */
  long timerMs;

  /** The event that the row steps, or null when the row answers at the end of a sequence. */
  StreamEvent stepping;

  /** Token of the stepped row, below zero for features. */
  int tokenId;

  /** Why the sequence ends with this row; null while it goes on. */
  SequenceEnd ending;

  /** Time that an answer at the end carries. */
  long endMs;

  void open(String newKey) {
    key = newKey;
    head = END;
    tail = END;
  }

  /** Takes what keyed state holds, or null. */
  void load(HiddenState value) {
    state = value;
    stored = value != null;
    timerMs = stored ? value.timerMs() : HiddenState.NO_TIMER;
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
    stepping = null;
    ending = null;
  }
}
