package dev.carryover.job.serving;

import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.Revision;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.TaskInfo;

/**
 * Says what became of revisions, in the name of one subtask. A job that takes no announcements says
 * nothing but that.
 */
public final class StatusTeller {
  private final boolean announced;
  private final OperatorOutputs outputs;
  private final LongSupplier clockMs;
  private final int subtask;
  private final int parallelism;
  private String modelId;

  /** Speaks for a task. */
  public StatusTeller(
      boolean announced, OperatorOutputs outputs, LongSupplier clockMs, TaskInfo task) {
    this.announced = announced;
    this.outputs = outputs;
    this.clockMs = clockMs;
    this.subtask = task.getIndexOfThisSubtask();
    this.parallelism = task.getNumberOfParallelSubtasks();
  }

  /** Says of which model the revisions are. */
  public void modelId(String id) {
    modelId = id;
  }

  /** A revision is ready. */
  public void loaded(Revision revision) {
    tell(
        revision.number(),
        RevisionStatus.LOADED,
        revision.isLate()
            ? "events of its time %d had been served before it was announced; it serves from now on, at a different event of every key"
                .formatted(revision.fromMs())
            : null);
  }

  /** A revision serves, in place of another if there was one. */
  public void active(Revision revision, Revision before) {
    tell(revision.number(), RevisionStatus.ACTIVE, null);
    if (before != null) {
      superseded(before);
    }
  }

  /** A higher revision serves in the place of one. */
  public void superseded(Revision revision) {
    tell(revision.number(), RevisionStatus.SUPERSEDED, null);
  }

  /** An announcement is refused, whichever model it is of. */
  public void rejected(ModelAnnouncement announcement, RejectionCode code, String detail) {
    tellRejected(announcement.getModelId(), announcement.getRevision(), code, detail);
  }

  /** A revision may not serve. */
  public void rejected(long revision, RejectionCode code, String detail) {
    tellRejected(modelId, revision, code, detail);
  }

  private void tellRejected(String model, long revision, RejectionCode code, String detail) {
    outputs.modelStatus(
        new ModelStatus(
            model,
            revision,
            clockMs.getAsLong(),
            RevisionStatus.REJECTED,
            code.name(),
            detail,
            subtask,
            parallelism));
  }

  private void tell(long revision, RevisionStatus status, String detail) {
    if (announced) {
      outputs.modelStatus(
          new ModelStatus(
              modelId, revision, clockMs.getAsLong(), status, null, detail, subtask, parallelism));
    }
  }
}
