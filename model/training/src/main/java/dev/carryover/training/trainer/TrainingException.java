package dev.carryover.training.trainer;

/** Training cannot go on: the loss is no number, or a checkpoint belongs to another run. */
public final class TrainingException extends Exception {
  private static final long serialVersionUID = 1L;

  TrainingException(String message) {
    super(message);
  }

  TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
