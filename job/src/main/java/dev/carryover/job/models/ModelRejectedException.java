package dev.carryover.job.models;

/** A revision that may not serve; the message is {@code ModelStatus.detail}. */
public final class ModelRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectionCode code;

  /** A refusal that says what is wrong with both values, where, and what to do. */
  public ModelRejectedException(RejectionCode code, String detail) {
    super(detail);
    this.code = code;
  }

  /** A refusal that another error led to. */
  public ModelRejectedException(RejectionCode code, String detail, Throwable cause) {
    super(detail, cause);
    this.code = code;
  }

  /** Why, for programs. */
  public RejectionCode code() {
    return code;
  }
}
