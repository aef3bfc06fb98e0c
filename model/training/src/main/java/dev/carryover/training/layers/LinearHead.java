package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;

/** {@code y [T*B, O] = x [T*B, D] * W^T + b}. */
final class LinearHead {
  private final Matrix weight;
  private final Matrix bias;
  private final Matrix weightGradient;
  private final Matrix biasGradient;
  private final Buffer outputs;
  private final Buffer inputGradients;
  private final Buffer ones;
  private Matrix input;

  LinearHead(Parameters weights, Parameters gradients) {
    weight = weights.matrix("head.weight");
    bias = weights.matrix("head.bias");
    weightGradient = gradients.matrix("head.weight");
    biasGradient = gradients.matrix("head.bias");
    Precision precision = weight.precision();
    outputs = new Buffer(precision, weight.rows());
    inputGradients = new Buffer(precision, weight.columns());
    ones = new Buffer(precision, 1);
  }

  Matrix forward(Matrix x) {
    input = x;
    Matrix y = outputs.rows(x.rows());
    y.product(x, false, weight, true, false);
    y.addToEveryRow(bias);
    return y;
  }

  /** Adds to the gradients of the weights; the gradient of {@code x}. */
  Matrix backward(Matrix gradient) {
    weightGradient.product(gradient, true, input, false, true);
    Matrix one = ones.rows(gradient.rows());
    one.fill(1);
    biasGradient.product(one, true, gradient, false, true);
    Matrix inputGradient = inputGradients.rows(gradient.rows());
    inputGradient.product(gradient, false, weight, false, false);
    return inputGradient;
  }
}
