package dev.carryover.deploy.words;

import dev.carryover.deploy.demo.Progress;
import dev.carryover.deploy.words.WordTally.Answer;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Shows how far a run is, and a few answers of every moment, since nobody can read all of them; the
 * first of another revision are always among them. Belongs to one thread.
 */
final class LiveAnswers implements Consumer<Answer> {

  private static final long MOMENT_NANOS = Duration.ofMillis(500).toNanos();
  private static final int SHOWN_A_MOMENT = 4;

  private final Progress progress;
  private long momentNanos;
  private long revision;
  private int shown;
  private int answers;

  LiveAnswers(Progress progress) {
    this.progress = progress;
  }

  @Override
  public void accept(Answer answer) {
    progress.stepTo(++answers);
    boolean later = answer.visibleNanos() - momentNanos > MOMENT_NANOS;
    if (shown == 0 || later || answer.revision() > revision) {
      momentNanos = answer.visibleNanos();
      revision = Math.max(revision, answer.revision());
      shown = 0;
    }
    if (shown++ < SHOWN_A_MOMENT) {
      progress.line(line(answer));
    }
  }

  /** The word, the answer, and whether it is right. */
  static String line(Answer answer) {
    return "  revision %d  %-16s %-40s %s"
        .formatted(
            answer.revision(),
            answer.request().word().spelling(),
            String.join(" ", answer.phones()),
            verdict(answer))
        .stripTrailing();
  }

  private static String verdict(Answer answer) {
    int ways = answer.request().word().pronunciations().size();
    if (answer.reference() < 0) {
      return "wrong: " + String.join(" ", answer.request().word().pronunciations().get(0));
    }
    return ways == 1 ? "right" : "right, number %d of %d".formatted(answer.reference() + 1, ways);
  }
}
