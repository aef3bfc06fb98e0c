package dev.carryover.tests.bench;

import dev.carryover.runtime.kernels.KernelChoice;
import java.util.function.Function;

/** What steps in {@link StepBenchmark}. */
public enum StepRuntime {
  /** Vector kernels, the input half looked up. */
  SIMD_FOLDED(workload -> CarryoverStep.folded(workload, KernelChoice.SIMD)),
  /** Vector kernels, both halves computed. */
  SIMD(workload -> CarryoverStep.unfolded(workload, KernelChoice.SIMD)),
  /** Plain Java, the input half looked up. */
  SCALAR_FOLDED(workload -> CarryoverStep.folded(workload, KernelChoice.SCALAR)),
  /** ONNX Runtime, both halves computed. */
  ONNX_RUNTIME(OnnxRuntimeStep::new),
  /** The products of both halves by the vector kernels, without the rest of the step. */
  PRODUCTS(ProductsAlone::new);

  private final Function<StepWorkload, StepContender> factory;

  StepRuntime(Function<StepWorkload, StepContender> factory) {
    this.factory = factory;
  }

  /**
   * Checks the answer.
   *
   * @throws IllegalStateException if it is wrong
   */
  void check(StepWorkload workload) {
    if (this == PRODUCTS) {
      ProductsAlone.requireEqualBits(workload);
    } else {
      StepAgreement.require(workload, this);
    }
  }

  StepContender open(StepWorkload workload) {
    return factory.apply(workload);
  }
}
