package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/** {@code -log softmax(y)[target]}; its gradient is {@code softmax(y) - onehot(target)}. */
final class SoftmaxCrossEntropy extends Loss {
  /*
   * ND4J's log_softmax is the logarithm of its softmax, which is minus infinity where a probability
   * is too small for a float. So the log is taken of the softmax that the gradient needs anyway, and
   * only the rows of such targets are summed once more, in double, less their largest value.
   */
  private static final double TINY = 1e-30;

  private Matrix probabilities;

  SoftmaxCrossEntropy(Precision precision, int outputs) {
    super(precision, outputs);
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
      }
    }
    return sum;
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
    probabilities.addAt(targets.classes(), scaled(targets, rows, -scale));
    return probabilities;
  }
}
