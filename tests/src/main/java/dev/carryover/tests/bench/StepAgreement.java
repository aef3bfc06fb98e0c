package dev.carryover.tests.bench;

/** The check before the clock: two contenders give the same states over several steps. */
final class StepAgreement {
  /** Largest difference of a float of the state, which lies between -1 and 1 for h. */
  static final float TOLERANCE = 1e-5f;

  private static final int STEPS = 4;

  private StepAgreement() {}

  /**
   * Steps a contender beside ONNX Runtime, or ONNX Runtime beside the scalar kernels.
   *
   * @return the largest difference
   * @throws IllegalStateException if it is above {@link #TOLERANCE}; both values are named
   */
  static float require(StepWorkload workload, StepRuntime runtime) {
    StepRuntime other =
        runtime == StepRuntime.ONNX_RUNTIME ? StepRuntime.SCALAR_FOLDED : StepRuntime.ONNX_RUNTIME;
    try (StepContender contender = runtime.open(workload);
        StepContender reference = other.open(workload)) {
      float largest = 0f;
      for (int step = 0; step < STEPS; step++) {
        contender.step();
        reference.step();
        for (int row = 0; row < workload.batch(); row++) {
          largest = Math.max(largest, compare(workload, runtime, contender, reference, step, row));
        }
      }
      return largest;
    }
  }

  private static float compare(
      StepWorkload workload,
      StepRuntime runtime,
      StepContender contender,
      StepContender reference,
      int step,
      int row) {
    float[] state = new float[workload.stateFloats()];
    float[] expected = new float[workload.stateFloats()];
    contender.readState(row, state);
    reference.readState(row, expected);
    float largest = 0f;
    for (int i = 0; i < state.length; i++) {
      float difference = Math.abs(state[i] - expected[i]);
      if (!(difference <= TOLERANCE)) {
        throw new IllegalStateException(
            "%s steps to %s where the other runtime steps to %s: %s, H=%d, B=%d, step %d, row %d, float %d; nothing was timed"
                .formatted(
                    runtime,
                    state[i],
                    expected[i],
                    workload.cell().configName(),
                    workload.hiddenSize(),
                    workload.batch(),
                    step,
                    row,
                    i));
      }
      largest = Math.max(largest, difference);
    }
    return largest;
  }
}
