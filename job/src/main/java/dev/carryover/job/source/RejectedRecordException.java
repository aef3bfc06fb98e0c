package dev.carryover.job.source;

import dev.carryover.job.events.RejectReason;

/** A record cannot become an event. Has no stack trace: bad input is no news to the program. */
final class RejectedRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectReason reason;

  /**
   * Rejects a record.
   *
   * @param what what is wrong, with the value that is there and the one that is needed
   * @param where the field or byte
   * @param remedy what to do
   */
  RejectedRecordException(RejectReason reason, String what, String where, String remedy) {
    this(reason, what + "; " + where + "; " + remedy);
  }

  /** Rejects a record with a detail that has the three parts already. */
  RejectedRecordException(RejectReason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  RejectReason reason() {
    return reason;
  }
}
