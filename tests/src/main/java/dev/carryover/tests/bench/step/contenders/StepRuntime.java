package dev.carryover.tests.bench.step.contenders;

import dev.carryover.runtime.kernels.KernelChoice;
import java.util.function.Function;

/** What steps. Some bring native libraries of the same kind, so a process takes one of them. */
public enum StepRuntime {
  /** Vector kernels, the input half looked up. */
  SIMD_FOLDED("SIMD, folded", workload -> CarryoverStep.folded(workload, KernelChoice.SIMD)),
  /** The same with its weights in bf16. */
  SIMD_BF16(
      "SIMD, folded, bf16", workload -> CarryoverStep.folded(workload.inBf16(), KernelChoice.SIMD)),
  /** Vector kernels, both halves computed. */
  SIMD("SIMD", workload -> CarryoverStep.unfolded(workload, KernelChoice.SIMD)),
  /** Plain Java, the input half looked up. */
  SCALAR_FOLDED("scalar, folded", workload -> CarryoverStep.folded(workload, KernelChoice.SCALAR)),
  /** ONNX Runtime, both halves computed. */
  ONNX_RUNTIME("ONNX Runtime", OnnxRuntimeStep::new),
  /** libtorch through DJL, both halves computed. */
  LIBTORCH("libtorch", LibtorchStep::new),
  /** ND4J, both halves computed. */
  ND4J("ND4J", Nd4jStep::new),
  /** The products of both halves by the vector kernels, without the rest of the step. */
  PRODUCTS("products of both halves alone", ProductsAlone::unfolded),
  /** The product of the recurrent half by the vector kernels, without the rest of the step. */
  RECURRENT_PRODUCT("product of the recurrent half alone", ProductsAlone::folded);

  private final String title;
  private final Function<StepWorkload, StepContender> factory;

  StepRuntime(String title, Function<StepWorkload, StepContender> factory) {
    this.title = title;
    this.factory = factory;
  }

  /** As a table says it. */
  public String title() {
    return title;
  }

  /** How many of the two weight matrices of a step are read: one if the input is looked up. */
  public int halves() {
    return switch (this) {
      case SIMD_FOLDED, SIMD_BF16, SCALAR_FOLDED, RECURRENT_PRODUCT -> 1;
      case SIMD, ONNX_RUNTIME, LIBTORCH, ND4J, PRODUCTS -> 2;
    };
  }

  /** Whether it is products alone, no step; their ceilings are measured in turns with them. */
  public boolean isProductsAlone() {
    return this == PRODUCTS || this == RECURRENT_PRODUCT;
  }

  /**
   * Checks the answer.
   *
   * @throws IllegalStateException if it is wrong; both values are named
   */
  public void check(StepWorkload workload) {
    if (isProductsAlone()) {
      ProductsAlone.requireEqualBits(workload, this == RECURRENT_PRODUCT);
    } else if (this == SIMD_BF16) {
      StepAgreement.requireInBf16(workload);
    } else {
      StepAgreement.require(workload, this);
    }
  }

  /** Makes the contender of a workload; it belongs to the calling thread. */
  public StepContender open(StepWorkload workload) {
    return factory.apply(workload);
  }
}
