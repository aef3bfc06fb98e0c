package dev.carryover.tests.bench.training;

import dev.carryover.training.trainer.TrainingThroughput;

/** Who trains. */
enum TrainingRuntime {
  /** Gradients by hand over ND4J. */
  CARRYOVER("Carryover") {
    @Override
    TrainingContender open(TrainingThroughput.Workload workload, int threads) {
      return new CarryoverTraining(workload, threads);
    }

    @Override
    int threadsOfProducts(int threads) {
      return 1;
    }
  },

  /** Its fused GRU and LSTM with their own gradients, called through DJL. */
  LIBTORCH("libtorch") {
    @Override
    TrainingContender open(TrainingThroughput.Workload workload, int threads) {
      return new LibtorchTraining(workload);
    }

    @Override
    int threadsOfProducts(int threads) {
      return threads;
    }
  };

  private final String title;

  TrainingRuntime(String title) {
    this.title = title;
  }

  /** As a report says it. */
  String title() {
    return title;
  }

  abstract TrainingContender open(TrainingThroughput.Workload workload, int threads);

  /** {@code OMP_NUM_THREADS}, which native libraries read when they are loaded. */
  abstract int threadsOfProducts(int threads);
}
