package dev.carryover.job.revisions;

import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.ModelAnnouncement;

/**
 * Decides which announced revisions come into a catalog, and which of them may serve once their
 * file is there.
 *
 * <p>Belongs to the task thread.
 */
public final class RevisionIntake {
  private final RevisionCatalog catalog;
  private final String modelId;
  private final AnnouncementCheck door;
  private final Compatibility compatibility;

  /**
   * An intake of announcements that may take over from a job's model.
   *
   * @param job what the job's model is
   */
  public RevisionIntake(RevisionCatalog catalog, ModelConfig job, ModelSettings settings) {
    this.catalog = catalog;
    this.modelId = job.modelId();
    this.door = new AnnouncementCheck(settings, modelId);
    this.compatibility = new Compatibility(job, settings);
  }

  /** Whether an announcement is of this job's model, and news. */
  public boolean concerns(ModelAnnouncement announcement) {
    Revision present = catalog.find(announcement.getRevision());
    return modelId.equals(announcement.getModelId())
        && (present == null || !present.announces(announcement));
  }

  /**
   * Enters an announcement into the catalog, to be checked.
   *
   * @throws ModelRejectedException if it is refused whatever its file holds
   */
  public Revision enter(ModelAnnouncement announcement) throws ModelRejectedException {
    door.check(announcement);
    Revision present = catalog.find(announcement.getRevision());
    if (present != null) {
      throw new ModelRejectedException(
          RejectionCode.REVISION_TAKEN,
          "revision %d was announced before, with the SHA-256 %s, and now with %s or another cutover; announce it under a higher revision"
              .formatted(
                  announcement.getRevision(),
                  present.reference().sha256(),
                  announcement.getSha256()));
    }
    long fromMs = Revision.fromMs(announcement);
    Revision higher = catalog.outrunBy(announcement.getRevision(), fromMs);
    if (higher != null || announcement.getRevision() <= catalog.floor()) {
      throw new ModelRejectedException(
          RejectionCode.LOWER_REVISION,
          "revision %d is not above revision %d, which serves whatever it would; to go back, announce its file under a higher revision"
              .formatted(
                  announcement.getRevision(), higher == null ? catalog.floor() : higher.number()));
    }
    return catalog.add(announcement, Revision.Progress.PENDING);
  }

  /**
   * A revision that is to be settled before another can be: whose state one is to carry has to be
   * known before their layouts are compared. Null when there is none.
   */
  public Revision toSettleBefore(Revision revision) {
    if (revision.pending() && revision.carries()) {
      for (Revision lower : catalog.all()) {
        if (lower.number() < revision.number() && lower.pending()) {
          return lower;
        }
      }
    }
    return null;
  }

  /**
   * Checks what the file of a revision holds.
   *
   * @throws ModelRejectedException if it may not serve this job
   */
  public void check(Revision revision, ModelConfig candidate) throws ModelRejectedException {
    compatibility.check(candidate);
    revision.kept(KeptState.of(candidate));
    Revision before = catalog.predecessor(revision.number());
    if (revision.carries()
        && before != null
        && before.kept() != null
        && !before.kept().equals(revision.kept())) {
      throw new ModelRejectedException(
          RejectionCode.OTHER_STATE_LAYOUT,
          "revision %d keeps %s per key, revision %d before it %s, so its state cannot be carried; announce it with reset, replay or drain"
              .formatted(revision.number(), revision.kept(), before.number(), before.kept()));
    }
  }
}
