package dev.carryover.runtime.kernels;

import java.util.Arrays;

/**
 * A weight matrix {@code [N, K]} in PyTorch's row-major layout (N outputs, K inputs), packed once
 * at load into column panels: {@value #PANEL} neighbouring outputs stand side by side for every k,
 * so a kernel reads the weights strictly forward. A last group of up to {@value #HALF_PANEL}
 * outputs makes a half panel; what is missing is padded with zero weights.
 *
 * <p>Immutable after packing and shared by all threads. Packing copies; the argument is not kept.
 */
public final class PackedMatrix {
  /** Outputs of a full panel: four 512-bit vectors. */
  public static final int PANEL = 64;

  /** Outputs of the half panel that may stand last. */
  public static final int HALF_PANEL = 32;

  private final float[] values;
  private final int inputs;
  private final int outputs;
  private final int paddedOutputs;

  private PackedMatrix(float[] values, int inputs, int outputs, int paddedOutputs) {
    this.values = values;
    this.inputs = inputs;
    this.outputs = outputs;
    this.paddedOutputs = paddedOutputs;
  }

  /** The least multiple of {@value #HALF_PANEL} that is not below {@code columns}. */
  public static int padded(int columns) {
    return Math.addExact(columns, HALF_PANEL - 1) / HALF_PANEL * HALF_PANEL;
  }

  /**
   * Packs {@code weights [N, K]}.
   *
   * @throws IllegalArgumentException if the array is not {@code outputs * inputs} long
   */
  public static PackedMatrix pack(float[] weights, int outputs, int inputs) {
    if (outputs <= 0 || inputs <= 0 || weights.length != (long) outputs * inputs) {
      throw new IllegalArgumentException(
          "cannot pack "
              + weights.length
              + " floats as a matrix ["
              + outputs
              + ", "
              + inputs
              + "]: that takes "
              + (long) outputs * inputs);
    }
    int padded = padded(outputs);
    long floats = (long) padded * inputs;
    if (floats > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a matrix [" + outputs + ", " + inputs + "] exceeds the largest array of the JVM");
    }
    float[] values = new float[(int) floats];
    for (int column = 0; column < outputs; column++) {
      int panelStart = column / PANEL * PANEL;
      int width = Math.min(PANEL, padded - panelStart);
      int base = panelStart * inputs + (column - panelStart);
      for (int k = 0; k < inputs; k++) {
        values[base + k * width] = weights[column * inputs + k];
      }
    }
    return new PackedMatrix(values, inputs, outputs, padded);
  }

  /** The panels one after another; the panel of output j begins at {@code (j - j % 64) * K}. */
  public float[] values() {
    return values;
  }

  /** K: length of an input row. */
  public int inputs() {
    return inputs;
  }

  /** N: outputs that carry weights. */
  public int outputs() {
    return outputs;
  }

  /** N rounded up to a multiple of {@value #HALF_PANEL}: columns that a product writes. */
  public int paddedOutputs() {
    return paddedOutputs;
  }

  /** A bias of N floats, padded like the outputs with {@code fill}. */
  public float[] padBias(float[] bias, float fill) {
    if (bias.length != outputs) {
      throw new IllegalArgumentException(
          "a bias of " + bias.length + " floats does not fit " + outputs + " outputs");
    }
    float[] result = Arrays.copyOf(bias, paddedOutputs);
    Arrays.fill(result, outputs, paddedOutputs, fill);
    return result;
  }
}
