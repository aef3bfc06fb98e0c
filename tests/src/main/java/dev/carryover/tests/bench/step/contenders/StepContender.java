package dev.carryover.tests.bench.step.contenders;

/**
 * One implementation of a layer's step over the B rows of a {@link StepWorkload}. Belongs to one
 * thread.
 */
public interface StepContender extends AutoCloseable {
  /** Advances the state of every row by the row's input, which stays the same. */
  void step();

  /** Copies the state of a row out: h {@code [H]} and, for the LSTM, c {@code [H]} after it. */
  void readState(int row, float[] state);

  @Override
  default void close() {}
}
