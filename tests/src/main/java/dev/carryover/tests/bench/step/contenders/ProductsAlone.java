package dev.carryover.tests.bench.step.contenders;

import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.ScalarKernels;
import java.util.Arrays;

/**
 * The two matrix products of a step and nothing else: no biases, gates or copies of states. What
 * the arithmetic of a step cannot go below.
 */
final class ProductsAlone implements StepContender {
  private final Kernels kernels;
  private final PackedMatrix inputWeights;
  private final PackedMatrix recurrentWeights;
  private final Rows inputs;
  private final Rows states;
  private final Rows sums;
  private final int batch;

  ProductsAlone(StepWorkload workload) {
    this(workload, KernelProvider.select(KernelChoice.SIMD).kernels());
  }

  private ProductsAlone(StepWorkload workload, Kernels kernels) {
    this.kernels = kernels;
    int hiddenSize = workload.hiddenSize();
    int outputs = workload.cell().gates() * hiddenSize;
    batch = workload.batch();
    inputWeights = PackedMatrix.pack(workload.weights().inputWeights(), outputs, hiddenSize);
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

  /**
   * Compares the sums of one step with those of the scalar kernels.
   *
   * @throws IllegalStateException if a bit differs
   */
  static void requireEqualBits(StepWorkload workload) {
    ProductsAlone products = new ProductsAlone(workload);
    ProductsAlone specification = new ProductsAlone(workload, new ScalarKernels());
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
    kernels.multiplyAdd(inputWeights, inputs, sums, 0, batch);
    kernels.multiplyAdd(recurrentWeights, states, sums, 0, batch);
    sums.turn();
  }

  @Override
  public void readState(int row, float[] state) {
    throw new UnsupportedOperationException("products alone make no state");
  }
}
