package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/** How far outputs are from targets, summed over the steps, and the gradient of it. */
public abstract class Loss {
  private final Buffer gradients;
  private final Buffer factors;
  private float[] scaled = new float[0];

  Loss(Precision precision, int outputs) {
    gradients = new Buffer(precision, outputs);
    factors = new Buffer(precision, 1);
  }

  /** Minus the log of the probability of each target, in nats. */
  public static Loss softmaxCrossEntropy(Precision precision, int outputs) {
    return new SoftmaxCrossEntropy(precision, outputs, 0);
  }

  /**
   * Cross-entropy against softened targets (Szegedy et al. 2016): of each target's weight the share
   * {@code smoothing} is spread evenly over all outputs.
   *
   * @param smoothing at least 0 and below 1; 0 is {@link #softmaxCrossEntropy(Precision, int)}
   */
  public static Loss softmaxCrossEntropy(Precision precision, int outputs, double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException(
          "label smoothing is "
              + smoothing
              + "; it is at least 0 and below 1, the share that is spread over all outputs");
    }
    return new SoftmaxCrossEntropy(precision, outputs, smoothing);
  }

  /** The squared distance to each target, averaged over the outputs. */
  public static Loss meanSquaredError(Precision precision, int outputs) {
    return new MeanSquaredError(precision, outputs);
  }

  /**
   * The weighted sum of the losses of all steps.
   *
   * @param outputs {@code [T*B, O]}
   */
  public abstract double sum(Matrix outputs, Targets targets);

  /**
   * The gradient of {@code scale * sum} by the outputs that {@link #sum} saw last, {@code [T*B,
   * O]}; good until the next call.
   */
  public abstract Matrix gradient(Targets targets, double scale);

  final Matrix gradientRows(int rows) {
    return gradients.rows(rows);
  }

  /** {@code factor * weight} of every step. */
  final float[] scaled(Targets targets, int rows, double factor) {
    if (scaled.length < rows) {
      scaled = new float[rows];
    }
    for (int row = 0; row < rows; row++) {
      scaled[row] = (float) (factor * targets.weights()[row]);
    }
    return scaled;
  }

  /** Adds its own value to all of a row. */
  final void addToEveryColumn(Matrix matrix, float[] byRow) {
    Matrix column = factors.rows(matrix.rows());
    column.write(byRow, 0);
    matrix.addToEveryColumn(column);
  }

  /** Multiplies every row by its factor. */
  final void scaleRows(Matrix matrix, float[] byRow) {
    Matrix column = factors.rows(matrix.rows());
    column.write(byRow, 0);
    matrix.scaleRows(column);
  }
}
