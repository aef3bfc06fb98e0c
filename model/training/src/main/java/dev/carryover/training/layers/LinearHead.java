package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/**
 * {@code y [R, O] = x [R, D] * W^T + b} over any number of rows at once.
 *
 * <p>What a pass gives is good until the next. Belongs to one thread; shares its weights.
 */
public final class LinearHead {
  private final Matrix weight;
  private final Matrix bias;
  private final Matrix weightGradient;
  private final Matrix biasGradient;
  private final Buffer outputs;
  private final Buffer inputGradients;
  private final Buffer ones;
  private Matrix input;

  /**
   * A layer over given weights.
   *
   * @param name what the names of its weights begin with: {@code head} for {@code head.weight} and
   *     {@code head.bias}, which may be absent
   */
  public LinearHead(Parameters weights, Parameters gradients, String name) {
    weight = weights.matrix(name + ".weight");
    weightGradient = gradients.matrix(name + ".weight");
    boolean biased = weights.matrices().containsKey(name + ".bias");
    bias = biased ? weights.matrix(name + ".bias") : null;
    biasGradient = biased ? gradients.matrix(name + ".bias") : null;
    Precision precision = weight.precision();
    outputs = new Buffer(precision, weight.rows());
    inputGradients = new Buffer(precision, weight.columns());
    ones = new Buffer(precision, 1);
  }

  /** The outputs for some rows. */
  public Matrix forward(Matrix x) {
    input = x;
    Matrix y = outputs.rows(x.rows());
    y.product(x, false, weight, true, false);
    if (bias != null) {
      y.addToEveryRow(bias);
    }
    return y;
  }

  /** Adds to the gradients of the weights; the gradient of {@code x}. */
  public Matrix backward(Matrix gradient) {
    weightGradient.product(gradient, true, input, false, true);
    if (biasGradient != null) {
      Matrix one = ones.rows(gradient.rows());
      one.fill(1);
      biasGradient.product(one, true, gradient, false, true);
    }
    Matrix inputGradient = inputGradients.rows(gradient.rows());
    inputGradient.product(gradient, false, weight, false, false);
    return inputGradient;
  }
}
