package dev.carryover.tests.bench.training;

import dev.carryover.model.spec.Cell;
import java.io.IOException;

/** The check before the clock: both give the same gradient of the same network and batch. */
final class TrainingAgreement {
  /** Largest difference of a value, as a share of the gradient's largest value. */
  static final double TOLERANCE = 1e-4;

  private TrainingAgreement() {}

  /** A network of a cell that is quick to compare. */
  static TrainingSizes small(Cell cell) {
    return new TrainingSizes(cell, 6, 24, 7);
  }

  /**
   * Takes one gradient in each of two processes.
   *
   * @return the largest difference, as a share of the largest value
   * @throws IllegalStateException if it is above {@link #TOLERANCE}; both values are named
   */
  static double require(TrainingSizes sizes, int threads) throws IOException, InterruptedException {
    return require(
        TrainingProcess.gradient(TrainingRuntime.CARRYOVER, sizes, threads),
        TrainingProcess.gradient(TrainingRuntime.LIBTORCH, sizes, threads),
        sizes);
  }

  static double require(float[] carryover, float[] libtorch, TrainingSizes sizes) {
    if (carryover.length != libtorch.length) {
      throw new IllegalStateException(
          "Carryover has %d parameters where libtorch has %d: %s; nothing was timed"
              .formatted(carryover.length, libtorch.length, sizes));
    }
    double scale = 0;
    for (float value : libtorch) {
      scale = Math.max(scale, Math.abs(value));
    }
    double largest = 0;
    for (int i = 0; i < libtorch.length; i++) {
      double difference = Math.abs(carryover[i] - libtorch[i]) / scale;
      if (!(difference <= TOLERANCE)) {
        throw new IllegalStateException(
            "Carryover's gradient is %s where libtorch's is %s: %s, parameter %d of %d; nothing was timed"
                .formatted(carryover[i], libtorch[i], sizes, i, libtorch.length));
      }
      largest = Math.max(largest, difference);
    }
    return largest;
  }
}
