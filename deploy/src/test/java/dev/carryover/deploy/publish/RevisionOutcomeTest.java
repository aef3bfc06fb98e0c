package dev.carryover.deploy.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

class RevisionOutcomeTest {

  @Test
  void whatAllInstancesSayIsToldOnce() {
    RevisionOutcome outcome =
        RevisionOutcome.of(
            List.of(
                status(1, RevisionStatus.LOADED, 0, 2),
                status(2, RevisionStatus.ACTIVE, 0, 2),
                status(2, RevisionStatus.LOADED, 1, 2),
                status(4, RevisionStatus.ACTIVE, 1, 2)));
    assertThat(outcome.text()).isEqualTo("active on 2 of 2 since 1970-01-01T00:00:04Z");
    assertThat(outcome.active()).isTrue();
    assertThat(outcome.rejected()).isFalse();
  }

  @Test
  void instancesThatDifferAreToldApart() {
    RevisionOutcome outcome =
        RevisionOutcome.of(
            List.of(
                status(1, RevisionStatus.LOADED, 0, 4),
                status(2, RevisionStatus.ACTIVE, 1, 4),
                rejected(3, "LOAD_FAILED", 2, 4)));
    assertThat(outcome.text())
        .isEqualTo(
            "active on 1 of 4 since 1970-01-01T00:00:02Z; loaded on 1 of 4 since"
                + " 1970-01-01T00:00:01Z; rejected on 1 of 4: LOAD_FAILED");
    assertThat(outcome.details()).containsExactly("LOAD_FAILED: why");
  }

  @Test
  void afterRescalingTheNewInstancesCount() {
    RevisionOutcome outcome =
        RevisionOutcome.of(
            List.of(
                status(1, RevisionStatus.ACTIVE, 0, 2),
                status(1, RevisionStatus.ACTIVE, 1, 2),
                status(9, RevisionStatus.ACTIVE, 2, 3)));
    assertThat(outcome.text()).isEqualTo("active on 1 of 3 since 1970-01-01T00:00:09Z");
  }

  @Test
  void theLastWordOfAnInstanceCountsWhateverPartitionItWasReadFrom() {
    RevisionOutcome outcome =
        RevisionOutcome.of(
            List.of(
                status(5, RevisionStatus.SUPERSEDED, 0, 1),
                status(3, RevisionStatus.ACTIVE, 0, 1)));
    assertThat(outcome.text()).isEqualTo("superseded on 1 of 1 since 1970-01-01T00:00:05Z");
    assertThat(outcome.active()).isFalse();
  }

  @Test
  void aWordForTheWholeJobNamesNoInstances() {
    assertThat(RevisionOutcome.of(List.of(rejected(1, "FIXED_MODEL", null, null))).text())
        .isEqualTo("rejected: FIXED_MODEL");
  }

  @Test
  void silenceIsTold() {
    assertThat(RevisionOutcome.of(List.of()).text()).isEqualTo("no answer");
  }

  private static ModelStatus status(
      long second, RevisionStatus status, Integer subtask, Integer parallelism) {
    return new ModelStatus("m", 2L, second * 1000, status, null, null, subtask, parallelism);
  }

  private static ModelStatus rejected(
      long second, String reason, Integer subtask, Integer parallelism) {
    return new ModelStatus(
        "m", 2L, second * 1000, RevisionStatus.REJECTED, reason, "why", subtask, parallelism);
  }
}
