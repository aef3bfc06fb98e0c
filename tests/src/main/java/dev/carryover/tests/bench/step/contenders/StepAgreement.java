package dev.carryover.tests.bench.step.contenders;

/**
 * The check before the clock: a contender gives the states of the scalar kernels over several
 * steps, and the scalar kernels those of ONNX Runtime. A process that takes another native library
 * so loads that one alone.
 */
final class StepAgreement {
  /** Largest difference of a float of the state, which lies between -1 and 1 for h. */
  static final float TOLERANCE = 1e-5f;

  private static final int STEPS = 3;

  private StepAgreement() {}

  /**
   * Steps a contender beside the scalar kernels, or these beside ONNX Runtime.
   *
   * @return the largest difference
   * @throws IllegalStateException if it is above {@link #TOLERANCE}; both values are named
   */
  static float require(StepWorkload workload, StepRuntime runtime) {
    StepRuntime other =
        runtime == StepRuntime.SCALAR_FOLDED ? StepRuntime.ONNX_RUNTIME : StepRuntime.SCALAR_FOLDED;
    return require(workload, runtime, other, TOLERANCE);
  }

  /**
   * Steps the vector kernels with weights in bf16 beside the scalar ones, which give the same bits,
   * and these beside ONNX Runtime, which is given the rounded weights.
   *
   * @throws IllegalStateException if they differ, or differ by more than {@link #TOLERANCE}
   */
  static void requireInBf16(StepWorkload workload) {
    StepWorkload rounded = workload.inBf16();
    require(rounded, StepRuntime.SIMD_BF16, StepRuntime.SCALAR_FOLDED, 0f);
    require(rounded, StepRuntime.SCALAR_FOLDED, StepRuntime.ONNX_RUNTIME, TOLERANCE);
  }

  private static float require(
      StepWorkload workload, StepRuntime runtime, StepRuntime other, float tolerance) {
    try (StepContender contender = runtime.open(workload);
        StepContender reference = other.open(workload)) {
      float largest = 0f;
      for (int step = 0; step < STEPS; step++) {
        contender.step();
        reference.step();
        for (int row = 0; row < workload.batch(); row++) {
          largest =
              Math.max(
                  largest,
                  compare(workload, runtime, other, contender, reference, step, row, tolerance));
        }
      }
      return largest;
    }
  }

  private static float compare(
      StepWorkload workload,
      StepRuntime runtime,
      StepRuntime other,
      StepContender contender,
      StepContender reference,
      int step,
      int row,
      float tolerance) {
    float[] state = new float[workload.stateFloats()];
    float[] expected = new float[workload.stateFloats()];
    contender.readState(row, state);
    reference.readState(row, expected);
    float largest = 0f;
    for (int i = 0; i < state.length; i++) {
      float difference = Math.abs(state[i] - expected[i]);
      if (!(difference <= tolerance)) {
        throw new IllegalStateException(
            "%s steps to %s where %s steps to %s: %s, H=%d, B=%d, step %d, row %d, float %d; nothing was timed"
                .formatted(
                    runtime,
                    state[i],
                    other,
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
