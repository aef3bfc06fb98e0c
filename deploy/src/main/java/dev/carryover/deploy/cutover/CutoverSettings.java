package dev.carryover.deploy.cutover;

import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.schemas.StatePolicy;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * When and how a revision takes over in the middle of a demo.
 *
 * @param swapAtHours event time of the cutover, in hours from the beginning of the stream; half of
 *     it if empty
 * @param policy what becomes of sequences that run then
 * @param epochs how often the new revision's training reads its sequences
 */
public record CutoverSettings(Optional<Double> swapAtHours, StatePolicy policy, int epochs) {

  /** Enough for the loss on what is held back to stop falling, and some ten seconds. */
  public static final int EPOCHS = 40;

  /** With the policy replay, how many inputs are run again. */
  public static final int REPLAYED = 32;

  private static final double MS_PER_HOUR = Duration.ofHours(1).toMillis();

  /** How much of the time until the cutover there is to learn from; the rest is for training. */
  private static final double TRAINING_SHARE = 0.8;

  /** Checks the values. */
  public CutoverSettings {
    Objects.requireNonNull(policy, "policy");
    if (epochs < 1) {
      throw new IllegalArgumentException("epochs is " + epochs + "; allowed is at least 1");
    }
  }

  /**
   * Times of a stream, in milliseconds since 1970.
   *
   * @param beginMs of the first event
   * @param trainingMs events before this time are trained on
   * @param cutoverMs of the first event that the new revision may serve
   * @param endMs of the last event
   */
  record Times(long beginMs, long trainingMs, long cutoverMs, long endMs) {
    double hours(long timeMs) {
      return (timeMs - beginMs) / MS_PER_HOUR;
    }

    /** The hour of the stream, from 0. */
    int hourOf(long timeMs) {
      return (int) Math.max(0, Math.floor(hours(timeMs)));
    }

    /** How many hours there are, the last one begun only. */
    int hourCount() {
      return hourOf(endMs) + 1;
    }
  }

  /**
   * The times for a log.
   *
   * @throws IllegalArgumentException if the cutover is not within it
   */
  Times times(HdfsLog log) {
    long beginMs = log.events().get(0).timeMs();
    double all = (log.endMs() - beginMs) / MS_PER_HOUR;
    double swap = swapAtHours.orElse(all / 2);
    if (!(swap > 0 && swap < all)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--swap-at is %s; allowed is above 0 and below %.1f, the hours of the stream",
              swap,
              all));
    }
    long swapMs = Math.round(swap * MS_PER_HOUR);
    return new Times(
        beginMs, beginMs + Math.round(swapMs * TRAINING_SHARE), beginMs + swapMs, log.endMs());
  }
}
