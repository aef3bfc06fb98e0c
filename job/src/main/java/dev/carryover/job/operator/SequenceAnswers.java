package dev.carryover.job.operator;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.SequenceEnd;

/**
 * What comes out of sequences, and when: after its rows, as of models with a head, or some time
 * after its end, as of those that decode. {@link SequenceStepper} says what happens to a sequence;
 * all of its state is the lane's.
 *
 * <p>Belongs to the task thread.
 */
interface SequenceAnswers {
  /** Whether what the model says of a lane's row is a number; its state is. */
  boolean finite(Lane lane);

  /**
   * The lane's event was stepped, and its state advanced.
   *
   * @param end why the sequence ends with it; null while it goes on
   * @return whether a row is to answer at the end
   */
  boolean stepped(Lane lane, SequenceEnd end) throws Exception;

  /**
   * The lane's sequence ends without another input, at {@link Lane#endMs}.
   *
   * @param event that ends it; null where none does
   * @return whether a row is to answer
   */
  boolean ended(Lane lane, SequenceEnd end, StreamEvent event) throws Exception;

  /** The lane's sequence ends without an event, and there is nobody any more who could answer. */
  default void lost(Lane lane, SequenceEnd end) throws Exception {}

  /** The row that answers at the end was run. */
  void answered(Lane lane);

  /** An input of the lane's sequence was run again, and its state advanced. */
  default void replayed(Lane lane) {}

  /** How many events a sequence has at most, beyond what the job sets for all tasks. */
  default long maximumLength() {
    return Long.MAX_VALUE;
  }

  /** Whether a sequence of the maximum length takes no more events in until it ends. */
  default boolean refusesBeyond() {
    return false;
  }

  /** Whether sequences have anything besides their hidden state that {@link #store} puts away. */
  default boolean keeps() {
    return false;
  }

  /** Puts what a lane's sequence has besides its hidden state into the state of the current key. */
  default void store(Lane lane) throws Exception {}

  /** Whether there is work left that no event will bring about. */
  default boolean pending() {
    return false;
  }

  /** Does some of that work. */
  default void work() throws Exception {}

  /** Does so much of that work that an event can be taken in. */
  default void makeRoom() throws Exception {}

  /** Does all of that work. */
  default void finish() throws Exception {}

  /** Puts that work into the checkpoint. */
  default void snapshot() throws Exception {}

  /** How many sequences of a revision have ended that are not answered yet. */
  default long pendingOn(long revision) {
    return 0;
  }

  /** How many of a revision or of a lower one. */
  default long pendingUpTo(long revision) {
    return 0;
  }
}
