package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/** {@code sum over O of (y - target)^2 / O}; its gradient is {@code 2 (y - target) / O}. */
final class MeanSquaredError extends Loss {
  private final Buffer wanted;
  private Matrix difference;

  MeanSquaredError(Precision precision, int outputs) {
    super(precision, outputs);
    wanted = new Buffer(precision, outputs);
  }

  @Override
  public double sum(Matrix outputs, Targets targets) {
    difference = gradientRows(outputs.rows());
    Matrix target = wanted.rows(outputs.rows());
    target.write(targets.values(), 0);
    difference.subtractElements(outputs, target);
    double sum = 0;
    for (int row = 0; row < outputs.rows(); row++) {
      float weight = targets.weights()[row];
      for (int column = 0; column < outputs.columns() && weight != 0; column++) {
        double d = difference.get(row, column);
        sum += weight * d * d / outputs.columns();
      }
    }
    return sum;
  }

  @Override
  public Matrix gradient(Targets targets, double scale) {
    scaleRows(difference, scaled(targets, difference.rows(), 2 * scale / difference.columns()));
    return difference;
  }
}
