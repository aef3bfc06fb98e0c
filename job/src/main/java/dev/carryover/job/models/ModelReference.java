package dev.carryover.job.models;

import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.io.Serializable;

/**
 * Where the model of a job is and how it is loaded.
 *
 * @param uri a path of any Flink file system
 * @param sha256 digest of the file when the job was submitted, so that every task loads the same
 *     bytes
 * @param revision number that inferences carry
 * @param kernels kernels to run on
 */
public record ModelReference(String uri, String sha256, long revision, KernelChoice kernels)
    implements Serializable {

  /** What becomes of a revision that is announced to a job whose model is fixed. */
  public ModelStatus refuse(ModelAnnouncement announcement, long nowMs) {
    return new ModelStatus(
        announcement.getModelId(),
        announcement.getRevision(),
        nowMs,
        RevisionStatus.REJECTED,
        "FIXED_MODEL",
        "this job serves revision "
            + revision
            + " of its configuration and takes no announcements; change model.path and restart it",
        null,
        null);
  }
}
