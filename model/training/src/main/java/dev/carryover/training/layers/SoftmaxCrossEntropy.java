package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/**
 * {@code -log softmax(y)[target]}; its gradient is {@code softmax(y) - onehot(target)}. With label
 * smoothing e over V outputs:
 *
 * <pre>
 * -(1 - e) log softmax(y)[target] - e / V sum of log softmax(y)
 *   = -log softmax(y)[target] + e (y[target] - mean of y)
 *
 * softmax(y) - (1 - e) onehot(target) - e / V
 * </pre>
 */
final class SoftmaxCrossEntropy extends Loss {
  /*
   * ND4J's log_softmax is the logarithm of its softmax, which is minus infinity where a probability
   * is too small for a float. So the log is taken of the softmax that the gradient needs anyway, and
   * only the rows of such targets are summed once more, in double, less their largest value.
   */
  private static final double TINY = 1e-30;

  private final double smoothing;
  private Matrix probabilities;

  SoftmaxCrossEntropy(Precision precision, int outputs, double smoothing) {
    super(precision, outputs);
    this.smoothing = smoothing;
  }

  @Override
  public double sum(Matrix outputs, Targets targets) {
    probabilities = gradientRows(outputs.rows());
    probabilities.softmax(outputs);
    double sum = 0;
    for (int row = 0; row < outputs.rows(); row++) {
      float weight = targets.weights()[row];
      if (weight != 0) {
        int target = targets.classes()[row];
        double probability = probabilities.get(row, target);
        sum -= weight * (probability > TINY ? Math.log(probability) : log(outputs, row, target));
        if (smoothing > 0) {
          sum += weight * smoothing * (outputs.get(row, target) - mean(outputs, row));
        }
      }
    }
    return sum;
  }

  private static double mean(Matrix outputs, int row) {
    double sum = 0;
    for (int column = 0; column < outputs.columns(); column++) {
      sum += outputs.get(row, column);
    }
    return sum / outputs.columns();
  }

  private static double log(Matrix outputs, int row, int target) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int column = 0; column < outputs.columns(); column++) {
      largest = Math.max(largest, outputs.get(row, column));
    }
    double sum = 0;
    for (int column = 0; column < outputs.columns(); column++) {
      sum += Math.exp(outputs.get(row, column) - largest);
    }
    return outputs.get(row, target) - largest - Math.log(sum);
  }

  @Override
  public Matrix gradient(Targets targets, double scale) {
    int rows = probabilities.rows();
    scaleRows(probabilities, scaled(targets, rows, scale));
    probabilities.addAt(targets.classes(), scaled(targets, rows, -scale * (1 - smoothing)));
    if (smoothing > 0) {
      addToEveryColumn(
          probabilities, scaled(targets, rows, -scale * smoothing / probabilities.columns()));
    }
    return probabilities;
  }
}
