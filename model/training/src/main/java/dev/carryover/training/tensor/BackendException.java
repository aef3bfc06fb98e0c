package dev.carryover.training.tensor;

/** The build's backend of ND4J cannot compute on this machine; the message says which one can. */
public final class BackendException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  BackendException(String message, Throwable cause) {
    super(message, cause);
  }
}
