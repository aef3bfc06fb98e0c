package dev.carryover.tests.bench.step.contenders;

import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.ScalarKernels;
import java.util.Arrays;

/**
 * The matrix products of a step and nothing else: no biases, gates or copies of states. What the
 * arithmetic of a step cannot go below.
 */
final class ProductsAlone implements StepContender {
  private final Kernels kernels;

  /** Null if the input half is looked up. */
  private final PackedMatrix inputWeights;

  private final PackedMatrix recurrentWeights;
  private final Rows inputs;
  private final Rows states;
  private final Rows sums;
  private final int batch;

  private ProductsAlone(StepWorkload workload, Kernels kernels, boolean folded) {
    this.kernels = kernels;
    int hiddenSize = workload.hiddenSize();
    int outputs = workload.cell().gates() * hiddenSize;
    batch = workload.batch();
    inputWeights =
        folded ? null : PackedMatrix.pack(workload.weights().inputWeights(), outputs, hiddenSize);
    recurrentWeights =
        PackedMatrix.pack(workload.weights().recurrentWeights(), outputs, hiddenSize);
    inputs = new Rows(batch, hiddenSize);
    states = new Rows(batch, hiddenSize);
    sums = new Rows(batch, outputs);
    for (int row = 0; row < batch; row++) {
      workload.copyInput(row, inputs.values(), inputs.offset(row));
      System.arraycopy(workload.states()[row], 0, states.values(), states.offset(row), hiddenSize);
    }
  }

  /** The product of the recurrent half, which is all that a step has whose input is looked up. */
  static ProductsAlone folded(StepWorkload workload) {
    return new ProductsAlone(workload, simd(), true);
  }

  /** The products of both halves. */
  static ProductsAlone unfolded(StepWorkload workload) {
    return new ProductsAlone(workload, simd(), false);
  }

  private static Kernels simd() {
    return KernelProvider.select(KernelChoice.SIMD).kernels();
  }

  /**
   * Compares the sums of one step with those of the scalar kernels.
   *
   * @throws IllegalStateException if a bit differs
   */
  static void requireEqualBits(StepWorkload workload, boolean folded) {
    ProductsAlone products = new ProductsAlone(workload, simd(), folded);
    ProductsAlone specification = new ProductsAlone(workload, new ScalarKernels(), folded);
    products.step();
    specification.step();
    int differs = Arrays.mismatch(products.sums.values(), specification.sums.values());
    if (differs >= 0) {
      throw new IllegalStateException(
          "the products give %s where the scalar kernels give %s: %s, H=%d, B=%d, float %d; nothing was timed"
              .formatted(
                  products.sums.values()[differs],
                  specification.sums.values()[differs],
                  workload.cell().configName(),
                  workload.hiddenSize(),
                  workload.batch(),
                  differs));
    }
  }

  @Override
  public void step() {
    if (inputWeights == null) {
      kernels.multiplyAdd(recurrentWeights, states, sums, 0, batch);
    } else {
      kernels.multiplyAddBoth(inputWeights, inputs, 0, recurrentWeights, states, 0, sums, batch);
    }
    sums.turn();
  }

  @Override
  public void readState(int row, float[] state) {
    throw new UnsupportedOperationException("products alone make no state");
  }
}
