package dev.carryover.training.seq2seq;

import dev.carryover.training.tensor.Matrix;

/** Says what a decoder reads at each step: the target, or what it has written. */
interface Feeding {
  /** Whether {@link #wrote} wants to see what the decoder gives at every step. */
  boolean readsOutputs();

  /**
   * Says what is read at a step.
   *
   * @param tokens becomes the tokens, {@code [B]}
   */
  void feed(int step, int[] tokens);

  /**
   * Sees what the decoder gave at a step.
   *
   * @param outputs {@code [B, V]}; good until the next step has been fed
   * @return whether there is another step, if there is room for one
   */
  boolean wrote(int step, Matrix outputs);
}
