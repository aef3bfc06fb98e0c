package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.models.TestingFileSystem;
import dev.carryover.job.operator.TestingHarness.Backend;
import dev.carryover.model.file.ModelFile;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Announcements at the operator: what becomes of them, and what stays in memory. */
class RevisionsTest {
  private static final TestingModels KIND = TestingModels.NEXT_TOKEN;

  @TempDir Path folder;

  private ModelReference model;
  private TestingRevisions revisions;

  @BeforeEach
  void writeTheJobsModel() {
    model = KIND.in(folder);
    revisions = new TestingRevisions(KIND, folder);
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(LoadedModels.held()).isZero();
  }

  private TestingHarness create(ModelSettings models, List<ModelAnnouncement> log)
      throws Exception {
    return TestingHarness.create(Backend.HEAP, model, settings().batchSize(1).build(), models, log);
  }

  private TestingHarness start(ModelAnnouncement... log) throws Exception {
    TestingHarness harness = create(revisions.settings(4), List.of(log));
    harness.open();
    return harness;
  }

  private static List<Long> served(TestingHarness harness) {
    return harness.inferences().stream().map(Inference::getRevision).toList();
  }

  private static List<String> told(TestingHarness harness) {
    return harness.statuses().stream()
        .map(status -> status.getRevision() + " " + status.getStatus())
        .toList();
  }

  @Test
  void aRevisionAtOnceServesTheFirstEventAfterItIsReady() throws Exception {
    try (TestingHarness harness = start()) {
      harness.announce(revisions.announce(4, null, StatePolicy.CARRY));
      harness.awaitModels();
      harness.send(token("k", 1, "w3"), token("k", 2, "w4"));
      assertThat(served(harness)).containsExactly(4L, 4L);
      assertThat(told(harness)).containsExactly("3 ACTIVE", "4 LOADED", "4 ACTIVE", "3 SUPERSEDED");
      assertThat(harness.statuses().get(1))
          .extracting(ModelStatus::getModelId, ModelStatus::getSubtask, ModelStatus::getParallelism)
          .containsExactly("testing", 0, 1);
      assertThat(harness.gauge("activeRevision")).isEqualTo(4L);
    }
  }

  @Test
  void aRevisionAtAnEventTimeServesFromTheFirstEventOfThatTimeOn() throws Exception {
    try (TestingHarness harness = start()) {
      harness.announce(revisions.announce(4, 10L, StatePolicy.CARRY));
      harness.send(token("a", 9, "w3"), token("b", 10, "w3"), token("a", 8, "w4"));
      harness.send(token("a", 11, "w4"), token("a", 9, "w5"), token("c", 9, "w5"));
      // The sequence of a stays on what served it at 11; c begins at 9.
      assertThat(served(harness)).containsExactly(3L, 4L, 3L, 4L, 4L, 3L);
      assertThat(told(harness)).containsExactly("3 ACTIVE", "4 LOADED", "4 ACTIVE", "3 SUPERSEDED");
    }
  }

  @Test
  void theHighestRevisionWinsInWhateverOrderTheyCome() throws Exception {
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    ModelAnnouncement five = revisions.announce(5, null, StatePolicy.CARRY);
    ModelAnnouncement six = revisions.announce(6, null, StatePolicy.CARRY);
    for (List<ModelAnnouncement> order :
        List.of(
            List.of(four, five, six),
            List.of(six, five, four),
            List.of(five, six, four),
            List.of(six, four, five))) {
      try (TestingHarness harness = start()) {
        for (ModelAnnouncement announcement : order) {
          harness.announce(announcement);
        }
        harness.awaitModels();
        harness.send(token("k", 1, "w3"));
        assertThat(served(harness)).containsExactly(6L);
      }
    }
  }

  @Test
  void aLowerRevisionThanTheOneThatServesIsRefused() throws Exception {
    try (TestingHarness harness = start(revisions.announce(6, null, StatePolicy.CARRY))) {
      harness.announce(revisions.announce(5, null, StatePolicy.CARRY));
      assertRejected(
          harness, 5, RejectionCode.LOWER_REVISION, "revision 5 is not above revision 6");
      harness.send(token("k", 1, "w3"));
      assertThat(served(harness)).containsExactly(6L);
    }
  }

