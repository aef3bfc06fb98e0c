package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;

/**
 * GRU as first published (Cho et al. 2014), with the reset gate applied to the state before the
 * recurrent product; blocks in the order r, z, n and z as in PyTorch, where it keeps the old state:
 *
 * <pre>
 * r, z = sigmoid(W x + b + U h + d)      q = r * h
 * n    = tanh(W x + b + U q + d)         h' = (1 - z) * n + z * h
 *
 * dz = dh' * (h - n)    dn = dh' * (1 - z) (1 - n^2)    dq = dn U    dr = dq * h
 * dh = dh' * z + dq * r + [dr r (1 - r), dz z (1 - z)] U
 * </pre>
 */
final class ChoGruLayer extends RecurrentLayer {
  private static final int RESET = 0;
  private static final int UPDATE = 1;
  private static final int CANDIDATE = 2;

  private final Matrix gateWeight;
  private final Matrix candidateWeight;
  private final Matrix gateGradient;
  private final Matrix candidateGradient;
  private final Plane[] bias = {planes.plane(), planes.plane(), planes.plane()};
  private final Plane scratch = planes.plane();
  private final Plane gradient = planes.plane();
  private final PlaneTape state = new PlaneTape(planes);
  private final PlaneTape reset = new PlaneTape(planes);
  private final PlaneTape update = new PlaneTape(planes);
  private final PlaneTape candidate = new PlaneTape(planes);
  private final Buffer gateProducts;
  private final Buffer candidateProducts;
  private final Buffer resetStates;
  private final Buffer gateGradients;
  private final Buffer candidateGradients;

  ChoGruLayer(LayerParameters weights, LayerParameters gradients, boolean reverse) {
    super(weights, gradients, reverse);
    gateWeight = weights.hiddenWeight().rows(0, 2 * hiddenSize);
    candidateWeight = weights.hiddenWeight().rows(2 * hiddenSize, hiddenSize);
    gateGradient = gradients.hiddenWeight().rows(0, 2 * hiddenSize);
    candidateGradient = gradients.hiddenWeight().rows(2 * hiddenSize, hiddenSize);
    gateProducts = new Buffer(precision, 2 * hiddenSize);
    candidateProducts = new Buffer(precision, hiddenSize);
    resetStates = new Buffer(precision, hiddenSize);
    gateGradients = new Buffer(precision, 2 * hiddenSize);
    candidateGradients = new Buffer(precision, hiddenSize);
  }

  @Override
  void beginForward(Matrix initialCell) {
    for (int gate = 0; gate < bias.length; gate++) {
      tileBiases(gate, bias[gate], scratch);
    }
  }

  @Override
  void step(int order, Matrix sums, Matrix before, Matrix after, int overStep) {
    int rows = before.rows();
    Plane h = state.at(order);
    planes.load(before, 0, h);
    Matrix gates = gateProducts.rows(rows);
    gates.product(before, false, gateWeight, true, false);
    Plane r = reset.at(order);
    gate(RESET, sums, gates, RESET, r);
    planes.sigmoid(r, r);
    Plane z = update.at(order);
    gate(UPDATE, sums, gates, UPDATE, z);
    planes.sigmoid(z, z);
    planes.multiply(r, h, scratch);
    Matrix resetState = resetState(order, rows);
    planes.store(scratch, resetState, 0);
    Matrix product = candidateProducts.rows(rows);
    product.product(resetState, false, candidateWeight, true, false);
    Plane n = candidate.at(order);
    gate(CANDIDATE, sums, product, 0, n);
    planes.tanh(n, n);
    planes.subtract(h, n, scratch);
    planes.multiply(scratch, z, scratch);
    planes.add(scratch, n, scratch);
    if (overStep >= 0) {
      planes.carry(h, scratch, overStep);
    }
    planes.store(scratch, after, 0);
  }

  private Matrix resetState(int order, int rows) {
    return resetStates.rows(cells()).rows(sequenceBlock(order) * rows, rows);
  }

  private void gate(int gate, Matrix sums, Matrix product, int block, Plane out) {
    planes.load(sums, gate * hiddenSize, out);
    planes.load(product, block * hiddenSize, scratch);
    planes.add(out, scratch, out);
    planes.add(out, bias[gate], out);
  }

  @Override
  void finalCell(int steps, Matrix cell) {}

  @Override
  void beginBackwardCell(Matrix finalCellGradient) {}

  @Override
  void stepBackward(int order, Matrix before, Matrix sumsGradient, Matrix stateRows, int overStep) {
    int rows = before.rows();
    int at = sequenceBlock(order) * rows;
    Matrix gates = gateGradients.rows(cells()).rows(at, rows);
    Matrix candidateRows = candidateGradients.rows(cells()).rows(at, rows);
    Plane h = state.at(order);
    Plane r = reset.at(order);
    Plane z = update.at(order);
    Plane n = candidate.at(order);
    planes.subtract(h, n, scratch);
    planes.sigmoidBackward(stateGradient, scratch, z, gradient);
    planes.store(gradient, sumsGradient, UPDATE * hiddenSize);
    planes.store(gradient, gates, UPDATE * hiddenSize);
    planes.complement(z, scratch);
    planes.tanhBackward(stateGradient, scratch, n, gradient);
    planes.store(gradient, sumsGradient, CANDIDATE * hiddenSize);
    planes.store(gradient, candidateRows, 0);
    planes.multiply(stateGradient, z, stateGradient);
    stateRows.product(candidateRows, false, candidateWeight, false, false);
    planes.load(stateRows, 0, scratch);
    planes.addProduct(scratch, r, stateGradient);
    planes.sigmoidBackward(scratch, h, r, gradient);
    planes.store(gradient, sumsGradient, RESET * hiddenSize);
    planes.store(gradient, gates, RESET * hiddenSize);
    stateRows.product(gates, false, gateWeight, false, false);
    planes.load(stateRows, 0, gradient);
    planes.add(stateGradient, gradient, stateGradient);
  }

  @Override
  void initialCellGradient(Matrix gradient) {}

  @Override
  void hiddenWeightGradients(Matrix sumsGradient, Matrix before, Matrix ones) {
    int rows = before.rows();
    gateGradient.product(gateGradients.rows(rows), true, before, false, true);
    candidateGradient.product(
        candidateGradients.rows(rows), true, resetStates.rows(rows), false, true);
    addColumnSums(ones, sumsGradient, gradients.inputBias());
    addColumnSums(ones, sumsGradient, gradients.hiddenBias());
  }
}
