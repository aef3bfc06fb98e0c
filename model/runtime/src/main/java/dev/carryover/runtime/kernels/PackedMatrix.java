package dev.carryover.runtime.kernels;

import java.util.Arrays;

/**
 * A weight matrix {@code [N, K]} in PyTorch's row-major layout (N outputs, K inputs), packed once
 * at load into column panels: {@value #PANEL} neighbouring outputs stand side by side for every k,
 * so a kernel reads the weights strictly forward. A last group of up to {@value #HALF_PANEL}
 * outputs makes a half panel; what is missing is padded with zero weights.
 *
 * <p>In {@link WeightPrecision#BF16} a word of 32 bits holds two weights. Of a panel of W outputs
 * and some k, word i (0 to W/2 - 1) has the weight of output i in its lower half and that of output
 * W/2 + i in its upper half. Shifted left by 16 the word is the first as a float, and with its
 * lower half cleared it is the second.
 *
 * <p>Immutable after packing and shared by all threads. Packing copies; the argument is not kept.
 */
public final class PackedMatrix {
  /** Outputs of a full panel: four 512-bit vectors. */
  public static final int PANEL = 64;

  /** Outputs of the half panel that may stand last. */
  public static final int HALF_PANEL = 32;

  private final float[] values;
  private final int[] words;
  private final int inputs;
  private final int outputs;
  private final int paddedOutputs;

  private PackedMatrix(float[] values, int[] words, int inputs, int outputs, int paddedOutputs) {
    this.values = values;
    this.words = words;
    this.inputs = inputs;
    this.outputs = outputs;
    this.paddedOutputs = paddedOutputs;
  }

  /** The least multiple of {@value #HALF_PANEL} that is not below {@code columns}. */
  public static int padded(int columns) {
    return Math.addExact(columns, HALF_PANEL - 1) / HALF_PANEL * HALF_PANEL;
  }

  /** Packs {@code weights [N, K]} as they are. */
  public static PackedMatrix pack(float[] weights, int outputs, int inputs) {
    return pack(weights, outputs, inputs, WeightPrecision.FP32);
  }

  /**
   * Packs {@code weights [N, K]}, rounded to {@code precision}.
   *
   * @throws IllegalArgumentException if the array is not {@code outputs * inputs} long
   */
  public static PackedMatrix pack(
      float[] weights, int outputs, int inputs, WeightPrecision precision) {
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
    return precision == WeightPrecision.BF16
        ? new PackedMatrix(null, words(weights, outputs, inputs), inputs, outputs, padded)
        : new PackedMatrix(values(weights, outputs, inputs), null, inputs, outputs, padded);
  }

  private static float[] values(float[] weights, int outputs, int inputs) {
    int padded = padded(outputs);
    float[] values = new float[padded * inputs];
    for (int column = 0; column < outputs; column++) {
      int panelStart = column / PANEL * PANEL;
      int width = Math.min(PANEL, padded - panelStart);
      int base = panelStart * inputs + (column - panelStart);
      for (int k = 0; k < inputs; k++) {
        values[base + k * width] = weights[column * inputs + k];
      }
    }
    return values;
  }

  private static int[] words(float[] weights, int outputs, int inputs) {
    int padded = padded(outputs);
    int[] words = new int[padded / 2 * inputs];
    for (int column = 0; column < outputs; column++) {
      int panelStart = column / PANEL * PANEL;
      int half = Math.min(PANEL, padded - panelStart) / 2;
      boolean upper = column - panelStart >= half;
      int base = panelStart / 2 * inputs + (column - panelStart) % half;
      for (int k = 0; k < inputs; k++) {
        float weight = WeightPrecision.BF16.round(weights[column * inputs + k]);
        int bits = Float.floatToRawIntBits(weight);
        words[base + k * half] |= upper ? bits : bits >>> 16;
      }
    }
    return words;
  }

  /**
   * The panels one after another; the panel of output j begins at {@code (j - j % 64) * K}. Null in
   * {@link WeightPrecision#BF16}.
   */
  public float[] values() {
    return values;
  }

  /**
   * The panels in {@link WeightPrecision#BF16}, else null; the panel of output j begins at {@code
   * (j - j % 64) / 2 * K}.
   */
  public int[] words() {
    return words;
  }

  /** What the weights are kept in. */
  public WeightPrecision precision() {
    return words == null ? WeightPrecision.FP32 : WeightPrecision.BF16;
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
