package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.SplittableRandom;

/**
 * Dropout (Srivastava et al. 2014): sets each value to 0 with a probability {@code p} and
 * multiplies the others by {@code 1 / (1 - p)}. What is dropped follows from the seed alone.
 */
final class Dropout {
  private final double probability;
  private final Buffer masks;
  private final Buffer outputs;
  private float[] mask = new float[0];
  private Matrix current;

  Dropout(Precision precision, int columns, double probability) {
    this.probability = probability;
    masks = new Buffer(precision, columns);
    outputs = new Buffer(precision, columns);
  }

  Matrix forward(Matrix values, long seed) {
    int length = values.rows() * values.columns();
    if (mask.length < length) {
      mask = new float[length];
    }
    SplittableRandom random = new SplittableRandom(seed);
    int threshold = (int) Math.round(probability * (1 << 16));
    float kept = (float) (1 / (1 - probability));
    for (int i = 0; i < length; ) {
      long bits = random.nextLong();
      for (int part = 0; part < 4 && i < length; part++, i++, bits >>>= 16) {
        mask[i] = (bits & 0xFFFF) < threshold ? 0f : kept;
      }
    }
    current = masks.rows(values.rows());
    current.write(mask, 0);
    Matrix out = outputs.rows(values.rows());
    out.multiplyElements(values, current);
    return out;
  }

  /** The gradient of the values, in the place of that of the outputs. */
  void backward(Matrix gradient) {
    gradient.multiplyElements(gradient, current);
  }
}
