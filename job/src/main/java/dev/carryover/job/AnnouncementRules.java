package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.revisions.AnnouncementCheck;
import dev.carryover.job.revisions.Compatibility;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a job of a configuration refuses, for whoever announces to it from elsewhere. What cannot be
 * read from there, the job's own model or its public key, is left to the job, and told.
 *
 * <p>Immutable.
 */
public final class AnnouncementRules {
  private final ModelSettings settings;
  private final long jobRevision;
  private final ModelConfig own;
  private final boolean signed;
  private final List<String> leftToTheJob;

  private AnnouncementRules(
      ModelSettings settings,
      long jobRevision,
      ModelConfig own,
      boolean signed,
      List<String> leftToTheJob) {
    this.settings = settings;
    this.jobRevision = jobRevision;
    this.own = own;
    this.signed = signed;
    this.leftToTheJob = List.copyOf(leftToTheJob);
  }

  /**
   * Reads the job's model and its public key, where they can be read from here.
   *
   * @throws ConfigurationException if an allowed location cannot be used
   */
  public static AnnouncementRules of(JobConfiguration job) throws ConfigurationException {
    List<String> left = new ArrayList<>();
    ModelConfig own = null;
    try {
      own = LoadedModels.read(job.modelUri()).config();
    } catch (IOException e) {
      left.add("whether the model can take over from the job's own: " + e.getMessage());
    }
    boolean signed = job.isSet(JobOptions.MODELS_PUBLIC_KEY);
    String key = null;
    try {
      key = signed ? Models.publicKey(job) : null;
    } catch (ConfigurationException e) {
      left.add("whether the signature is right: " + e.getMessage());
    }
    return new AnnouncementRules(
        Models.settings(job, key), job.get(JobOptions.MODEL_REVISION), own, signed, left);
  }

  /** The revision that the job begins with; it takes higher ones only. */
  public long jobRevision() {
    return jobRevision;
  }

  /** The id of the job's model, where it could be read. */
  public Optional<String> modelId() {
    return Optional.ofNullable(own).map(ModelConfig::modelId);
  }

  /** What only the job can say, with the reason. */
  public List<String> leftToTheJob() {
    return leftToTheJob;
  }

  /**
   * Checks an announcement as the job does before it looks at the file.
   *
   * @throws ModelRejectedException if the job would refuse it
   */
  public void check(ModelAnnouncement announcement) throws ModelRejectedException {
    String id = modelId().orElse(announcement.getModelId());
    new AnnouncementCheck(settings, id).check(announcement);
    if (announcement.getRevision() <= jobRevision) {
      throw new ModelRejectedException(
          RejectionCode.LOWER_REVISION,
          "the announcement is of revision %d, the job begins with %d (model.revision); announce a higher one"
              .formatted(announcement.getRevision(), jobRevision));
    }
    if (signed && announcement.getSignature() == null) {
      throw new ModelRejectedException(
          RejectionCode.UNSIGNED,
          "the announcement has no signature, and the job has a public key (models.public-key); sign"
              + " it with the private key that belongs to it");
    }
  }

  /**
   * Checks whether a model can take over from the job's own; says nothing where that could not be
   * read.
   *
   * @throws ModelRejectedException if it cannot
   */
  public void check(ModelConfig candidate) throws ModelRejectedException {
    if (own != null) {
      new Compatibility(own, settings).check(candidate);
    }
  }

  /**
   * Checks whether a model, announced with a policy, can have the state of the job's own model, as
   * it must while no revision lies between the two.
   *
   * @throws ModelRejectedException if state is to be carried and has another layout
   */
  public void checkCarried(ModelConfig candidate, StatePolicy policy)
      throws ModelRejectedException {
    if (own != null
        && policy == StatePolicy.CARRY
        && !own.stateLayout().equals(candidate.stateLayout())) {
      throw new ModelRejectedException(
          RejectionCode.OTHER_STATE_LAYOUT,
          "the file's model keeps %s per key, the job's own %s, so state cannot be carried; announce it with reset, replay or drain"
              .formatted(candidate.stateLayout(), own.stateLayout()));
    }
  }
}
