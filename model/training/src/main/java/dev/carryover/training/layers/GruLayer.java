package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;

/**
 * GRU with the reset gate applied after the recurrent product, as PyTorch and cuDNN have it, gates
 * in PyTorch's order r, z, n:
 *
 * <pre>
 * r, z = sigmoid(W x + b + U h + d)      s = U h + d
 * n    = tanh(W x + b + r * s)           h' = (1 - z) * n + z * h
 *
 * dz = dh' * (h - n)    dn = dh' * (1 - z) (1 - n^2)    dr = dn * s    ds = dn * r
 * dh = dh' * z + [dr r (1 - r), dz z (1 - z), ds] U
 * </pre>
 */
final class GruLayer extends RecurrentLayer {
  private static final int RESET = 0;
  private static final int UPDATE = 1;
  private static final int CANDIDATE = 2;

  private final Plane resetBias = planes.plane();
  private final Plane updateBias = planes.plane();
  private final Plane inputBias = planes.plane();
  private final Plane hiddenBias = planes.plane();
  private final Plane scratch = planes.plane();
  private final Plane gradient = planes.plane();
  private final PlaneTape state = new PlaneTape(planes);
  private final PlaneTape reset = new PlaneTape(planes);
  private final PlaneTape update = new PlaneTape(planes);
  private final PlaneTape candidate = new PlaneTape(planes);
  private final PlaneTape recurrent = new PlaneTape(planes);
  private final Buffer products;
  private final Buffer productGradients;

  GruLayer(LayerParameters weights, LayerParameters gradients, boolean reverse) {
    super(weights, gradients, reverse);
    products = new Buffer(precision, weights.hiddenWeight().rows());
    productGradients = new Buffer(precision, weights.hiddenWeight().rows());
  }

  @Override
  void beginForward(Matrix initialCell) {
    tileBiases(RESET, resetBias, scratch);
    tileBiases(UPDATE, updateBias, scratch);
    tileBias(weights.inputBias(), CANDIDATE, inputBias);
    tileBias(weights.hiddenBias(), CANDIDATE, hiddenBias);
  }

  @Override
  void step(int order, Matrix sums, Matrix before, Matrix after, int overStep) {
    Matrix product = products.rows(before.rows());
    product.product(before, false, weights.hiddenWeight(), true, false);
    Plane h = state.at(order);
    planes.load(before, 0, h);
    Plane r = reset.at(order);
    gate(RESET, sums, product, resetBias, r);
    Plane z = update.at(order);
    gate(UPDATE, sums, product, updateBias, z);
    Plane s = recurrent.at(order);
    planes.load(product, CANDIDATE * hiddenSize, s);
    planes.add(s, hiddenBias, s);
    Plane n = candidate.at(order);
    planes.load(sums, CANDIDATE * hiddenSize, n);
    planes.add(n, inputBias, n);
    planes.addProduct(r, s, n);
    planes.tanh(n, n);
    planes.subtract(h, n, scratch);
    planes.multiply(scratch, z, scratch);
    planes.add(scratch, n, scratch);
    if (overStep >= 0) {
      planes.carry(h, scratch, overStep);
    }
    planes.store(scratch, after, 0);
  }

  private void gate(int gate, Matrix sums, Matrix product, Plane bias, Plane out) {
    planes.load(sums, gate * hiddenSize, out);
    planes.load(product, gate * hiddenSize, scratch);
    planes.add(out, scratch, out);
    planes.add(out, bias, out);
    planes.sigmoid(out, out);
  }

  @Override
  void finalCell(int steps, Matrix cell) {}

  @Override
  void beginBackwardCell(Matrix finalCellGradient) {}

  @Override
  void stepBackward(int order, Matrix before, Matrix sumsGradient, Matrix stateRows, int overStep) {
    Plane r = reset.at(order);
    Plane z = update.at(order);
    Plane n = candidate.at(order);
    int rows = before.rows();
    Matrix product = productGradients.rows(cells()).rows(sequenceBlock(order) * rows, rows);
    planes.subtract(state.at(order), n, scratch);
    planes.sigmoidBackward(stateGradient, scratch, z, gradient);
    planes.store(gradient, sumsGradient, UPDATE * hiddenSize);
    planes.store(gradient, product, UPDATE * hiddenSize);
    planes.complement(z, scratch);
    planes.tanhBackward(stateGradient, scratch, n, gradient);
    planes.store(gradient, sumsGradient, CANDIDATE * hiddenSize);
    planes.multiply(gradient, r, scratch);
    planes.store(scratch, product, CANDIDATE * hiddenSize);
    planes.sigmoidBackward(gradient, recurrent.at(order), r, gradient);
    planes.store(gradient, sumsGradient, RESET * hiddenSize);
    planes.store(gradient, product, RESET * hiddenSize);
    planes.multiply(stateGradient, z, stateGradient);
    stateRows.product(product, false, weights.hiddenWeight(), false, false);
    planes.load(stateRows, 0, gradient);
    planes.add(stateGradient, gradient, stateGradient);
  }

  @Override
  void initialCellGradient(Matrix gradient) {}

  @Override
  void hiddenWeightGradients(Matrix sumsGradient, Matrix before, Matrix ones) {
    Matrix product = productGradients.rows(before.rows());
    gradients.hiddenWeight().product(product, true, before, false, true);
    addColumnSums(ones, sumsGradient, gradients.inputBias());
    addColumnSums(ones, product, gradients.hiddenBias());
  }
}
