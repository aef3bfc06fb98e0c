package dev.carryover.job.models;

import java.io.Serializable;
import java.util.List;

/**
 * How a job treats announced models.
 *
 * @param announced whether the job takes announcements at all
 * @param allowedLocations URIs of folders that model files may lie in or below
 * @param publicKey X.509 encoding in Base64 of the Ed25519 key that announcements are signed for,
 *     or null where none need be
 * @param maximumBytes largest model file
 * @param loadTimeoutMs longest that fetching and loading may take
 * @param maximumResident most models that a subtask holds at once, at least 2
 * @param replayLength how many of its last inputs every running sequence remembers; 0 for none
 * @param resetMissing whether state is reset when the revision it needs can no longer be loaded,
 *     instead of failing
 * @param alertsFromModel whether alerts need thresholds in the model file
 */
public record ModelSettings(
    boolean announced,
    List<String> allowedLocations,
    String publicKey,
    long maximumBytes,
    long loadTimeoutMs,
    int maximumResident,
    int replayLength,
    boolean resetMissing,
    boolean alertsFromModel)
    implements Serializable {

  /** Settings of a job that takes no announcements. */
  public static final ModelSettings FIXED =
      new ModelSettings(false, List.of(), null, 1L << 31, 60_000, 2, 0, false, false);
}
