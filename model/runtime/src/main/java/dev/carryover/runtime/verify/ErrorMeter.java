package dev.carryover.runtime.verify;

/**
 * Keeps the worst error of one vector over the steps of a replay.
 *
 * <p>The error of a step is relative to the largest absolute value of the recorded vector of that
 * step. A vector of a single element, the output of a binary classifier, may cross zero, where an
 * error relative to itself says nothing: its scale is the largest absolute value it takes in the
 * recording.
 */
final class ErrorMeter {

  private final String vector;
  private final double leastScale;
  private double relative = -1;
  private double absolute;
  private int worstStep;
  private int steps;

  /**
   * @param leastScale errors are never divided by less; 0 if each step is its own scale
   */
  ErrorMeter(String vector, double leastScale) {
    this.vector = vector;
    this.leastScale = leastScale;
  }

  /**
   * Compares {@code recorded [N]} with {@code length} elements of {@code replayed} from {@code
   * offset}.
   */
  void compare(int step, float[] recorded, float[] replayed, int offset) {
    double difference = 0;
    for (int i = 0; i < recorded.length; i++) {
      difference = largest(difference, Math.abs((double) replayed[offset + i] - recorded[i]));
    }
    add(step, difference, scale(recorded));
  }

  /** Adds a difference that was found elsewhere, relative to {@code scale}. */
  void add(int step, double difference, double scale) {
    steps++;
    double divisor = Math.max(scale, leastScale);
    double error = difference == 0 ? 0 : difference / divisor;
    if (Double.isNaN(error)) {
      error = Double.POSITIVE_INFINITY;
    }
    if (error > relative) {
      relative = error;
      absolute = difference;
      worstStep = step;
    }
  }

  boolean isEmpty() {
    return steps == 0;
  }

  VectorError result() {
    return new VectorError(vector, relative, absolute, worstStep, steps);
  }

  static double scale(float[] vector) {
    double scale = 0;
    for (float value : vector) {
      scale = Math.max(scale, Math.abs(value));
    }
    return scale;
  }

  /** Like Math.max, but something that is not a number is larger than everything. */
  private static double largest(double a, double b) {
    return Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b);
  }
}
