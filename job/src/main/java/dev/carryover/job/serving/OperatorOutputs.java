package dev.carryover.job.serving;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;

/** Where results go. */
public interface OperatorOutputs {
  /** One inference, in order per key. */
  void inference(Inference inference);

  /** An inference above the alert thresholds, besides {@link #inference}. */
  void alert(Inference inference);

  /** An event that carries the reason why it cannot be used. */
  void deadLetter(StreamEvent rejected);

  /** An event that came too late, with that reason. */
  void late(StreamEvent rejected);

  /** What became of a revision. */
  void modelStatus(ModelStatus status);
}
