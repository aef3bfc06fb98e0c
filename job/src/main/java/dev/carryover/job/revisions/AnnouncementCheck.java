package dev.carryover.job.revisions;

import dev.carryover.job.models.AllowedLocations;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.schemas.AnnouncementSignature;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.security.PublicKey;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What an announcement has to be before its file is looked at. Decides by the announcement and the
 * settings alone, so every subtask decides alike. Immutable.
 */
public final class AnnouncementCheck {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final ModelSettings settings;
  private final String modelId;
  private final AllowedLocations locations;
  private final PublicKey publicKey;

  /**
   * A check for a job.
   *
   * @param modelId id of the job's model
   * @throws IllegalArgumentException if the settings have a public key that is none, or an allowed
   *     location that is no URI of a folder
   */
  public AnnouncementCheck(ModelSettings settings, String modelId) {
    this.settings = settings;
    this.modelId = modelId;
    this.locations = new AllowedLocations(settings.allowedLocations());
    this.publicKey =
        settings.publicKey() == null
            ? null
            : AnnouncementSignature.decodePublicKey(
                Base64.getDecoder().decode(settings.publicKey()), "models.public-key");
  }

  /**
   * Checks an announcement, its signature last: values that mean nothing are refused as such,
   * signed or not.
   *
   * @throws ModelRejectedException if it is refused
   */
  public void check(ModelAnnouncement announcement) throws ModelRejectedException {
    checkValues(announcement);
    checkPolicy(announcement.getStatePolicy(), announcement.getReplayLength());
    locations.check(announcement.getUri());
    if (publicKey != null) {
      checkSignature(announcement);
    }
  }

  private void checkValues(ModelAnnouncement announcement) throws ModelRejectedException {
    if (!announcement.getModelId().equals(modelId)) {
      throw new ModelRejectedException(
          RejectionCode.OTHER_MODEL,
          "the announcement is of model '"
              + announcement.getModelId()
              + "', the job serves '"
              + modelId
              + "'; announce it to the job that serves it");
    }
    if (announcement.getRevision() < 1) {
      throw invalid(
          "revision", announcement.getRevision(), "at least 1", "announce it under a higher one");
    }
    if (!SHA256.matcher(announcement.getSha256()).matches()) {
      throw invalid(
          "sha256",
          "'" + announcement.getSha256() + "'",
          "64 lower-case hexadecimal digits",
          "announce it with the digest of the file");
    }
    long bytes = announcement.getSizeBytes();
    if (bytes < 1) {
      throw invalid("size_bytes", bytes, "at least 1", "announce it with the size of the file");
    }
    if (bytes > settings.maximumBytes()) {
      throw new ModelRejectedException(
          RejectionCode.FILE_TOO_LARGE,
          "the announced model file has "
              + bytes
              + " bytes, the limit is "
              + settings.maximumBytes()
              + "; raise models.maximum-size if the model is meant to be this large");
    }
  }

  private void checkPolicy(StatePolicy policy, Integer replayLength) throws ModelRejectedException {
    if (policy == StatePolicy.UNKNOWN) {
      throw invalid(
          "state_policy",
          policy,
          "carry, reset, replay or drain",
          "announce it with one of these, or run a release of the job that knows the other");
    }
    if (policy != StatePolicy.REPLAY) {
      if (replayLength != null) {
        throw invalid(
            "replay_length", replayLength, "absent with " + policy, "leave it out, or replay");
      }
      return;
    }
    if (replayLength == null || replayLength < 1) {
      throw invalid(
          "replay_length",
          replayLength,
          "at least 1 with REPLAY",
          "say how many inputs are to be replayed");
    }
    if (replayLength > settings.replayLength()) {
      throw new ModelRejectedException(
          RejectionCode.REPLAY_TOO_LONG,
          "the announcement has the replay_length "
              + replayLength
              + ", the job remembers "
              + settings.replayLength()
              + " inputs of a sequence; raise models.replay-length, or replay fewer");
    }
  }

  private void checkSignature(ModelAnnouncement announcement) throws ModelRejectedException {
    if (announcement.getSignature() == null) {
      throw new ModelRejectedException(
          RejectionCode.UNSIGNED,
          "the announcement has no signature, and the job has a public key (models.public-key); sign"
              + " it with the private key that belongs to it");
    }
    if (!AnnouncementSignature.verify(announcement, publicKey)) {
      throw new ModelRejectedException(
          RejectionCode.SIGNATURE_INVALID,
          "the signature of "
              + announcement.getSignature().remaining()
              + " bytes is not that of the job's public key (models.public-key) over this announcement;"
              + " sign it as it is, with the private key that belongs to that one");
    }
  }

  private static ModelRejectedException invalid(
      String field, Object value, String expected, String remedy) {
    return new ModelRejectedException(
        RejectionCode.INVALID_ANNOUNCEMENT,
        "the announcement has the "
            + field
            + " "
            + value
            + ", expected "
            + expected
            + "; "
            + remedy);
  }
}
