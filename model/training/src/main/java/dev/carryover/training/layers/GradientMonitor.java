package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;

/** Sees the gradient of the hidden state at every step of a backward pass: for reports. */
@FunctionalInterface
public interface GradientMonitor {
  /**
   * The gradient of the loss by the state after a step.
   *
   * @param step counted from 0
   * @param gradient {@code [B, H]}; good during the call only
   */
  void stateGradient(int step, Matrix gradient);
}
