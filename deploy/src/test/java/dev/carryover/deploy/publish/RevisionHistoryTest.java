package dev.carryover.deploy.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.deploy.publish.RecordTopic.Stored;
import dev.carryover.deploy.publish.RevisionHistory.Entry;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RevisionHistoryTest {

  private final List<Stored<ModelAnnouncement>> announced = new ArrayList<>();
  private final List<Stored<ModelStatus>> answered = new ArrayList<>();

  @Test
  void revisionsStandNewestFirstWithThoseOfTheJobAmongThem() {
    announce(2, "a");
    announce(10, "b");
    answer(1, RevisionStatus.SUPERSEDED, null);
    answer(10, RevisionStatus.ACTIVE, null);

    RevisionHistory history = history();

    assertThat(history.entries()).extracting(Entry::revision).containsExactly(10L, 2L, 1L);
    assertThat(history.entries().get(2).announced()).isNull();
    assertThat(history.highestAnnounced()).hasValue(10);
  }

  @Test
  void goingBackFindsTheHighestRevisionBelowTheNewestActiveOne() throws IOException {
    announce(2, "a");
    announce(3, "b");
    announce(4, "c");
    announce(5, "d");
    answer(3, RevisionStatus.SUPERSEDED, null);
    answer(4, RevisionStatus.ACTIVE, null);
    answer(5, RevisionStatus.LOADED, null);
    assertThat(history().before().revision()).isEqualTo(3);
  }

  @Test
  void goingBackPassesByWhatWasRejectedAndByTheSameFile() throws IOException {
    announce(2, "a");
    announce(3, "b");
    announce(4, "c");
    announce(5, "c");
    answer(3, RevisionStatus.REJECTED, "INVALID_FILE");
    answer(5, RevisionStatus.ACTIVE, null);
    assertThat(history().before().revision()).isEqualTo(2);
  }

  @Test
  void whereThereIsNothingToGoBackToItSaysWhy() {
    announce(2, "a");
    assertThatIOException()
        .isThrownBy(() -> history().before())
        .withMessage(
            "no revision of m is active by the status topic; name the one to go back to with"
                + " --to-revision");
    answer(2, RevisionStatus.ACTIVE, null);
    assertThatIOException()
        .isThrownBy(() -> history().before())
        .withMessageContaining("revision 2 of m is active, and below it no other file");
    assertThatIOException()
        .isThrownBy(() -> history().announced(7))
        .withMessageContaining("--to-revision is 7, and of m were announced [2]");
  }

  @Test
  void theFirstAnnouncementOfARevisionCountsAndTheOtherIsTold() throws IOException {
    announce(2, "a");
    announce(2, "a");
    announce(2, "b");
    answer(2, RevisionStatus.ACTIVE, null);
    answer(2, RevisionStatus.REJECTED, "REVISION_TAKEN");

    RevisionHistory history = history();

    assertThat(history.entries())
        .extracting(entry -> entry.announcement().getSha256(), entry -> entry.outcome().text())
        .containsExactly(
            tuple("b", "rejected: REVISION_TAKEN"),
            tuple("a", "active since 1970-01-01T00:00:00Z"));
    assertThat(history.announced(2).announcement().getSha256()).isEqualTo("a");
  }

  @Test
  void modelsOfOneTopicAreKeptApart() {
    announce(2, "a");
    announced.add(
        new Stored<>(
            new ModelAnnouncement("n", 9L, "u", "a", 1L, null, StatePolicy.CARRY, null, null),
            0,
            "models-0@9"));
    answered.add(
        new Stored<>(
            new ModelStatus(
                "", 0L, 0L, RevisionStatus.REJECTED, "UNREADABLE_ANNOUNCEMENT", "", null, null),
            0,
            "status-0@9"));
    assertThat(RevisionHistory.of(announced, answered))
        .extracting(RevisionHistory::modelId)
        .containsExactly("m", "n");
    assertThat(history().highest()).hasValue(2);
  }

  private RevisionHistory history() {
    return RevisionHistory.of(announced, answered).get(0);
  }

  private void announce(long revision, String sha256) {
    announced.add(
        new Stored<>(
            new ModelAnnouncement(
                "m", revision, "file:///m", sha256, 1L, null, StatePolicy.CARRY, null, null),
            0,
            "models-0@" + announced.size()));
  }

  private void answer(long revision, RevisionStatus status, String reason) {
    answered.add(
        new Stored<>(
            new ModelStatus(
                "m", revision, (long) answered.size(), status, reason, null, null, null),
            0,
            "status-0@" + answered.size()));
  }
}
