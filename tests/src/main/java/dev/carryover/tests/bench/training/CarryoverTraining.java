package dev.carryover.tests.bench.training;

import dev.carryover.training.trainer.TrainingThroughput;

/** Carryover's trainer over ND4J: Java threads share the batch, products use one thread each. */
final class CarryoverTraining implements TrainingContender {
  private final TrainingThroughput training;

  CarryoverTraining(TrainingThroughput.Workload workload, int threads) {
    training = new TrainingThroughput(workload, threads);
  }

  @Override
  public float[] gradient() {
    return training.gradient();
  }

  @Override
  public double step() {
    return training.step();
  }

  @Override
  public void close() {
    training.close();
  }
}
