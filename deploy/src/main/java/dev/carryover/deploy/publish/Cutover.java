package dev.carryover.deploy.publish;

import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.time.Instant;
import java.util.Locale;

/**
 * From when on a revision serves, and what becomes of hidden state then.
 *
 * @param effectiveFromMs event time of the first event it serves, or null for at once
 * @param policy what becomes of the state of a running sequence
 * @param replayLength with {@link StatePolicy#REPLAY}, how many inputs are run again, at least 1;
 *     else null
 */
public record Cutover(Long effectiveFromMs, StatePolicy policy, Integer replayLength) {

  /**
   * Checks that the parts fit.
   *
   * @throws IllegalArgumentException naming the option that does not
   */
  public Cutover {
    if (policy == StatePolicy.UNKNOWN) {
      throw new IllegalArgumentException(
          "--state-policy is unknown; allowed is carry, reset, replay or drain");
    }
    if (policy == StatePolicy.REPLAY && replayLength == null) {
      throw new IllegalArgumentException(
          "--state-policy is replay and --replay-length is absent; say how many inputs to run again, at most models.replay-length of the job");
    }
    if (policy != StatePolicy.REPLAY && replayLength != null) {
      throw new IllegalArgumentException(
          "--replay-length is "
              + replayLength
              + " and --state-policy is not replay; leave one out, or say replay");
    }
    if (replayLength != null && replayLength < 1) {
      throw new IllegalArgumentException(
          "--replay-length is " + replayLength + "; allowed is a number of at least 1");
    }
  }

  /**
   * Reads a state policy as people write it.
   *
   * @throws IllegalArgumentException if there is no such policy
   */
  public static StatePolicy policy(String text) {
    return switch (text) {
      case "carry" -> StatePolicy.CARRY;
      case "reset" -> StatePolicy.RESET;
      case "replay" -> StatePolicy.REPLAY;
      case "drain" -> StatePolicy.DRAIN;
      default ->
          throw new IllegalArgumentException(
              "--state-policy is " + text + "; allowed is carry, reset, replay or drain");
    };
  }

  /** When, for people: {@code at once}, or the time. */
  static String time(ModelAnnouncement announcement) {
    Long effectiveFromMs = announcement.getEffectiveFromMs();
    return effectiveFromMs == null ? "at once" : Instant.ofEpochMilli(effectiveFromMs).toString();
  }

  /** The policy, for people: {@code carry}, {@code replay 32}. */
  static String policy(ModelAnnouncement announcement) {
    return announcement.getStatePolicy().name().toLowerCase(Locale.ROOT)
        + (announcement.getReplayLength() == null ? "" : " " + announcement.getReplayLength());
  }
}
