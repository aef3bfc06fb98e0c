package dev.carryover.tests.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.tests.bench.pipeline.CommitClock.Commit;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommitClockTest {
  private static final List<Commit> COMMITS =
      List.of(
          new Commit(100, 1_000, 500),
          new Commit(300, 3_000, 900),
          new Commit(700, 4_200, 1_700),
          new Commit(1_000, 9_000, 1_800));

  @Test
  void timeIsTakenFromTheFirstCommitOfTheSteadyPartToTheLast() {
    CommitClock.Reading reading = CommitClock.read(COMMITS, 200, 1_000);

    assertThat(reading).isEqualTo(new CommitClock.Reading(400, 3, 2));
  }

  @Test
  void oneCommitIsNoTime() {
    assertThatThrownBy(() -> CommitClock.read(COMMITS, 400, 1_000))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "1 of 4 commits fall between 400 and 1000 records where 2 are needed; give more events, or a shorter interval of checkpoints");
  }
}