  @Test
  void anAnnouncementOfAnotherModelIsIgnored() throws Exception {
    try (TestingHarness harness = start()) {
      ModelAnnouncement other = revisions.announce(4, null, StatePolicy.CARRY);
      other.setModelId("another");
      harness.announce(other);
      assertThat(harness.statuses()).hasSize(1);
      assertThat(harness.counter("reason.OTHER_MODEL.modelsRejected")).isZero();
    }
  }

  @Test
  void anAnnouncementThatComesAgainIsIgnored() throws Exception {
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    try (TestingHarness harness = start(four)) {
      harness.announce(four);
      harness.awaitModels();
      assertThat(told(harness)).containsExactly("4 LOADED", "4 ACTIVE");
    }
  }

  @Test
  void aRevisionAnnouncedAgainAsAnotherFileIsRefused() throws Exception {
    try (TestingHarness harness = start(revisions.announce(4, null, StatePolicy.CARRY))) {
      ModelFile file = revisions.file(77, 8);
      harness.announce(revisions.announce(4, file, null, StatePolicy.CARRY, null));
      assertRejected(harness, 4, RejectionCode.REVISION_TAKEN, "announced before");
      harness.send(token("k", 1, "w3"));
      assertThat(served(harness)).containsExactly(4L);
    }
  }

  @Test
  void stateOfAnotherLayoutCannotBeCarried() throws Exception {
    try (TestingHarness harness = start()) {
      ModelFile larger = revisions.file(4, 12);
      harness.announce(revisions.announce(4, larger, null, StatePolicy.CARRY, null));
      harness.awaitModels();
      assertRejected(
          harness, 4, RejectionCode.OTHER_STATE_LAYOUT, "hiddenSize=12", "hiddenSize=8", "reset");
      harness.announce(revisions.announce(5, larger, null, StatePolicy.RESET, null));
      harness.awaitModels();
      harness.send(token("k", 1, "w3"));
      assertThat(served(harness)).containsExactly(5L);
    }
  }

  @Test
  void aRefusedRevisionLeavesTheOldOneServing() throws Exception {
    try (TestingHarness harness = start()) {
      ModelAnnouncement missing = revisions.announce(4, 5L, StatePolicy.CARRY);
      Files.delete(TestingRevisions.path(missing));
      harness.announce(missing);
      harness.send(token("k", 4, "w3"), token("k", 5, "w4"), token("k", 6, "w5"));
      assertRejected(harness, 4, RejectionCode.FILE_MISSING, "r4.safetensors");
      assertThat(served(harness)).containsExactly(3L, 3L, 3L);
      assertThat(harness.counter("reason.FILE_MISSING.modelsRejected")).isEqualTo(1);
      harness.announce(revisions.announce(5, 7L, StatePolicy.CARRY));
      harness.send(token("k", 7, "w6"));
      assertThat(served(harness)).endsWith(5L);
    }
  }

  @Test
  void aRevisionThatComesTooLateSaysSoAndServesWhenItIsReady() throws Exception {
    try (TestingHarness harness = start()) {
      harness.send(token("k", 100, "w3"));
      harness.announce(revisions.announce(4, 50L, StatePolicy.CARRY));
      harness.send(token("k", 101, "w4"));
      harness.awaitModels();
      harness.send(token("k", 102, "w5"), token("l", 49, "w3"));
      assertThat(served(harness)).containsExactly(3L, 3L, 4L, 3L);
      assertThat(harness.statuses().get(1).getDetail()).contains("50", "before it was announced");
    }
  }

