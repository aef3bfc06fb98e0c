package dev.carryover.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import org.junit.jupiter.api.Test;

class RevisionStatusesTest {

  private final RevisionStatuses statuses = new RevisionStatuses(2);

  @Test
  void allInstancesHaveToSayIt() {
    say(2, RevisionStatus.LOADED, 0, 1_000);
    assertThat(statuses.all(2, RevisionStatus.LOADED)).isFalse();
    say(2, RevisionStatus.LOADED, 0, 2_000);
    assertThat(statuses.all(2, RevisionStatus.LOADED)).isFalse();
    say(2, RevisionStatus.LOADED, 1, 3_000);
    assertThat(statuses.all(2, RevisionStatus.LOADED)).isTrue();
    assertThat(statuses.all(1, RevisionStatus.LOADED)).isFalse();
  }

  @Test
  void whatWasSaidIsToldInItsOrderWithTheTimeOfTheLast() {
    say(2, RevisionStatus.LOADED, 0, 1_000);
    say(2, RevisionStatus.ACTIVE, 0, 2_000);
    say(2, RevisionStatus.LOADED, 1, 5_000);
    assertThat(statuses.text(2))
        .isEqualTo("loaded on 2 of 2 at 00:00:05Z, active on 1 of 2 at 00:00:02Z");
    assertThat(statuses.text(1)).isEqualTo("nothing");
  }

  @Test
  void aRefusalIsToldWithItsReason() {
    statuses.add(
        new ModelStatus("m", 2L, 0L, RevisionStatus.REJECTED, "FILE_MISSING", "no file", 0, 2));
    assertThat(statuses.refusals(2)).containsExactly("FILE_MISSING: no file");
    assertThat(statuses.refusals(1)).isEmpty();
  }

  private void say(long revision, RevisionStatus status, int subtask, long timeMs) {
    statuses.add(new ModelStatus("m", revision, timeMs, status, null, null, subtask, 2));
  }
}
