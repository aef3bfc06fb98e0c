package dev.carryover.training.seq2seq;

import dev.carryover.model.spec.TensorShapes;
import dev.carryover.training.layers.Buffer;
import dev.carryover.training.layers.LinearHead;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.PlaneTape;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;

/**
 * Additive attention (Bahdanau, Cho and Bengio 2015), for a query q and an output k:
 *
 * <pre>
 * e = v . y     y = tanh(W q + U k + b)
 *
 * dv = de y     da = de v (1 - y^2)     d(W q) = da     d(U k + b) = da
 * </pre>
 *
 * <p>{@code U k + b} is one product for all places of a batch. The tanh of every step and place is
 * computed again on the way back: that costs less than to write it down and read it.
 */
final class AdditiveScoring implements Scoring {
  private final Matrix query;
  private final Matrix queryGradient;
  private final Matrix energy;
  private final Matrix energyGradient;
  private final LinearHead key;
  private final Planes planes;
  private final PlaneTape keys;
  private final PlaneTape keyGradients;
  private final PlaneTape queries;
  private final Plane energyRows;
  private final Plane energyRowsGradient;
  private final Plane ones;
  private final Plane activation;
  private final Plane slope;
  private final Plane gradient;
  private final Buffer projected;
  private final Buffer projectedGradients;
  private final Buffer keyRows;
  private final Buffer energyRowsMatrix;
  private final Buffer column;
  private int rows;
  private int places;
  private int steps;

  AdditiveScoring(Parameters weights, Parameters gradients) {
    query = weights.matrix(TensorShapes.ATTENTION_QUERY);
    queryGradient = gradients.matrix(TensorShapes.ATTENTION_QUERY);
    energy = weights.matrix(TensorShapes.ATTENTION_ENERGY);
    energyGradient = gradients.matrix(TensorShapes.ATTENTION_ENERGY);
    key = new LinearHead(weights, gradients, "attention.key");
    int size = energy.columns();
    planes = Planes.of(weights.precision(), size);
    planes.begin(1, new int[1]);
    keys = new PlaneTape(planes);
    keyGradients = new PlaneTape(planes);
    queries = new PlaneTape(planes);
    energyRows = planes.plane();
    energyRowsGradient = planes.plane();
    ones = planes.plane();
    activation = planes.plane();
    slope = planes.plane();
    gradient = planes.plane();
    projected = new Buffer(weights.precision(), size);
    projectedGradients = new Buffer(weights.precision(), size);
    keyRows = new Buffer(weights.precision(), size);
    energyRowsMatrix = new Buffer(weights.precision(), size);
    column = new Buffer(weights.precision(), 1);
  }

  @Override
  public void begin(Matrix outputs, int rows, int places) {
    this.rows = rows;
    this.places = places;
    planes.begin(rows, new int[rows]);
    Matrix all = key.forward(outputs);
    for (int place = 0; place < places; place++) {
      planes.load(all.rows(place * rows, rows), 0, keys.at(place));
    }
    planes.tile(energy, 0, energyRows);
  }

  @Override
  public void score(int step, Matrix state, double[][] scores) {
    Matrix product = projected.rows(rows);
    product.product(state, false, query, true, false);
    Plane q = queries.at(step);
    planes.load(product, 0, q);
    for (int place = 0; place < places; place++) {
      planes.add(q, keys.at(place), activation);
      planes.tanh(activation, activation);
      planes.dotRows(activation, energyRows, scores[place]);
    }
  }

  @Override
  public void beginBackward(int steps) {
    this.steps = steps;
    for (int place = 0; place < places; place++) {
      planes.clear(keyGradients.at(place));
    }
    planes.clear(energyRowsGradient);
    planes.clear(ones);
    planes.complement(ones, ones);
  }

  @Override
  public void backward(int step, double[][] gradients, Matrix state) {
    planes.clear(gradient);
    Plane q = queries.at(step);
    for (int place = 0; place < places; place++) {
      planes.add(q, keys.at(place), activation);
      planes.tanh(activation, activation);
      planes.addScaledRows(activation, gradients[place], energyRowsGradient);
      planes.tanhBackward(energyRows, ones, activation, slope);
      planes.addScaledRows(slope, gradients[place], gradient);
      planes.addScaledRows(slope, gradients[place], keyGradients.at(place));
    }
    Matrix one = projectedGradients.rows(steps * rows).rows(step * rows, rows);
    planes.store(gradient, one, 0);
    state.product(one, false, query, false, false);
  }

  @Override
  public void endBackward(Matrix states, Matrix outputs) {
    queryGradient.product(projectedGradients.rows(steps * rows), true, states, false, true);
    Matrix one = column.rows(rows);
    one.fill(1);
    Matrix perRow = energyRowsMatrix.rows(rows);
    planes.store(energyRowsGradient, perRow, 0);
    energyGradient.product(one, true, perRow, false, true);
    Matrix all = keyRows.rows(places * rows);
    for (int place = 0; place < places; place++) {
      planes.store(keyGradients.at(place), all.rows(place * rows, rows), 0);
    }
    outputs.add(key.backward(all));
  }
}
