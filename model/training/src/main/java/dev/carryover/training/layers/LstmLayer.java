package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;

/**
 * LSTM with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000),
 * gates in PyTorch's order i, f, g, o:
 *
 * <pre>
 * i, f, o = sigmoid(W x + b + U h + d)    g = tanh(W x + b + U h + d)
 * c' = f * c + i * g                      h' = o * tanh(c')
 *
 * do = dh' * tanh(c')                     dc' += dh' * o * (1 - tanh(c')^2)
 * di = dc' * g    df = dc' * c    dg = dc' * i    dc = dc' * f
 * dh = [di i (1 - i), df f (1 - f), dg (1 - g^2), do o (1 - o)] U
 * </pre>
 */
final class LstmLayer extends RecurrentLayer {
  private static final int GATES = 4;
  private static final int INPUT = 0;
  private static final int FORGET = 1;
  private static final int CANDIDATE = 2;
  private static final int OUTPUT = 3;

  private final Plane[] bias = new Plane[GATES];
  private final PlaneTape[] gate = new PlaneTape[GATES];
  private final PlaneTape cell = new PlaneTape(planes);
  private final PlaneTape squashed = new PlaneTape(planes);
  private final Plane output = planes.plane();
  private final Plane carried = planes.plane();
  private final Plane cellGradient = planes.plane();
  private final Plane cellOver = planes.plane();
  private final Plane gradient = planes.plane();

  LstmLayer(LayerParameters weights, LayerParameters gradients, boolean reverse) {
    super(weights, gradients, reverse);
    for (int g = 0; g < GATES; g++) {
      bias[g] = planes.plane();
      gate[g] = new PlaneTape(planes);
    }
  }

  @Override
  void beginForward(Matrix initialCell) {
    for (int g = 0; g < GATES; g++) {
      tileBiases(g, bias[g], carried);
    }
    if (initialCell == null) {
      planes.clear(cell.at(0));
    } else {
      planes.load(initialCell, 0, cell.at(0));
    }
  }

  @Override
  void step(int order, Matrix sums, Matrix before, Matrix after, int overStep) {
    sums.product(before, false, weights.hiddenWeight(), true, true);
    for (int g = 0; g < GATES; g++) {
      Plane value = gate[g].at(order);
      planes.load(sums, g * hiddenSize, value);
      planes.add(value, bias[g], value);
      if (g == CANDIDATE) {
        planes.tanh(value, value);
      } else {
        planes.sigmoid(value, value);
      }
    }
    Plane c = cell.at(order + 1);
    planes.multiply(gate[FORGET].at(order), cell.at(order), c);
    planes.addProduct(gate[INPUT].at(order), gate[CANDIDATE].at(order), c);
    Plane squash = squashed.at(order);
    planes.tanh(c, squash);
    planes.multiply(gate[OUTPUT].at(order), squash, output);
    if (overStep >= 0) {
      planes.carry(cell.at(order), c, overStep);
      planes.load(before, 0, carried);
      planes.carry(carried, output, overStep);
    }
    planes.store(output, after, 0);
  }

  @Override
  void finalCell(int steps, Matrix to) {
    planes.store(cell.at(steps), to, 0);
  }

  @Override
  void beginBackwardCell(Matrix finalCellGradient) {
    if (finalCellGradient == null) {
      planes.clear(cellGradient);
    } else {
      planes.load(finalCellGradient, 0, cellGradient);
    }
  }

  @Override
  void stepBackward(int order, Matrix before, Matrix sumsGradient, Matrix stateRows, int overStep) {
    if (overStep >= 0) {
      planes.split(cellGradient, cellOver, overStep);
    }
    Plane i = gate[INPUT].at(order);
    Plane f = gate[FORGET].at(order);
    Plane g = gate[CANDIDATE].at(order);
    Plane o = gate[OUTPUT].at(order);
    Plane squash = squashed.at(order);
    planes.tanhBackward(stateGradient, o, squash, gradient);
    planes.add(cellGradient, gradient, cellGradient);
    planes.sigmoidBackward(stateGradient, squash, o, gradient);
    planes.store(gradient, sumsGradient, OUTPUT * hiddenSize);
    planes.sigmoidBackward(cellGradient, g, i, gradient);
    planes.store(gradient, sumsGradient, INPUT * hiddenSize);
    planes.sigmoidBackward(cellGradient, cell.at(order), f, gradient);
    planes.store(gradient, sumsGradient, FORGET * hiddenSize);
    planes.tanhBackward(cellGradient, i, g, gradient);
    planes.store(gradient, sumsGradient, CANDIDATE * hiddenSize);
    planes.multiply(cellGradient, f, cellGradient);
    if (overStep >= 0) {
      planes.add(cellGradient, cellOver, cellGradient);
    }
    stateRows.product(sumsGradient, false, weights.hiddenWeight(), false, false);
    planes.load(stateRows, 0, stateGradient);
  }

  @Override
  void initialCellGradient(Matrix to) {
    planes.store(cellGradient, to, 0);
  }

  @Override
  void hiddenWeightGradients(Matrix sumsGradient, Matrix before, Matrix ones) {
    gradients.hiddenWeight().product(sumsGradient, true, before, false, true);
    addColumnSums(ones, sumsGradient, gradients.inputBias());
    addColumnSums(ones, sumsGradient, gradients.hiddenBias());
  }
}
