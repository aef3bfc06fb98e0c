package dev.carryover.training.seq2seq;

import dev.carryover.training.layers.Buffer;
import dev.carryover.training.layers.LinearHead;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.PlaneTape;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;

/**
 * The products of Luong, Pham and Manning (2015), for a query q and an output k: {@code q . k}
 * (dot), or {@code q . W k} (general), whose {@code W k} is one product for all places of a batch.
 */
final class ProductScoring implements Scoring {
  private final LinearHead key;
  private final Planes planes;
  private final PlaneTape keys;
  private final PlaneTape keyGradients;
  private final PlaneTape queries;
  private final Plane gradient;
  private final Buffer keyRows;
  private int rows;
  private int places;

  /**
   * @param size {@code H}
   * @param general whether outputs go through weights of their own
   */
  ProductScoring(Parameters weights, Parameters gradients, int size, boolean general) {
    key = general ? new LinearHead(weights, gradients, "attention.key") : null;
    planes = Planes.of(weights.precision(), size);
    planes.begin(1, new int[1]);
    keys = new PlaneTape(planes);
    keyGradients = new PlaneTape(planes);
    queries = new PlaneTape(planes);
    gradient = planes.plane();
    keyRows = new Buffer(weights.precision(), size);
  }

  @Override
  public void begin(Matrix outputs, int rows, int places) {
    this.rows = rows;
    this.places = places;
    planes.begin(rows, new int[rows]);
    Matrix all = key == null ? outputs : key.forward(outputs);
    for (int place = 0; place < places; place++) {
      planes.load(all.rows(place * rows, rows), 0, keys.at(place));
    }
  }

  @Override
  public void score(int step, Matrix query, double[][] scores) {
    Plane q = queries.at(step);
    planes.load(query, 0, q);
    for (int place = 0; place < places; place++) {
      planes.dotRows(q, keys.at(place), scores[place]);
    }
  }

  @Override
  public void beginBackward(int steps) {
    for (int place = 0; place < places; place++) {
      planes.clear(keyGradients.at(place));
    }
  }

  @Override
  public void backward(int step, double[][] gradients, Matrix query) {
    planes.clear(gradient);
    Plane q = queries.at(step);
    for (int place = 0; place < places; place++) {
      planes.addScaledRows(keys.at(place), gradients[place], gradient);
      planes.addScaledRows(q, gradients[place], keyGradients.at(place));
    }
    planes.store(gradient, query, 0);
  }

  @Override
  public void endBackward(Matrix queries, Matrix outputs) {
    Matrix all = keyRows.rows(places * rows);
    for (int place = 0; place < places; place++) {
      planes.store(keyGradients.at(place), all.rows(place * rows, rows), 0);
    }
    outputs.add(key == null ? all : key.backward(all));
  }
}