  @Test
  void keysOnOlderRevisionsAreCountedAndTheirModelIsFreedWithTheLast() throws Exception {
    try (TestingHarness harness = start()) {
      harness.send(token("a", 1, "w3"), token("b", 1, "w3"));
      harness.announce(revisions.announce(4, null, StatePolicy.DRAIN));
      harness.awaitModels();
      harness.send(token("a", 2, "w3"), token("c", 2, "w3"));
      assertThat(served(harness)).containsExactly(3L, 3L, 3L, 4L);
      assertThat(harness.gauge("keysOnOlderRevisions")).isEqualTo(2L);
      assertThat(harness.gauge("residentModels")).isEqualTo(2L);
      harness.send(TestingStreams.end("a", 3, "w3"), TestingStreams.end("b", 3, "w3"));
      harness.watermark(3);
      assertThat(harness.gauge("keysOnOlderRevisions")).isEqualTo(0L);
      assertThat(harness.gauge("residentModels")).isEqualTo(1L);
      assertThat(LoadedModels.held()).isEqualTo(1);
    }
  }

  @Test
  void hundredsOfRevisionsLeaveNoMoreBehindThanTwo() throws Exception {
    try (TestingHarness harness = start()) {
      for (long number = 4; number < 204; number++) {
        Long fromMs = number % 2 == 0 ? null : Long.valueOf(10 * number);
        harness.announce(revisions.announce(number, fromMs, StatePolicy.CARRY));
        harness.awaitModels();
        harness.send(token("k" + number % 7, 10 * number, "w3"));
        harness.watermark(10 * number);
        assertThat(LoadedModels.held()).as("at revision %d", number).isLessThanOrEqualTo(2);
      }
      harness.watermark(3_000);
      assertThat(served(harness)).hasSize(200).isSorted();
      assertThat(harness.storedRevisions()).isLessThan(10);
    }
  }

  @Test
  void noMoreModelsAreHeldThanAllowed() throws Exception {
    ModelSettings models = revisions.settings(0, 2, false);
    try (TestingHarness harness = create(models, List.of())) {
      harness.open();
      for (long number = 4; number < 12; number++) {
        harness.announce(revisions.announce(number, 10 * number, StatePolicy.DRAIN));
      }
      harness.awaitModels();
      for (long number = 3; number < 12; number++) {
        harness.send(token("k" + number, 10 * number, "w3"));
        harness.watermark(10 * number - 1);
        assertThat(harness.gauge("residentModels")).isEqualTo(2L);
      }
      // Each sequence goes on with the revision that it began with, loaded again for it.
      for (long number = 3; number < 12; number++) {
        harness.send(token("k" + number, 200, "w4"));
        harness.watermark(200);
        assertThat(harness.gauge("residentModels")).isEqualTo(2L);
      }
      assertThat(served(harness).subList(9, 18))
          .containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    }
  }

  @Test
  void aRestoredOperatorHasWhatItsStateNeedsBeforeTheFirstEvent() throws Exception {
    OperatorSubtaskState state;
    try (TestingHarness harness = start()) {
      harness.send(token("a", 1, "w3"));
      harness.announce(revisions.announce(4, null, StatePolicy.DRAIN));
      harness.awaitModels();
      harness.send(token("b", 2, "w3"));
      state = harness.checkpoint();
    }
    try (TestingHarness harness = create(revisions.settings(4), List.of())) {
      harness.initializeState(state);
      harness.open();
      assertThat(LoadedModels.held()).as("its own and the announced one").isEqualTo(2);
      assertThat(told(harness)).containsExactly("4 ACTIVE");
      harness.send(token("a", 3, "w3"), token("b", 3, "w3"), token("c", 3, "w3"));
      assertThat(served(harness)).containsExactly(3L, 4L, 4L);
    }
  }

