package dev.carryover.deploy.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.transduction.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagonalTest {

  private static Answer answer(float[]... attention) {
    int[] tokens = {1, 2, 3};
    return new Answer(
        new Pair("s", tokens, List.of(tokens)), new Hypothesis(tokens, -1, -1, true, attention));
  }

  @Test
  void theDiagonalIsWhereMostTokensHaveTheirLargestWeight() {
    ReversalLesson.Diagonal mirrored =
        ReversalLesson.diagonal(
            List.of(
                answer(
                    new float[] {0, 0.1f, 0.9f},
                    new float[] {0.1f, 0.8f, 0.1f},
                    new float[] {0.6f, 0.4f, 0})));
    assertThat(mirrored).isEqualTo(new ReversalLesson.Diagonal(0, 1));
    assertThat(mirrored.where()).isEqualTo("that of the very token to be written");

    ReversalLesson.Diagonal behind =
        ReversalLesson.diagonal(
            List.of(
                answer(
                    new float[] {0, 0.1f, 0.9f},
                    new float[] {0.1f, 0, 0.9f},
                    new float[] {0.1f, 0.9f, 0})));
    assertThat(behind).isEqualTo(new ReversalLesson.Diagonal(1, 2 / 3.0));
    assertThat(behind.where()).isEqualTo("1 place behind the token to be written");
    assertThat(ReversalLesson.diagonal(List.of()).share()).isZero();
  }
}
