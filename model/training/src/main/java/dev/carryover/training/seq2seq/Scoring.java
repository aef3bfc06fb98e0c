package dev.carryover.training.seq2seq;

import dev.carryover.training.tensor.Matrix;

/**
 * How well each place of the source fits a query: {@code scores [S][B]} for a query {@code [B, H]}
 * and the encoder's outputs {@code [S*B, D*He]}, forward and back. Belongs to one thread.
 */
interface Scoring {
  /**
   * Takes up a batch.
   *
   * @param outputs of the encoder, {@code [S*B, D*He]}
   * @param rows {@code B}
   * @param places {@code S}
   */
  void begin(Matrix outputs, int rows, int places);

  /** The scores of all places, of those that are over too, for the query of a step. */
  void score(int step, Matrix query, double[][] scores);

  /** Begins the way back through all steps. */
  void beginBackward(int steps);

  /**
   * Back through a step.
   *
   * @param gradients of the scores, {@code [S][B]}; 0 at places that are over
   * @param query becomes the gradient of the query, {@code [B, H]}
   */
  void backward(int step, double[][] gradients, Matrix query);

  /**
   * Ends the way back: adds to the gradients of the weights.
   *
   * @param queries the queries of all steps, {@code [T*B, H]}
   * @param outputs grows by the gradient of the encoder's outputs, {@code [S*B, D*He]}
   */
  void endBackward(Matrix queries, Matrix outputs);
}
