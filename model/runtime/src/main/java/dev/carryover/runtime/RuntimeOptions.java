package dev.carryover.runtime;

import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.io.Serializable;
import java.util.Objects;

/**
 * How a model is loaded.
 *
 * @param kernels which kernels it runs on
 * @param foldedEmbeddingBytes largest table of folded embeddings; a bigger vocabulary keeps its
 *     embedding and multiplies at every step, with the same results
 * @param weights what the weights of its products are kept in
 * @param weightTolerance how far rounded weights may move an output of the self-tests, as a share
 *     of the largest output recorded; a model that moves further is refused. Nothing to {@link
 *     WeightPrecision#FP32}, which rounds nothing
 */
public record RuntimeOptions(
    KernelChoice kernels,
    long foldedEmbeddingBytes,
    WeightPrecision weights,
    double weightTolerance)
    implements Serializable {
  /** Of the largest output recorded; models that were trained move by up to 0.7 % of it. */
  public static final double DEFAULT_WEIGHT_TOLERANCE = 0.02;

  /** Fastest kernels, folded embeddings of up to 64 MiB, weights as they are. */
  public static final RuntimeOptions DEFAULTS =
      new RuntimeOptions(
          KernelChoice.AUTO, 64L << 20, WeightPrecision.FP32, DEFAULT_WEIGHT_TOLERANCE);

  /** Checks the arguments. */
  public RuntimeOptions {
    Objects.requireNonNull(kernels, "kernels");
    Objects.requireNonNull(weights, "weights");
    if (foldedEmbeddingBytes < 0) {
      throw new IllegalArgumentException(
          "the budget of folded embeddings is "
              + foldedEmbeddingBytes
              + " bytes: use zero or more");
    }
    if (!(weightTolerance >= 0)) {
      throw new IllegalArgumentException(
          "the tolerance of rounded weights is "
              + weightTolerance
              + ": use a share of the largest output, zero or more");
    }
  }

  /** The same options on other kernels. */
  public RuntimeOptions withKernels(KernelChoice choice) {
    return new RuntimeOptions(choice, foldedEmbeddingBytes, weights, weightTolerance);
  }

  /** The same options with another budget for folded embeddings, in bytes. */
  public RuntimeOptions withFoldedEmbeddingBytes(long bytes) {
    return new RuntimeOptions(kernels, bytes, weights, weightTolerance);
  }

  /** The same options with weights in another precision. */
  public RuntimeOptions withWeights(WeightPrecision precision) {
    return new RuntimeOptions(kernels, foldedEmbeddingBytes, precision, weightTolerance);
  }

  /** The same options with another tolerance of rounded weights. */
  public RuntimeOptions withWeightTolerance(double share) {
    return new RuntimeOptions(kernels, foldedEmbeddingBytes, weights, share);
  }
}