  @Test
  void aFileThatVanishedStopsARestoreAndIsNamed() throws Exception {
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    OperatorSubtaskState state;
    try (TestingHarness harness = start(four)) {
      harness.send(token("a", 1, "w3"));
      state = harness.checkpoint();
    }
    Files.delete(TestingRevisions.path(four));
    try (TestingHarness harness = create(revisions.settings(4), List.of())) {
      harness.initializeState(state);
      assertThatIOException()
          .isThrownBy(harness::open)
          .withMessageContaining("revision 4 is needed")
          .withMessageContaining("r4.safetensors")
          .withMessageContaining("set models.missing to reset");
    }
    try (TestingHarness harness = create(revisions.settings(4, 4, true), List.of())) {
      harness.initializeState(state);
      harness.open();
      harness.send(token("a", 2, "w3"), token("a", 3, "w3"));
      assertThat(harness.inferences())
          .extracting(Inference::getRevision, Inference::getStep)
          .containsExactly(tuple(3L, 2L), tuple(3L, 3L));
      assertThat(harness.counter("statesOfMissingRevision")).isEqualTo(1);
      assertRejected(harness, 4, RejectionCode.FILE_MISSING, "r4.safetensors");
    }
  }

  @Test
  void aSequenceOfAMissingRevisionEndsWithoutAnAnswerWhenItsGapIsOver() throws Exception {
    TestingSettings gap = settings().batchSize(1).gapMs(10);
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    OperatorSubtaskState state;
    try (TestingHarness harness =
        TestingHarness.create(
            Backend.HEAP, model, gap.build(), revisions.settings(4), List.of(four))) {
      harness.open();
      harness.send(token("a", 1, "w3"), token("b", 1, "w3"));
      state = harness.checkpoint();
    }
    Files.delete(TestingRevisions.path(four));
    ModelSettings reset = revisions.settings(4, 4, true);
    try (TestingHarness harness =
        TestingHarness.create(Backend.HEAP, model, gap.build(), reset, List.of())) {
      harness.initializeState(state);
      harness.open();
      harness.watermark(50);
      harness.send(token("a", 60, "w3"));
      assertThat(harness.inferences())
          .extracting(Inference::getKey, Inference::getRevision, Inference::getStep)
          .containsExactly(tuple("a", 3L, 1L));
      assertThat(harness.counter("statesOfMissingRevision")).isEqualTo(2);
    }
  }

  @Test
  void theJobsOwnFileThatVanishedIsNamedWhenASequenceNeedsItAgain() throws Exception {
    for (boolean reset : List.of(false, true)) {
      model = KIND.in(folder);
      try (TestingHarness harness = create(revisions.settings(0, 2, reset), List.of())) {
        harness.open();
        harness.send(token("a", 1, "w3"));
        for (long number = 4; number < 7; number++) {
          harness.announce(revisions.announce(number, 10 * number, StatePolicy.DRAIN));
          harness.send(token("k" + number, 10 * number, "w3"));
          harness.watermark(10 * number);
        }
        assertThat(harness.gauge("residentModels")).isEqualTo(2L);
        Files.delete(Path.of(URI.create(model.uri())));
        if (reset) {
          harness.send(token("a", 100, "w4"), token("a", 101, "w5"));
          assertThat(harness.inferences().subList(4, 6))
              .extracting(Inference::getRevision, Inference::getStep)
              .containsExactly(tuple(6L, 2L), tuple(6L, 3L));
        } else {
          assertThatIOException()
              .isThrownBy(() -> harness.send(token("a", 100, "w4")))
              .withMessageContaining("revision 3 is needed")
              .withMessageContaining(model.uri())
              .withMessageContaining("set models.missing to reset");
          KIND.in(folder);
        }
      }
    }
  }

  @Test
  void aLongLogIsNotHeldInMemoryAtOnce() throws Exception {
    for (boolean atOnce : List.of(true, false)) {
      List<ModelAnnouncement> log = new ArrayList<>();
      for (long number = 4; number < 40; number++) {
        log.add(revisions.announce(number, atOnce ? null : 10 * number, StatePolicy.CARRY));
      }
      Path file = TestingRevisions.path(log.get(log.size() - 1));
      for (ModelAnnouncement announcement : log) {
        announcement.setUri(TestingFileSystem.uri("store", TestingRevisions.path(announcement)));
      }
      ModelSettings models =
          revisions.settings(4, 4, false, TestingFileSystem.uri("store", folder));
      // Loads that an earlier harness gave up may still be on their way.
      int before = LoadedModels.held();
      try (TestingHarness harness = create(models, log);
          TestingFileSystem.Gate gate = TestingFileSystem.hold(file)) {
        FutureTask<Void> start =
            new FutureTask<>(
                () -> {
                  harness.open();
                  harness.awaitModels();
                  return null;
                });
        new Thread(start).start();
        gate.awaitReaders(1);
        int held = LoadedModels.held() - before;
        gate.open();
        start.get();
        harness.send(token("k", 1000, "w3"));
        assertThat(served(harness)).containsExactly(39L);
        assertThat(held).as("at once: %s", atOnce).isLessThan(10);
      }
    }
  }

