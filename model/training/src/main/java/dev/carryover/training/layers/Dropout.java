package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.SplittableRandom;

/**
 * Dropout (Srivastava et al. 2014): sets each value to 0 with a probability {@code p} and
 * multiplies the others by {@code 1 / (1 - p)}. What is dropped follows from the seed alone.
 *
 * <p>A pass drops all values at once, or, after {@link #begin}, those of some rows at a time. What
 * a pass gives is good until the next. Belongs to one thread.
 */
public final class Dropout {
  private final double probability;
  private final Buffer masks;
  private final Buffer outputs;
  private float[] mask = new float[0];
  private int rows;

  /**
   * Dropout over rows of so many columns.
   *
   * @param probability at least 0 and below 1
   */
  public Dropout(Precision precision, int columns, double probability) {
    this.probability = checked(probability);
    masks = new Buffer(precision, columns);
    outputs = new Buffer(precision, columns);
  }

  /**
   * Checks a share of values that are dropped.
   *
   * @throws IllegalArgumentException when it is below 0, or 1 and above
   */
  public static double checked(double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout is "
              + probability
              + "; it is at least 0 and below 1, the share that is dropped");
    }
    return probability;
  }

  /** Draws what is dropped of so many rows. */
  public void begin(int rows, long seed) {
    this.rows = rows;
    Matrix current = masks.rows(rows);
    int length = rows * current.columns();
    if (mask.length < length) {
      mask = new float[length];
    }
    SplittableRandom random = new SplittableRandom(seed);
    int threshold = (int) Math.round(probability * (1 << 16));
    int kept = Float.floatToRawIntBits((float) (1 / (1 - probability)));
    for (int i = 0; i < length; ) {
      long bits = random.nextLong();
      for (int part = 0; part < 4 && i < length; part++, i++, bits >>>= 16) {
        // All bits of kept or none, without a branch that could only be guessed.
        mask[i] = Float.intBitsToFloat(kept & ~(((int) (bits & 0xFFFF) - threshold) >> 31));
      }
    }
    current.write(mask, 0);
  }

  /** What is left of values that are the rows from {@code from} on. */
  public Matrix forward(Matrix values, int from) {
    Matrix out = outputs.rows(rows).rows(from, values.rows());
    out.multiplyElements(values, masks.rows(rows).rows(from, values.rows()));
    return out;
  }

  /** The gradient of those values, in the place of that of what was left of them. */
  public void backward(Matrix gradient, int from) {
    gradient.multiplyElements(gradient, masks.rows(rows).rows(from, gradient.rows()));
  }

  /** What is left of the values of all rows, after {@link #forward} was called for each. */
  public Matrix all() {
    return outputs.rows(rows);
  }

  /** What is left of all values. */
  Matrix forward(Matrix values, long seed) {
    begin(values.rows(), seed);
    return forward(values, 0);
  }

  /** The gradient of the values, in the place of that of the outputs. */
  void backward(Matrix gradient) {
    backward(gradient, 0);
  }
}
