package dev.carryover.runtime.verify;

import java.util.List;

/**
 * One step of a recording: what was fed, and what the other implementation said after it. The
 * arrays are not copied.
 *
 * @param token the id that was fed; -1 when features were
 * @param features {@code [F]}, or {@code null} when a token was fed
 * @param logits {@code [O]}, the head's output on the state after this step; {@code null} when not
 *     recorded
 * @param logSoftmax {@code [O]}; {@code null} when not recorded
 * @param state the state after this step, by layer; empty when not recorded
 */
public record RecordedStep(
    int token, float[] features, float[] logits, float[] logSoftmax, List<Layer> state) {

  /**
   * The recorded state of one layer.
   *
   * @param h {@code [H]}
   * @param c {@code [H]}; {@code null} for cells without one
   */
  public record Layer(float[] h, float[] c) {}

  /** Copies the list of layers. */
  public RecordedStep {
    state = List.copyOf(state);
  }
}
