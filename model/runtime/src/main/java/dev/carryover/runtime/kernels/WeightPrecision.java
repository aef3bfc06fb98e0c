package dev.carryover.runtime.kernels;

import java.util.Locale;

/**
 * What the weights of products are kept in. Biases, states, sums and folded embeddings are floats
 * of 32 bits either way.
 */
public enum WeightPrecision {
  /** The weights as the model file has them. */
  FP32 {
    @Override
    public float round(float weight) {
      return weight;
    }
  },

  /**
   * The upper half of a float: its sign, its exponent and 7 bits of its fraction (Intel, BFLOAT16
   * Hardware Numerics Definition, 2018). Half the bytes, another arithmetic: a weight changes by up
   * to 1/256 of itself.
   */
  BF16 {
    @Override
    public float round(float weight) {
      if (Float.isNaN(weight)) {
        return Float.NaN;
      }
      int bits = Float.floatToRawIntBits(weight);
      int rounded = (bits + HALF_A_STEP + (bits >>> 16 & 1)) & UPPER_HALF;
      float result = Float.intBitsToFloat(rounded);
      return Float.isInfinite(result) && !Float.isInfinite(weight)
          ? Math.copySign(LARGEST_BF16, weight)
          : result;
    }
  };

  /** The bits of a float that are a bf16. */
  public static final int UPPER_HALF = 0xffff0000;

  private static final int HALF_A_STEP = 0x7fff;
  private static final float LARGEST_BF16 = 0x1.fep127f;

  /**
   * The value that stands for a weight: the nearest there is, of two that are equally near the one
   * whose last bit is zero. A finite weight stays finite: beyond the largest value it is that one.
   */
  public abstract float round(float weight);

  /** The values that stand for weights, in a new array. */
  public float[] round(float[] weights) {
    float[] rounded = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      rounded[i] = round(weights[i]);
    }
    return rounded;
  }

  /**
   * Reads {@code fp32} or {@code bf16}.
   *
   * @throws IllegalArgumentException naming the value and what is allowed
   */
  public static WeightPrecision parse(String value) {
    for (WeightPrecision precision : values()) {
      if (precision.toString().equals(value)) {
        return precision;
      }
    }
    throw new IllegalArgumentException("weights '" + value + "' are not known: use fp32 or bf16");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
