package dev.carryover.tests.bench.step.contenders;

import dev.carryover.model.spec.Cell;
import dev.carryover.runtime.cells.LayerWeights;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.Random;

/**
 * A layer and the rows to step it over, drawn from a seed: weights as {@code nn.GRU} and the like
 * initialize them, I = H, inputs that are rows of an embedding.
 *
 * @param embedding {@code [V, H]}
 * @param tokens input of each row, {@code [B]}
 * @param states state of each row before the first step, {@code [B][H]} or {@code [B][2H]}
 */
public record StepWorkload(
    Cell cell, LayerWeights weights, float[] embedding, int[] tokens, float[][] states) {
  /** V. */
  static final int VOCABULARY = 36;

  /** Draws a workload. */
  public static StepWorkload of(Cell cell, int hiddenSize, int batch, long seed) {
    Random random = new Random(seed);
    float bound = (float) (1 / Math.sqrt(hiddenSize));
    int gates = cell.gates() * hiddenSize;
    LayerWeights weights =
        new LayerWeights(
            hiddenSize,
            hiddenSize,
            uniform(random, gates * hiddenSize, bound),
            uniform(random, gates * hiddenSize, bound),
            uniform(random, gates, bound),
            uniform(random, gates, bound),
            WeightPrecision.FP32);
    float[] embedding = uniform(random, VOCABULARY * hiddenSize, 1.5f);
    int[] tokens = new int[batch];
    float[][] states = new float[batch][];
    for (int row = 0; row < batch; row++) {
      tokens[row] = random.nextInt(VOCABULARY);
      states[row] = uniform(random, cell.stateVectors() * hiddenSize, 0.9f);
    }
    return new StepWorkload(cell, weights, embedding, tokens, states);
  }

  /**
   * The same rows over a layer that packs its weights in bf16; the weights are rounded already, so
   * that whoever reads them reads what the layer steps on.
   */
  StepWorkload inBf16() {
    WeightPrecision bf16 = WeightPrecision.BF16;
    LayerWeights rounded =
        new LayerWeights(
            weights.inputSize(),
            weights.hiddenSize(),
            bf16.round(weights.inputWeights()),
            bf16.round(weights.recurrentWeights()),
            weights.inputBias(),
            weights.recurrentBias(),
            bf16);
    return new StepWorkload(cell, rounded, embedding, tokens, states);
  }

  /** {@code count} values between {@code -bound} and {@code bound}. */
  static float[] uniform(Random random, int count, float bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (2 * random.nextFloat() - 1) * bound;
    }
    return values;
  }

  /** B. */
  public int batch() {
    return tokens.length;
  }

  /** H, and I. */
  public int hiddenSize() {
    return weights.hiddenSize();
  }

  /** Floats of a row's state. */
  int stateFloats() {
    return cell.stateVectors() * hiddenSize();
  }

  /** Copies the input of a row, {@code [H]}, to {@code to} at {@code at}. */
  void copyInput(int row, float[] to, int at) {
    System.arraycopy(embedding, tokens[row] * hiddenSize(), to, at, hiddenSize());
  }
}
