package dev.carryover.tests.bench.training;

import dev.carryover.training.trainer.TrainingThroughput;

/** Who trains. */
public enum TrainingRuntime {
  /** Gradients by hand over ND4J. */
  CARRYOVER {
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
  LIBTORCH {
    @Override
    TrainingContender open(TrainingThroughput.Workload workload, int threads) {
      return new LibtorchTraining(workload);
    }

    @Override
    int threadsOfProducts(int threads) {
      return threads;
    }
  };

  abstract TrainingContender open(TrainingThroughput.Workload workload, int threads);

  /** {@code OMP_NUM_THREADS}, which native libraries read when they are loaded. */
  abstract int threadsOfProducts(int threads);
}
