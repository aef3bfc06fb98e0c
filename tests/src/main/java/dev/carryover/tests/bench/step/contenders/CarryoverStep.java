package dev.carryover.tests.bench.step.contenders;

import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.GruLayer;
import dev.carryover.runtime.cells.LayerScratch;
import dev.carryover.runtime.cells.LstmLayer;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.cells.RnnLayer;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;

/**
 * Steps with the layers that a loaded model has. States of the rows are copied in and out of {@code
 * float[]}s at every step, as a session does for the job.
 */
final class CarryoverStep implements StepContender {
  private final RecurrentLayer layer;
  private final FoldedEmbedding embedding;
  private final LayerScratch scratch;
  private final Rows input;
  private final int[] tokens;
  private final float[][] states;

  private CarryoverStep(StepWorkload workload, KernelChoice choice, boolean folded) {
    Kernels kernels = KernelProvider.select(choice).kernels();
    int batch = workload.batch();
    layer =
        switch (workload.cell()) {
          case RNN_TANH -> RnnLayer.tanh(kernels, workload.weights());
          case RNN_RELU -> RnnLayer.relu(kernels, workload.weights());
          case LSTM -> LstmLayer.of(kernels, workload.weights());
          case GRU -> GruLayer.of(kernels, workload.weights());
        };
    embedding =
        folded
            ? FoldedEmbedding.of(
                layer, workload.embedding(), StepWorkload.VOCABULARY, Long.MAX_VALUE)
            : null;
    scratch = layer.newScratch(batch);
    input = new Rows(batch, workload.hiddenSize());
    tokens = workload.tokens();
    states = new float[batch][];
    for (int row = 0; row < batch; row++) {
      workload.copyInput(row, input.values(), input.offset(row));
      states[row] = workload.states()[row].clone();
    }
  }

  /** Looks the input half of the step up, as the job does for tokens. */
  static CarryoverStep folded(StepWorkload workload, KernelChoice kernels) {
    return new CarryoverStep(workload, kernels, true);
  }

  /** Computes both halves, as for features and for layers above the first. */
  static CarryoverStep unfolded(StepWorkload workload, KernelChoice kernels) {
    return new CarryoverStep(workload, kernels, false);
  }

  @Override
  public void step() {
    int rows = states.length;
    for (int row = 0; row < rows; row++) {
      scratch.load(row, states[row], 0);
    }
    if (embedding != null) {
      embedding.step(tokens, 0, input, scratch, rows);
    } else {
      layer.step(input, scratch, rows);
    }
    for (int row = 0; row < rows; row++) {
      scratch.store(row, states[row], 0);
    }
  }

  @Override
  public void readState(int row, float[] state) {
    System.arraycopy(states[row], 0, state, 0, state.length);
  }
}
