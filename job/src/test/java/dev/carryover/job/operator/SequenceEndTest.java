package dev.carryover.job.operator;

import static dev.carryover.job.operator.TestingSettings.settings;
import static dev.carryover.job.operator.TestingStreams.end;
import static dev.carryover.job.operator.TestingStreams.features;
import static dev.carryover.job.operator.TestingStreams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.OperatorSettings.Emission;
import dev.carryover.schemas.Classification;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import dev.carryover.schemas.SequenceEnd;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequenceEndTest {
  private static final long GAP = 100;

  @TempDir Path folder;

  private TestingHarness start(TestingModels model, TestingSettings settings) throws Exception {
    return TestingHarness.start(model.in(folder), settings);
  }

  /** Time, start, step and end of every inference. */
  private static List<Tuple> verdicts(TestingHarness harness) throws Exception {
    harness.flush();
    return harness.inferences().stream()
        .map(
            inference ->
                tuple(
                    inference.getTimestampMs(),
                    inference.getSequenceStartMs(),
                    inference.getStep(),
                    inference.getSequenceEnd()))
        .toList();
  }

  @Test
  void anEndTokenEndsTheSequenceWithItsOwnScore() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings())) {
      harness.send(token("k", 1, "w3"), token("k", 2, "<eos>"), token("k", 3, "w3"));
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(2L, 1L, 2L, SequenceEnd.END_TOKEN),
              tuple(3L, 3L, 1L, null));
      assertThat(harness.inferences().get(2).getPrediction())
          .as("the state was reset")
          .isEqualTo(harness.inferences().get(0).getPrediction());
    }
  }

  @Test
  void aFlagWithATokenScoresTheTokenAndThenTheEnd() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings())) {
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"));
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(2L, 1L, 2L, null),
              tuple(2L, 1L, 3L, SequenceEnd.END_FLAG));
      assertThat(tokens(harness)).containsExactly("w3", "w4", "<eos>");
    }
  }

  @Test
  void aFlagWithoutATokenScoresTheEnd() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings())) {
      harness.send(token("k", 1, "w3"), end("k", 7, null));
      assertThat(verdicts(harness))
          .containsExactly(tuple(1L, 1L, 1L, null), tuple(7L, 1L, 2L, SequenceEnd.END_FLAG));
      assertThat(tokens(harness)).containsExactly("w3", "<eos>");
    }
  }

  @Test
  void aLabelIsGivenAtEveryEventAndAtASequencesEnd() throws Exception {
    try (TestingHarness harness = start(TestingModels.LABEL, settings())) {
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"));
      assertThat(verdicts(harness))
          .containsExactly(tuple(1L, 1L, 1L, null), tuple(2L, 1L, 2L, SequenceEnd.END_FLAG));
      assertThat(harness.inferences())
          .allSatisfy(
              inference ->
                  assertThat(((Classification) inference.getPrediction()).getLabels())
                      .extracting(label -> label.getLabel().toString())
                      .containsExactlyInAnyOrder("noun", "verb", "other"));
    }
  }

  @Test
  void aFlagOnTheEndTokenIsTheEndToken() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings())) {
      harness.send(end("k", 1, "<eos>"));
      assertThat(verdicts(harness)).containsExactly(tuple(1L, 1L, 1L, SequenceEnd.END_TOKEN));
    }
  }

  @Test
  void aFlagWithoutARunningSequenceIsADeadLetter() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings())) {
      harness.send(end("k", 1, null));
      harness.flush();
      assertThat(harness.inferences()).isEmpty();
      assertThat(harness.deadLetters())
          .extracting(StreamEvent::rejection, StreamEvent::detail)
          .containsExactly(
              tuple(
                  RejectReason.MISSING_INPUT,
                  "the event carries only the end of a sequence, and its key has none running, at"
                      + " events-1@1; the sequence ended before, or its events were lost"));
      assertThat(harness.keyedStateEntries()).isZero();
    }
  }

  @Test
  void silenceIsFoundByTheWatermark() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings().gapMs(GAP))) {
      harness.send(token("k", 1, "w3"), token("k", 50, "w4"));
      harness.watermark(50 + GAP);
      assertThat(harness.inferences()).hasSize(2);
      harness.watermark(50 + GAP + 1);
      assertThat(verdicts(harness))
          .endsWith(tuple(50L, 1L, 3L, SequenceEnd.INACTIVITY_GAP))
          .hasSize(3);
      assertThat(harness.keyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void silenceIsFoundByTheNextEvent() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings().gapMs(GAP))) {
      harness.send(token("k", 1, "w3"), token("k", 1 + GAP, "w4"), token("k", 3 + 2 * GAP, "w5"));
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(1 + GAP, 1L, 2L, null),
              tuple(1 + GAP, 1L, 3L, SequenceEnd.INACTIVITY_GAP),
              tuple(3 + 2 * GAP, 3 + 2 * GAP, 1L, null));
    }
  }

  @Test
  void silenceAtTheEndOfTheInputIsFoundAlthoughTheTimerWasSetForAnEarlierEvent() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings().gapMs(GAP))) {
      harness.send(token("k", 1, "w3"));
      harness.flush();
      harness.send(token("k", 50, "w4"));
      harness.end();
      assertThat(verdicts(harness))
          .endsWith(tuple(50L, 1L, 3L, SequenceEnd.INACTIVITY_GAP))
          .hasSize(3);
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void silenceBehindAnEventThatTheSameWatermarkReleasedIsFound() throws Exception {
    TestingSettings settings = settings().eventTimeOrder().gapMs(GAP);
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings)) {
      harness.send(token("k", 50, "w4"), token("k", 1, "w3"));
      harness.watermark(1000);
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(50L, 1L, 2L, null),
              tuple(50L, 1L, 3L, SequenceEnd.INACTIVITY_GAP));
      assertThat(harness.keyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aSequenceOfMaximumLengthEnds() throws Exception {
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings().maximumLength(2))) {
      harness.send(token("k", 1, "w3"), token("k", 2, "w4"), token("k", 3, "w5"));
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(2L, 1L, 2L, SequenceEnd.MAXIMUM_LENGTH),
              tuple(3L, 3L, 1L, null));
    }
  }

  @Test
  void aModelWithoutEndTokenEndsWithTheLastTokensScore() throws Exception {
    TestingSettings settings = settings().gapMs(GAP);
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN_WITHOUT_END, settings)) {
      harness.send(token("k", 1, "w3"), end("k", 2, "w4"), token("k", 3, "w5"), end("k", 4, null));
      harness.send(token("k", 5, "w3"));
      harness.watermark(1000);
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(1L, 1L, 1L, null),
              tuple(2L, 1L, 2L, SequenceEnd.END_FLAG),
              tuple(3L, 3L, 1L, null),
              tuple(5L, 5L, 1L, null));
      assertThat(harness.counter("cause.END_FLAG.sequencesEnded")).isEqualTo(2);
      assertThat(harness.counter("cause.INACTIVITY_GAP.sequencesEnded")).isEqualTo(1);
      assertThat(harness.keyedStateEntries()).isZero();
    }
  }

  @Test
  void aClassifierAnswersAtTheEndAlone() throws Exception {
    try (TestingHarness harness = start(TestingModels.CLASSIFY, settings())) {
      harness.send(token("k", 1, "w3"), token("k", 2, "w4"), end("k", 3, "w5"));
      harness.send(
          token("k", 4, "w3"), token("k", 5, "w4"), token("k", 6, "w5"), end("k", 7, null));
      assertThat(verdicts(harness))
          .containsExactly(
              tuple(3L, 1L, 3L, SequenceEnd.END_FLAG), tuple(7L, 4L, 4L, SequenceEnd.END_FLAG));
      assertThat(harness.inferences().get(1).getPrediction())
          .as("an end without input is answered from the state as it is")
          .isEqualTo(harness.inferences().get(0).getPrediction());
    }
  }

  @Test
  void aClassifierAnswersEveryEventWhenToldTo() throws Exception {
    TestingSettings settings = settings().emission(Emission.EVERY_EVENT);
    try (TestingHarness harness = start(TestingModels.CLASSIFY, settings)) {
      harness.send(token("k", 1, "w3"), token("k", 2, "w4"));
      assertThat(verdicts(harness))
          .containsExactly(tuple(1L, 1L, 1L, null), tuple(2L, 1L, 2L, null));
    }
  }

  @Test
  void labelsComeByFallingProbabilityAndAddUpToOne() throws Exception {
    TestingSettings settings = settings().emission(Emission.EVERY_EVENT);
    try (TestingHarness harness = start(TestingModels.CLASSIFY_FEATURES, settings)) {
      for (int event = 0; event < 50; event++) {
        harness.send(features("k", event, event % 7 - 3, event % 5 * 4 - 8));
      }
      harness.flush();
      assertThat(harness.inferences()).hasSize(50);
      for (Inference inference : harness.inferences()) {
        var labels = ((Classification) inference.getPrediction()).getLabels();
        assertThat(labels).extracting(label -> label.getLabel()).containsOnlyOnce("no", "yes");
        assertThat(labels.get(0).getProbability())
            .isGreaterThanOrEqualTo(labels.get(1).getProbability());
        assertThat(labels.get(0).getProbability() + labels.get(1).getProbability()).isEqualTo(1f);
      }
    }
  }

  @Test
  void noStepOccursTwiceInASequence() throws Exception {
    TestingSettings settings = settings().batchSize(8).gapMs(GAP).maximumLength(5);
    try (TestingHarness harness = start(TestingModels.NEXT_TOKEN, settings)) {
      long time = 0;
      for (int event = 0; event < 500; event++) {
        time += event % 13 == 0 ? 2 * GAP : 10;
        harness.send(event % 7 == 0 ? end("k", time, "w4") : token("k", time, "w3"));
      }
      harness.end();
      assertThat(harness.inferences())
          .extracting(Inference::getSequenceStartMs, Inference::getStep)
          .doesNotHaveDuplicates();
    }
  }

  private static List<String> tokens(TestingHarness harness) {
    return harness.inferences().stream()
        .map(inference -> ((NextToken) inference.getPrediction()).getToken())
        .toList();
  }
}
