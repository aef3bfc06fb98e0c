package dev.carryover.job.revisions;

/**
 * What becomes of the hidden state of a running sequence when a higher revision is to serve it.
 *
 * @param kind keep the floats, begin anew, run inputs again, or stay on the old revision
 * @param inputs with {@link Kind#REPLAY}, how many of the last inputs
 */
public record Takeover(Kind kind, int inputs) {
  /** What is done. */
  public enum Kind {
    /** The floats go on under the new revision. */
    KEEP,
    /** The sequence goes on from the new revision's initial state. */
    RESET,
    /** The last inputs are run again from the new revision's initial state. */
    REPLAY,
    /** The sequence ends on the revision that it is on. */
    STAY
  }

  static final Takeover KEEP = new Takeover(Kind.KEEP, 0);
  static final Takeover RESET = new Takeover(Kind.RESET, 0);
  static final Takeover STAY = new Takeover(Kind.STAY, 0);
}
