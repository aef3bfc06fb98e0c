package dev.carryover.training.seq2seq;

import dev.carryover.training.layers.PlaneTape;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;
import dev.carryover.training.tensor.Precision;
import java.util.Arrays;

/**
 * Looks back at the source from a step of the decoder, over outputs {@code k_s} of the encoder:
 *
 * <pre>
 * a = softmax over s of score(q, k_s)     context = sum of a_s k_s
 *
 * da_s = dcontext . k_s     de_s = a_s (da_s - sum of a_r da_r)     dk_s = a_s dcontext
 * </pre>
 *
 * <p>Shapes: queries {@code [B, H]}, outputs {@code [S*B, D*He]}, contexts {@code [B, D*He]}.
 * Places at and after the length of a row have the weight 0.
 *
 * <p>Belongs to one thread. Grows to the largest batch; after that nothing is allocated.
 */
final class AttentionLayer {
  /*
   * The source stands place by place, one plane of B rows each, so that the scores of one place for
   * all rows, and its part of all contexts, are loops over one index. The few weights themselves, S
   * times B a step, are doubles.
   */
  private final Scoring scoring;
  private final Planes planes;
  private final PlaneTape values;
  private final PlaneTape valueGradients;
  private final Plane context;
  private final Plane contextGradient;
  private final Plane added;
  private int[] lengths;
  private int rows;
  private int places;
  private double[][][] weights = new double[0][][];
  private double[][] gradients = new double[0][];

  /**
   * @param size {@code D*He}
   */
  AttentionLayer(Precision precision, Scoring scoring, int size) {
    this.scoring = scoring;
    planes = Planes.of(precision, size);
    planes.begin(1, new int[1]);
    values = new PlaneTape(planes);
    valueGradients = new PlaneTape(planes);
    context = planes.plane();
    contextGradient = planes.plane();
    added = planes.plane();
  }

  /**
   * Takes up a batch.
   *
   * @param outputs of the encoder
   * @param lengths of the sources, {@code [B]}
   * @param places {@code S}
   */
  void begin(Matrix outputs, int[] lengths, int places) {
    this.lengths = lengths;
    this.rows = lengths.length;
    this.places = places;
    planes.begin(rows, lengths);
    scoring.begin(outputs, rows, places);
    for (int place = 0; place < places; place++) {
      planes.load(outputs.rows(place * rows, rows), 0, values.at(place));
    }
    gradients = grown(gradients);
  }

  private double[][] grown(double[][] table) {
    int width = table.length == 0 ? 0 : table[0].length;
    return table.length >= places && width >= rows
        ? table
        : new double[Math.max(places, table.length)][Math.max(rows, width)];
  }

  /** Computes the context of a step; {@link #store} puts it where it is read. */
  void attend(int step, Matrix query) {
    if (weights.length <= step) {
      int before = weights.length;
      weights = Arrays.copyOf(weights, Math.max(step + 1, 2 * before));
      Arrays.fill(weights, before, weights.length, new double[0][]);
    }
    weights[step] = grown(weights[step]);
    double[][] ofStep = weights[step];
    scoring.score(step, query, ofStep);
    for (int row = 0; row < rows; row++) {
      softmax(ofStep, row, lengths[row]);
    }
    planes.clear(context);
    for (int place = 0; place < places; place++) {
      planes.addScaledRows(values.at(place), ofStep[place], context);
    }
  }

  private void softmax(double[][] scores, int row, int length) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int place = 0; place < length; place++) {
      largest = Math.max(largest, scores[place][row]);
    }
    double sum = 0;
    for (int place = 0; place < length; place++) {
      scores[place][row] = Math.exp(scores[place][row] - largest);
      sum += scores[place][row];
    }
    for (int place = 0; place < length; place++) {
      scores[place][row] /= sum;
    }
    for (int place = length; place < places; place++) {
      scores[place][row] = 0;
    }
  }

  /** Copies the context into the columns of a matrix of B rows that begin at {@code column}. */
  void store(Matrix to, int column) {
    planes.store(context, to, column);
  }

  /** The weight of a place of the source in the context of a step. */
  double weight(int step, int place, int row) {
    return weights[step][place][row];
  }

  /** Begins the way back through all steps. */
  void beginBackward(int steps) {
    scoring.beginBackward(steps);
    for (int place = 0; place < places; place++) {
      planes.clear(valueGradients.at(place));
    }
    planes.clear(contextGradient);
  }

  /** Adds the columns that begin at {@code column} to the gradient of the context. */
  void addContextGradient(Matrix from, int column) {
    planes.load(from, column, added);
    planes.add(contextGradient, added, contextGradient);
  }

  /**
   * Back through a step, from the gradient of its context, which becomes 0.
   *
   * @param query becomes the gradient of the query
   */
  void backward(int step, Matrix query) {
    double[][] ofStep = weights[step];
    for (int place = 0; place < places; place++) {
      planes.dotRows(contextGradient, values.at(place), gradients[place]);
      planes.addScaledRows(contextGradient, ofStep[place], valueGradients.at(place));
    }
    for (int row = 0; row < rows; row++) {
      double mean = 0;
      for (int place = 0; place < places; place++) {
        mean += ofStep[place][row] * gradients[place][row];
      }
      for (int place = 0; place < places; place++) {
        gradients[place][row] = ofStep[place][row] * (gradients[place][row] - mean);
      }
    }
    scoring.backward(step, gradients, query);
    planes.clear(contextGradient);
  }

  /**
   * Ends the way back: adds to the gradients of the weights.
   *
   * @param queries the queries of all steps, {@code [T*B, H]}
   * @param outputs becomes the gradient of the encoder's outputs
   */
  void endBackward(Matrix queries, Matrix outputs) {
    for (int place = 0; place < places; place++) {
      planes.store(valueGradients.at(place), outputs.rows(place * rows, rows), 0);
    }
    scoring.endBackward(queries, outputs);
  }
}
