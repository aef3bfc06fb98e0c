package dev.carryover.tests.bench.training;

/** Trains a network on one batch. Belongs to the thread that made it. */
interface TrainingContender extends AutoCloseable {
  /** The gradient of the mean loss by the weights as they are, flat, in PyTorch's order. */
  float[] gradient();

  /** Forward, back, clipping by the norm, Adam; the mean loss before. */
  double step();

  @Override
  void close();
}
