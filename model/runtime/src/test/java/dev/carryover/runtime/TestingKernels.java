package dev.carryover.runtime;

import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.ScalarKernels;
import dev.carryover.runtime.kernels.TestingLaneWidths;
import java.util.ArrayList;
import java.util.List;

/** The kernels that a model can run on, all in one JVM. */
final class TestingKernels {
  /** More bytes for folded embeddings than any test model takes. */
  static final RuntimeOptions FOLDED =
      RuntimeOptions.DEFAULTS.withFoldedEmbeddingBytes(Long.MAX_VALUE);

  /** No bytes for folded embeddings: the embedding is multiplied at every step. */
  static final RuntimeOptions UNFOLDED = FOLDED.withFoldedEmbeddingBytes(0);

  private TestingKernels() {}

  /** The specification. */
  static KernelProvider.Selection scalar() {
    return selection(new ScalarKernels());
  }

  /** The specification and the vector kernels at every width. */
  static List<KernelProvider.Selection> all() {
    List<KernelProvider.Selection> all = new ArrayList<>();
    all.add(scalar());
    for (Kernels kernels : TestingLaneWidths.all()) {
      all.add(selection(kernels));
    }
    return all;
  }

  private static KernelProvider.Selection selection(Kernels kernels) {
    return new KernelProvider.Selection(kernels, "for a test");
  }
}
