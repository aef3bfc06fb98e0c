package dev.carryover.tests.bench.decoding;

/** Who decodes. */
enum DecodingRuntime {
  /** The runtime of this project. */
  CARRYOVER("Carryover") {
    @Override
    DecodingContender open(DecodingWorkload workload, int batch) {
      return new CarryoverDecoding(workload, batch);
    }
  },

  /** A loop over steps as it is written in PyTorch, through DJL. */
  LIBTORCH("libtorch") {
    @Override
    DecodingContender open(DecodingWorkload workload, int batch) {
      return new LibtorchDecoding(workload);
    }
  };

  private final String title;

  DecodingRuntime(String title) {
    this.title = title;
  }

  /** As a report says it. */
  String title() {
    return title;
  }

  /** One that is to decode batches of up to so many words. */
  abstract DecodingContender open(DecodingWorkload workload, int batch);
}
