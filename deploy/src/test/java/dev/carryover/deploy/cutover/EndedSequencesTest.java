package dev.carryover.deploy.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.cutover.EndedSequences.Ended;
import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.deploy.logs.TestingLog;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndedSequencesTest {

  private static final long HOUR = Duration.ofHours(1).toMillis();

  private final HdfsLog log =
      TestingLog.builder()
          .event(0, "a", "5")
          .event(HOUR, "a", "6")
          .event(2 * HOUR, "b", "7")
          .event(5 * HOUR, "a", "8")
          .event(6 * HOUR, "b", "9")
          .build();

  @Test
  void aBlockIsOneSequenceThatHasEndedWhenItIsQuiet() {
    assertThat(EndedSequences.before(log, Optional.empty(), 2 * HOUR + 1))
        .containsExactly(new Ended("a", List.of("5", "6")));
    assertThat(EndedSequences.before(log, Optional.empty(), 9 * HOUR))
        .containsExactly(new Ended("a", List.of("5", "6", "8")), new Ended("b", List.of("7", "9")));
  }

  @Test
  void aGapEndsASequenceAndTheNextEventBeginsAnother() {
    assertThat(EndedSequences.before(log, Optional.of(Duration.ofHours(3)), 9 * HOUR))
        .containsExactly(
            new Ended("a", List.of("5", "6")),
            new Ended("b", List.of("7")),
            new Ended("a", List.of("8")));
  }

  @Test
  void nothingIsKnownOfWhatComesLater() {
    HdfsLog shorter =
        TestingLog.builder()
            .event(0, "a", "5")
            .event(HOUR, "a", "6")
            .event(2 * HOUR, "b", "7")
            .event(9 * HOUR, "c", "1")
            .build();
    assertThat(EndedSequences.before(log, Optional.empty(), 4 * HOUR))
        .isEqualTo(EndedSequences.before(shorter, Optional.empty(), 4 * HOUR));
  }
}
