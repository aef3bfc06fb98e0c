package dev.carryover.tests.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.schemas.Inference;
import dev.carryover.schemas.NextToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose answers are wrong is never timed. */
class ExpectedAnswersTest {
  private static final int KEYS = 3;

  @TempDir private Path folder;

  private BenchModel model;
  private NumberedEvents events;

  @BeforeEach
  void writeModel() throws IOException {
    model = BenchModel.write(8, folder);
    events = NumberedEvents.inTurns(KEYS, model.tokens(), BenchModel.SEED);
  }

  @Test
  void aMissingInferenceIsFound() {
    ExpectedAnswers expected = ExpectedAnswers.ofSteps(events, 6);
    expected.see(inference(0, 1, 0f));
    expected.see(inference(2, 1, 0f));

    assertThat(expected.answered(1)).isTrue();
    assertThatThrownBy(() -> expected.require(6))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("of 6 events 2 have an inference, the first without is 1; nothing was timed");
  }

  @Test
  void aSecondInferenceIsRefusedUntilTheFirstIsForgotten() {
    ExpectedAnswers expected = ExpectedAnswers.ofSteps(events, 6);
    expected.see(inference(4, 2, 0f));

    assertThatThrownBy(() -> expected.see(inference(4, 2, 0f)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("a second inference where each event has one: event 4, step 2");
    expected.forget(4);
    expected.see(inference(4, 2, 0f));
  }

  @Test
  void anotherStepOfTheKeyIsRefusedWithBoth() {
    ExpectedAnswers expected = ExpectedAnswers.ofSteps(events, 6);

    assertThatThrownBy(() -> expected.see(inference(3, 1, 0f)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the job is at step 1 where a plain loop is at step 2: event 3");
  }

  @Test
  void otherBitsThanThoseOfAPlainLoopAreRefusedWithBothValues() {
    ExpectedAnswers expected = ExpectedAnswers.ofModel(model.model(), events, 6, KEYS);

    assertThatThrownBy(() -> expected.see(inference(0, 1, 0.25f)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the job says surprisal 0.25 and rank 0 where a plain loop says")
        .hasMessageEndingWith("nothing was timed");
  }

  @Test
  void anInferenceOfAnotherKeyIsOfNoEvent() {
    ExpectedAnswers expected = ExpectedAnswers.ofSteps(events, 6);
    Inference other = inference(0, 1, 0f);
    other.setKey(events.key(1));

    assertThatThrownBy(() -> expected.see(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("an inference of none of the 6 events");
  }

  private Inference inference(int event, long step, float surprisal) {
    return new Inference(
        events.key(event),
        events.timestampMs(event),
        events.timestampMs(0),
        step,
        "bench",
        1L,
        new NextToken(events.token(event), surprisal, 0, List.of(), List.of()),
        null);
  }
}
