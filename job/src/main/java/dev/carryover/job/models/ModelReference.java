package dev.carryover.job.models;

import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.ModelAnnouncement;
import java.io.Serializable;

/**
 * Where a model is and how it is loaded.
 *
 * @param uri a path of any Flink file system
 * @param sha256 digest of the file when the job was submitted or the model announced, so that every
 *     task loads the same bytes
 * @param revision number that inferences carry
 * @param options kernels to run on and what weights are kept in
 */
public record ModelReference(String uri, String sha256, long revision, RuntimeOptions options)
    implements Serializable {

  /** A reference to a model on some kernels, with all other options as usual. */
  public ModelReference(String uri, String sha256, long revision, KernelChoice kernels) {
    this(uri, sha256, revision, RuntimeOptions.DEFAULTS.withKernels(kernels));
  }

  /** What an announcement refers to; nothing of it is checked yet. */
  public static ModelReference of(ModelAnnouncement announcement, RuntimeOptions options) {
    return new ModelReference(
        announcement.getUri(), announcement.getSha256(), announcement.getRevision(), options);
  }
}
