package dev.carryover.runtime;

import dev.carryover.runtime.kernels.KernelChoice;
import java.util.Objects;

/**
 * How a model is loaded.
 *
 * @param kernels which kernels it runs on
 * @param foldedEmbeddingBytes largest table of folded embeddings; a bigger vocabulary keeps its
 *     embedding and multiplies at every step, with the same results
 */
public record RuntimeOptions(KernelChoice kernels, long foldedEmbeddingBytes) {
  /** Fastest kernels, folded embeddings of up to 64 MiB. */
  public static final RuntimeOptions DEFAULTS = new RuntimeOptions(KernelChoice.AUTO, 64L << 20);

  /** Checks the arguments. */
  public RuntimeOptions {
    Objects.requireNonNull(kernels, "kernels");
    if (foldedEmbeddingBytes < 0) {
      throw new IllegalArgumentException(
          "the budget of folded embeddings is "
              + foldedEmbeddingBytes
              + " bytes: use zero or more");
    }
  }

  /** The same options on other kernels. */
  public RuntimeOptions withKernels(KernelChoice choice) {
    return new RuntimeOptions(choice, foldedEmbeddingBytes);
  }

  /** The same options with another budget for folded embeddings, in bytes. */
  public RuntimeOptions withFoldedEmbeddingBytes(long bytes) {
    return new RuntimeOptions(kernels, bytes);
  }
}
