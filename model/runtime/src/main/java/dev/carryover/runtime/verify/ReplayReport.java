package dev.carryover.runtime.verify;

import java.util.Comparator;
import java.util.List;

/**
 * What a replay found.
 *
 * @param kernels which kernels ran
 * @param steps how many steps were replayed
 * @param errors one for each vector that was recorded: state by layer, logits, log-softmax,
 *     surprisal
 */
public record ReplayReport(String kernels, int steps, List<VectorError> errors) {

  /** Copies the list. */
  public ReplayReport {
    errors = List.copyOf(errors);
    if (errors.isEmpty()) {
      throw new IllegalArgumentException("A report of " + steps + " steps compares no vector");
    }
  }

  /** The vector with the largest relative error. */
  public VectorError worst() {
    return errors.stream().max(Comparator.comparingDouble(VectorError::relative)).orElseThrow();
  }

  /** True if no relative error is above the tolerance. */
  public boolean within(double tolerance) {
    return worst().relative() <= tolerance;
  }
}
