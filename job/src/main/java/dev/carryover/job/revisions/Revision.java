package dev.carryover.job.revisions;

import dev.carryover.job.models.ModelReference;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.util.Objects;

/**
 * One revision of the job's model, as one subtask sees it: the job's own, or an announced one.
 *
 * <p>Belongs to the task thread.
 */
public final class Revision {
  /** How far a subtask is with a revision. */
  public enum Progress {
    /** Announced, not checked yet. */
    PENDING,
    /** Checked: it may serve. */
    USABLE,
    /** It may not serve. */
    REJECTED
  }

  private final ModelReference reference;
  private final ModelAnnouncement announcement;
  private final long fromMs;
  private Progress progress;
  private boolean late;
  private KeptState kept;

  private Revision(ModelReference reference, ModelAnnouncement announcement, Progress progress) {
    this.reference = reference;
    this.announcement = announcement;
    this.fromMs = announcement == null ? Long.MIN_VALUE : fromMs(announcement);
    this.progress = progress;
  }

  /** The revision that a job is submitted with. */
  static Revision ofJob(ModelReference reference) {
    return new Revision(reference, null, Progress.USABLE);
  }

  /** A revision that was announced. */
  static Revision announced(
      ModelAnnouncement announcement, RuntimeOptions options, Progress progress) {
    return new Revision(ModelReference.of(announcement, options), announcement, progress);
  }

  /** Event time of an announcement's cutover; the least long when it is at once. */
  public static long fromMs(ModelAnnouncement announcement) {
    Long effectiveFromMs = announcement.getEffectiveFromMs();
    return effectiveFromMs == null ? Long.MIN_VALUE : effectiveFromMs;
  }

  /** Its number. */
  public long number() {
    return reference.revision();
  }

  /** Where its file is. */
  public ModelReference reference() {
    return reference;
  }

  /** Its announcement; null for the job's own. */
  public ModelAnnouncement announcement() {
    return announcement;
  }

  /** Whether it serves from the moment that it is ready. */
  public boolean atOnce() {
    return fromMs == Long.MIN_VALUE;
  }

  /** Event time of the first event that it serves; the least long when {@link #atOnce()}. */
  public long fromMs() {
    return fromMs;
  }

  /** Size of its file in bytes as announced; 0 for the job's own, which nobody announced. */
  public long expectedBytes() {
    return announcement == null ? 0 : announcement.getSizeBytes();
  }

  /** How far the subtask is with it. */
  Progress progress() {
    return progress;
  }

  /** Whether it may serve. */
  public boolean usable() {
    return progress == Progress.USABLE;
  }

  /** Whether it is not checked yet. */
  public boolean pending() {
    return progress == Progress.PENDING;
  }

  /** Whether it may not serve. */
  boolean rejected() {
    return progress == Progress.REJECTED;
  }

  void progress(Progress next) {
    progress = next;
  }

  /**
   * Whether it has a place in event time. One that is not checked yet has it only if events can
   * still wait for it: not when it is to serve at once, nor when it was announced too late.
   */
  boolean placed() {
    return usable() || (pending() && !atOnce() && !late);
  }

  /** Notes that events of its time had been served when it was announced. */
  public void late() {
    late = true;
  }

  /** Whether events of its time had been served when it was announced. */
  public boolean isLate() {
    return late;
  }

  /** Whether an announcement says the same as this revision's, its signature aside. */
  public boolean announces(ModelAnnouncement other) {
    if (announcement == null) {
      return reference.sha256().equals(other.getSha256()) && other.getEffectiveFromMs() == null;
    }
    return announcement.getSha256().equals(other.getSha256())
        && Objects.equals(announcement.getEffectiveFromMs(), other.getEffectiveFromMs())
        && announcement.getStatePolicy() == other.getStatePolicy()
        && Objects.equals(announcement.getReplayLength(), other.getReplayLength());
  }

  /** What is kept of a sequence under the model; null before it was loaded. */
  public KeptState kept() {
    return kept;
  }

  /** Notes what is kept of a sequence under the model. */
  public void kept(KeptState ofModel) {
    kept = ofModel;
  }

  /** Whether running sequences are to go on with the state that they have. */
  boolean carries() {
    return policy() == StatePolicy.CARRY;
  }

  StatePolicy policy() {
    return announcement == null ? StatePolicy.CARRY : announcement.getStatePolicy();
  }

  /** What its policy does with a running sequence; null where that is up to the one before. */
  Takeover takeover() {
    return switch (policy()) {
      case RESET -> Takeover.RESET;
      case DRAIN -> Takeover.STAY;
      case REPLAY -> new Takeover(Takeover.Kind.REPLAY, announcement.getReplayLength());
      default -> null;
    };
  }

  @Override
  public String toString() {
    return "revision " + number() + ", " + progress;
  }
}