  @Test
  void aJobSubmittedWithATakenOrLowerNumberIsRefused() throws Exception {
    OperatorSubtaskState state;
    try (TestingHarness harness = start(revisions.announce(4, null, StatePolicy.CARRY))) {
      state = harness.checkpoint();
    }
    ModelReference other = TestingModels.CLASSIFY.in(folder, 4);
    try (TestingHarness harness =
        TestingHarness.create(
            Backend.HEAP, other, settings().build(), revisions.settings(4), List.of())) {
      harness.initializeState(state);
      assertThatIOException()
          .isThrownBy(harness::open)
          .withMessageContaining("revision 4")
          .withMessageContaining("set model.revision above all revisions announced so far");
    }
    try (TestingHarness harness = start()) {
      state = harness.checkpoint();
    }
    ModelReference lower = KIND.in(folder, 2);
    try (TestingHarness harness =
        TestingHarness.create(
            Backend.HEAP, lower, settings().build(), revisions.settings(4), List.of())) {
      harness.initializeState(state);
      assertThatIOException()
          .isThrownBy(harness::open)
          .withMessageContaining("set model.revision above 3");
    }
  }

  @Test
  void announcementsOfAFloorAreNotTakenInAgain() throws Exception {
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    ModelAnnouncement five = revisions.announce(5, null, StatePolicy.CARRY);
    OperatorSubtaskState state;
    try (TestingHarness harness = start(four, five)) {
      harness.send(token("a", 1, "w3"));
      harness.watermark(1);
      state = harness.checkpoint();
    }
    Files.delete(TestingRevisions.path(four));
    try (TestingHarness harness = create(revisions.settings(4), List.of(four, five))) {
      harness.initializeState(state);
      harness.open();
      harness.awaitModels();
      assertThat(told(harness)).containsExactly("5 ACTIVE");
    }
  }

  @Test
  void whatTheLogHeldIsNotRefusedWhenItsRecordComesLate() throws Exception {
    ModelAnnouncement four = revisions.announce(4, null, StatePolicy.CARRY);
    ModelAnnouncement five = revisions.announce(5, 10L, StatePolicy.CARRY);
    ModelAnnouncement seven = revisions.announce(7, 20L, StatePolicy.CARRY);
    try (TestingHarness harness = start(four, five, seven)) {
      harness.send(token("a", 30, "w3"));
      harness.watermark(30);
      assertThat(harness.storedRevisions()).isEqualTo(1);
      for (ModelAnnouncement announcement : List.of(four, five, seven)) {
        harness.announce(announcement);
      }
      assertThat(told(harness)).noneMatch(status -> status.contains("REJECTED"));
      ModelFile other = revisions.file(77, 8);
      harness.announce(revisions.announce(4, other, null, StatePolicy.CARRY, null));
      assertRejected(
          harness, 4, RejectionCode.LOWER_REVISION, "revision 4 is not above revision 5");
    }
  }

  private static void assertRejected(
      TestingHarness harness, long revision, RejectionCode code, String... parts) {
    assertThat(harness.statuses())
        .filteredOn(status -> status.getStatus() == RevisionStatus.REJECTED)
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.getRevision()).isEqualTo(revision);
              assertThat(status.getReason()).isEqualTo(code.name());
              assertThat(status.getDetail()).contains(parts);
            });
  }
}
