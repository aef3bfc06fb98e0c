package dev.carryover.deploy.words;

import static dev.carryover.deploy.words.TestingAnswers.STREAM;
import static dev.carryover.deploy.words.TestingAnswers.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.Transduction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What the tally adds up and what the report makes of it: the cutover is in the second word. */
class WordReportTest {

  private static final int CUTOVER = 4;

  private final List<String> live = new ArrayList<>();
  private final WordTally tally =
      new WordTally(
          STREAM, CUTOVER, new RevisionStatuses(1), answer -> live.add(LiveAnswers.line(answer)));

  @Test
  void everyWordOnceByTheRevisionThatItBeganOnPasses() {
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    tellStatuses();

    WordReport report = report(List.of());

    assertThat(report.text())
        .containsPattern("1 +without attention +2 +50\\.0 +20\\.0 +")
        .containsPattern("2 +with attention +1 +0\\.0 +0\\.0 +")
        .contains("3 of 3 words answered: 0 missing, 0 doubled, 0 inferences that answer no whole")
        .contains("0 dead letters and late events")
        .contains("0 words answered by another revision than the announcement says")
        .containsPattern("1: active on 1 of 1 at .*, superseded on 1 of 1")
        .endsWith("PASS\n");
    assertThat(report.passed()).isTrue();
  }

  @Test
  void liveAnswersSayWhichPronunciationWasGiven() {
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    assertThat(live)
        .satisfiesExactly(
            egg -> assertThat(egg).matches("  revision 1  egg +EH G +right"),
            ox -> assertThat(ox).matches("  revision 1  ox +AA K +wrong: AA K S"),
            either ->
                assertThat(either).matches("  revision 2  either +AY DH ER +right, number 2 of 2"));
  }

  @Test
  void aWordThatIsLostFails() {
    deliver(answer(0, 1, "EH", "G"), answer(2, 2, "AY", "DH", "ER"));
    tellStatuses();
    assertFails("2 of 3 words answered: 1 missing, 0 doubled");
  }

  @Test
  void aWordThatIsAnsweredTwiceFails() {
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    deliver(answer(1, 1, "AA", "K"));
    tellStatuses();
    assertFails("3 of 3 words answered: 0 missing, 1 doubled");
  }

  @Test
  void aWordOfTheWrongRevisionFails() {
    // Its last letter comes after the cutover, but its first one does not.
    deliver(answer(0, 1, "EH", "G"), answer(1, 2, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    tellStatuses();
    assertFails("1 words answered by another revision than the announcement says");
  }

  @Test
  void whatAnswersNoWholeWordFails() {
    List<UnaryOperator<Inference>> wrongs =
        List.of(
            inference -> Inference.newBuilder(inference).setKey("request-00009").build(),
            inference -> Inference.newBuilder(inference).setStep(2).build(),
            inference -> Inference.newBuilder(inference).setSequenceStartMs(7).build(),
            inference -> Inference.newBuilder(inference).setTimestampMs(7).build(),
            inference -> Inference.newBuilder(inference).setSequenceEnd(null).build(),
            inference ->
                Inference.newBuilder(inference).setSequenceEnd(SequenceEnd.INACTIVITY_GAP).build(),
            inference ->
                Inference.newBuilder(inference).setPrediction(new Transduction(List.of())).build());
    for (UnaryOperator<Inference> wrong : wrongs) {
      deliver(wrong.apply(answer(0, 1, "EH", "G")));
    }
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    tellStatuses();
    assertFails("3 of 3 words answered: 0 missing, 0 doubled, 7 inferences that answer no whole");
  }

  @Test
  void aDeadLetterFailsAndIsShown() {
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    tellStatuses();
    WordReport report = report(List.of("dead-letters: events-0@7 UNKNOWN_TOKEN: why"));
    assertThat(report.passed()).isFalse();
    assertThat(report.text()).contains("1 dead letters").contains("events-0@7 UNKNOWN_TOKEN: why");
  }

  @Test
  void aJobThatDoesNotSayThatItSwitchedFails() {
    deliver(answer(0, 1, "EH", "G"), answer(1, 1, "AA", "K"), answer(2, 2, "AY", "DH", "ER"));
    assertFails("2: nothing");
  }

  @Test
  void aRunWithoutAnyAnswerFailsAndSaysWhereToLook() {
    tellStatuses();
    assertFails("no answer became visible; look at the log");
  }

  private void deliver(Inference... inferences) {
    for (Inference inference : inferences) {
      tally.inference(inference, 0);
    }
  }

  private void tellStatuses() {
    tell(1, RevisionStatus.ACTIVE);
    tell(2, RevisionStatus.LOADED);
    tell(2, RevisionStatus.ACTIVE);
    tell(1, RevisionStatus.SUPERSEDED);
  }

  private void tell(long revision, RevisionStatus status) {
    tally.status(new ModelStatus("pronunciation", revision, 0L, status, null, null, 0, 1));
  }

  private void assertFails(String reason) {
    WordReport report = report(List.of());
    assertThat(report.passed()).isFalse();
    assertThat(report.text()).contains(reason).endsWith("FAIL\n");
  }

  private WordReport report(List<String> rejected) {
    WordSettings settings =
        new WordSettings(
            new DemoSettings(1, "heap", 0, Duration.ofSeconds(1), KernelChoice.AUTO),
            Optional.empty(),
            1,
            4,
            true,
            Optional.empty());
    WordSpeed speed =
        new WordSpeed(STREAM, CUTOVER, new EventFeed(STREAM), tally.answers(), settings);
    return new WordReport(STREAM, true, tally, speed, rejected);
  }
}
