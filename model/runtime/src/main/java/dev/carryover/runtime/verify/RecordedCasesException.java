package dev.carryover.runtime.verify;

/** A recording that cannot be read, or that does not fit the model it is replayed on. */
public final class RecordedCasesException extends Exception {

  private static final long serialVersionUID = 1L;

  RecordedCasesException(String message) {
    super(message);
  }

  RecordedCasesException(String message, Throwable cause) {
    super(message, cause);
  }
}
