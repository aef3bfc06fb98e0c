package dev.carryover.tests.bench.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class DecodingAgreementTest {
  private static final int HIDDEN = 32;

  @Test
  void bothGiveTheSameAnswersToTheSameWords() throws Exception {
    DecodingWorkload.Source source = new DecodingWorkload.Source(null, null, 2, HIDDEN);

    List<List<Answer>> carryover = DecodingProcess.answers(DecodingRuntime.CARRYOVER, source, 8);
    List<List<Answer>> libtorch = DecodingProcess.answers(DecodingRuntime.LIBTORCH, source, 32);

    assertThat(
            DecodingAgreement.require(carryover, libtorch, DecodingAgreement.TOLERANCE).answers())
        .isEqualTo(2 * DecodingWorkload.BATCH * DecodingWorkload.BEAM);
  }

  @Test
  void anotherScoreIsNotTimed() {
    assertThatThrownBy(
            () ->
                DecodingAgreement.require(
                    List.of(List.of(answer(-1f, 3, 4))),
                    List.of(List.of(answer(-1.001f, 3, 4))),
                    1e-4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("[3, 4] with -1.0")
        .hasMessageContaining("[3, 4] with -1.001")
        .hasMessageContaining("nothing was timed");
  }

  @Test
  void otherTokensOfTheSameScoreAreATieAndManyOfThemAreNot() {
    List<Answer> ours = List.of(answer(-1f, 3), answer(-1f, 4), answer(-2f, 5));
    List<Answer> theirs = List.of(answer(-1f, 4), answer(-1f, 3), answer(-2f, 5));

    assertThat(DecodingAgreement.require(List.of(ours), List.of(theirs), 1e-4).ties()).isEqualTo(2);
    assertThatThrownBy(
            () -> DecodingAgreement.require(List.of(ours, ours), List.of(theirs, theirs), 1e-4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("4 ties so far");
  }

  private static Answer answer(float score, int... tokens) {
    return new Answer(tokens, score);
  }
}
