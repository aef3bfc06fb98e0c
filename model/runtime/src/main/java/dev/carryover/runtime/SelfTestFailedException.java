package dev.carryover.runtime;

/** A model file's recorded outputs are not what its weights give: the model must not serve. */
public final class SelfTestFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SelfTestFailedException(String message) {
    super(message);
  }
}
