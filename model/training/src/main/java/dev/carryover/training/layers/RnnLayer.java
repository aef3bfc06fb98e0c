package dev.carryover.training.layers;

import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;

/**
 * Elman network (Elman 1990), with f = tanh or the rectifier:
 *
 * <pre>
 * h' = f(W x + b + U h + d)
 * da = dh' * f'(a)     dh = da U
 * </pre>
 */
final class RnnLayer extends RecurrentLayer {
  private final boolean relu;
  private final Plane bias = planes.plane();
  private final Plane carried = planes.plane();
  private final Plane ones = planes.plane();
  private final Plane gradient = planes.plane();
  private final PlaneTape state = new PlaneTape(planes);

  RnnLayer(LayerParameters weights, LayerParameters gradients, boolean reverse, boolean relu) {
    super(weights, gradients, reverse);
    this.relu = relu;
  }

  @Override
  void beginForward(Matrix initialCell) {
    tileBiases(0, bias, carried);
    planes.clear(ones);
    planes.complement(ones, ones);
  }

  @Override
  void step(int order, Matrix sums, Matrix before, Matrix after, int overStep) {
    sums.product(before, false, weights.hiddenWeight(), true, true);
    Plane h = state.at(order);
    planes.load(sums, 0, h);
    planes.add(h, bias, h);
    if (relu) {
      planes.relu(h, h);
    } else {
      planes.tanh(h, h);
    }
    if (overStep >= 0) {
      planes.load(before, 0, carried);
      planes.carry(carried, h, overStep);
    }
    planes.store(h, after, 0);
  }

  @Override
  void finalCell(int steps, Matrix cell) {}

  @Override
  void beginBackwardCell(Matrix finalCellGradient) {}

  @Override
  void stepBackward(int order, Matrix before, Matrix sumsGradient, Matrix stateRows, int overStep) {
    if (relu) {
      planes.reluBackward(stateGradient, state.at(order), gradient);
    } else {
      planes.tanhBackward(stateGradient, ones, state.at(order), gradient);
    }
    planes.store(gradient, sumsGradient, 0);
    stateRows.product(sumsGradient, false, weights.hiddenWeight(), false, false);
    planes.load(stateRows, 0, stateGradient);
  }

  @Override
  void initialCellGradient(Matrix gradient) {}

  @Override
  void hiddenWeightGradients(Matrix sumsGradient, Matrix before, Matrix ones) {
    gradients.hiddenWeight().product(sumsGradient, true, before, false, true);
    addColumnSums(ones, sumsGradient, gradients.inputBias());
    addColumnSums(ones, sumsGradient, gradients.hiddenBias());
  }
}
