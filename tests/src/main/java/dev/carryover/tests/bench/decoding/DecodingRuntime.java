package dev.carryover.tests.bench.decoding;

/** Who decodes. */
enum DecodingRuntime {
  /** The runtime of this project. */
  CARRYOVER {
    @Override
    DecodingContender open(DecodingWorkload workload, int batch) {
      return new CarryoverDecoding(workload, batch);
    }
  },

  /** A loop over steps as it is written in PyTorch, through DJL. */
  LIBTORCH {
    @Override
    DecodingContender open(DecodingWorkload workload, int batch) {
      return new LibtorchDecoding(workload);
    }
  };

  /** One that is to decode batches of up to so many words. */
  abstract DecodingContender open(DecodingWorkload workload, int batch);
}
