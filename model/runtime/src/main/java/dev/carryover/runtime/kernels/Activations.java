package dev.carryover.runtime.kernels;

/**
 * tanh, sigmoid and exp as polynomials of fused multiply-adds, one value at a time: the
 * specification of what the vector kernels compute lane by lane, bit for bit. And the logarithm,
 * with the same bits on every machine, which {@link Math#log} does not promise.
 *
 * <p>{@code tanh} is the rational minimax approximation of odd degree 13 over even degree 6 that
 * Eigen uses for floats, clamped where it reaches one (absolute error below 3e-7). {@code exp}
 * reduces by powers of two (Cody and Waite 1980) and evaluates the degree-6 polynomial of the
 * Cephes library (relative error below 2e-7).
 */
public final class Activations {
  public static final float TANH_CLAMP = 7.90531110763549805f;
  public static final float TANH_P1 = 4.89352455891786e-03f;
  public static final float TANH_P3 = 6.37261928875436e-04f;
  public static final float TANH_P5 = 1.48572235717979e-05f;
  public static final float TANH_P7 = 5.12229709037114e-08f;
  public static final float TANH_P9 = -8.60467152213735e-11f;
  public static final float TANH_P11 = 2.00018790482477e-13f;
  public static final float TANH_P13 = -2.76076847742355e-16f;
  public static final float TANH_Q0 = 4.89352518554385e-03f;
  public static final float TANH_Q2 = 2.26843463243900e-03f;
  public static final float TANH_Q4 = 1.18534705686654e-04f;
  public static final float TANH_Q6 = 1.19825839466702e-06f;

  /** Below this exp gives zero; nothing above zero is ever asked for by a softmax. */
  public static final float EXP_LOWEST = -87.0f;

  public static final float EXP_HIGHEST = 88.0f;
  public static final float LOG2_E = 1.44269504088896341f;
  public static final float LN2_HIGH = 0.693359375f;
  public static final float LN2_LOW = -2.12194440e-4f;

  /** 1.5 * 2^23: adding it leaves the nearest integer in the low bits of the mantissa. */
  public static final float ROUNDER = 12582912f;

  public static final float EXP_P0 = 1.9875691500e-4f;
  public static final float EXP_P1 = 1.3981999507e-3f;
  public static final float EXP_P2 = 8.3334519073e-3f;
  public static final float EXP_P3 = 4.1665795894e-2f;
  public static final float EXP_P4 = 1.6666665459e-1f;
  public static final float EXP_P5 = 5.0000001201e-1f;

  /** Of the square root of a half, where {@link #log} begins an octave. */
  private static final int LOWEST_MANTISSA = 0x3f3504f3;

  private static final int EXPONENT_SHIFT = 23;
  private static final double LN2 = 0.6931471805599453;

  private Activations() {}

  /** Hyperbolic tangent; NaN gives NaN, and so does an infinity: it is a sum that overflowed. */
  public static float tanh(float value) {
    float x = value > TANH_CLAMP ? TANH_CLAMP : value < -TANH_CLAMP ? -TANH_CLAMP : value;
    // Zero for a number, and NaN for what is none.
    float s = Math.fma(x, x, value - value);
    float p = Math.fma(s, TANH_P13, TANH_P11);
    p = Math.fma(s, p, TANH_P9);
    p = Math.fma(s, p, TANH_P7);
    p = Math.fma(s, p, TANH_P5);
    p = Math.fma(s, p, TANH_P3);
    p = Math.fma(s, p, TANH_P1);
    p = x * p;
    float q = Math.fma(s, TANH_Q6, TANH_Q4);
    q = Math.fma(s, q, TANH_Q2);
    q = Math.fma(s, q, TANH_Q0);
    return p / q;
  }

  /** Logistic function, {@code 0.5 + 0.5 * tanh(x / 2)}. */
  public static float sigmoid(float x) {
    return Math.fma(0.5f, tanh(0.5f * x), 0.5f);
  }

  /** Natural exponential, zero below {@value #EXP_LOWEST}, held at {@value #EXP_HIGHEST} above. */
  public static float exp(float value) {
    if (value < EXP_LOWEST) {
      return 0f;
    }
    float x = value > EXP_HIGHEST ? EXP_HIGHEST : value;
    float shifted = Math.fma(x, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = Math.fma(r, EXP_P0, EXP_P1);
    p = Math.fma(r, p, EXP_P2);
    p = Math.fma(r, p, EXP_P3);
    p = Math.fma(r, p, EXP_P4);
    p = Math.fma(r, p, EXP_P5);
    p = Math.fma(p, r * r, r) + 1f;
    // The low bits of `shifted` hold n: shifted up, they are what 2^n adds to an exponent.
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
  }

  /**
   * Natural logarithm, to 4e-16 of its value: {@code log(2^k m) = k log 2 + 2 artanh((m - 1) / (m +
   * 1))} with m between the square roots of a half and of two, and artanh by its Taylor series.
   */
  public static double log(float value) {
    if (!(value >= Float.MIN_NORMAL && value <= Float.MAX_VALUE)) {
      return StrictMath.log(value);
    }
    int bits = Float.floatToRawIntBits(value) - LOWEST_MANTISSA;
    int k = bits >> EXPONENT_SHIFT;
    double m = Float.intBitsToFloat(bits - (k << EXPONENT_SHIFT) + LOWEST_MANTISSA);
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double p = Math.fma(z, 1.0 / 19, 1.0 / 17);
    p = Math.fma(z, p, 1.0 / 15);
    p = Math.fma(z, p, 1.0 / 13);
    p = Math.fma(z, p, 1.0 / 11);
    p = Math.fma(z, p, 1.0 / 9);
    p = Math.fma(z, p, 1.0 / 7);
    p = Math.fma(z, p, 1.0 / 5);
    p = Math.fma(z, p, 1.0 / 3);
    return Math.fma(k, LN2, Math.fma(2 * s * z, p, 2 * s));
  }
}
