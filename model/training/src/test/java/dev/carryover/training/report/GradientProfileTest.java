package dev.carryover.training.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientProfileTest {
  @Test
  void gradientOfAnRnnVanishesOverAHundredStepsAndThatOfGatedCellsDoesNot() {
    List<GradientProfile> profiles =
        GradientProfile.ofCells(
            shape(Cell.LSTM), TestingRuns.SEED, TestingRuns.sequences(120, 130, 110, 125), 100);
    assertThat(profiles)
        .extracting(GradientProfile::name)
        .containsExactly("rnn_tanh, untrained", "gru, untrained", "lstm, untrained");
    assertThat(profiles.get(0).decadesLost()).as("seed=%d", TestingRuns.SEED).isGreaterThan(10);
    assertThat(profiles.get(1).decadesLost()).as("seed=%d", TestingRuns.SEED).isLessThan(3);
    assertThat(profiles.get(2).decadesLost()).as("seed=%d", TestingRuns.SEED).isLessThan(3);
  }

  @Test
  void stepsThatNoSequenceReachesAreUnknown() {
    GradientProfile profile = profile(8, 12);
    assertThat(profile.norms()).hasSize(21);
    for (int back = 0; back < profile.norms().length; back++) {
      assertThat(Double.isNaN(profile.norms()[back])).as("step %d", back).isEqualTo(back > 10);
    }
  }

  private static GradientProfile profile(int... lengths) {
    NetworkShape shape = shape(Cell.RNN_TANH);
    return GradientProfile.of(
        "rnn",
        shape,
        Parameters.initial(shape, TestingRuns.SEED),
        TestingRuns.sequences(lengths),
        20);
  }

  @Test
  void gradientOfOneStepFollowsFromTheRecurrentWeights() {
    NetworkShape shape =
        new NetworkShape(5, 3, Cell.RNN_RELU, GruReset.AFTER, 1, 1, false, true, 5);
    float[] weights = new float[5 * 3 + 3 + 1 + 1 + 1 + 5 + 5];
    weights[5 * 3 + 3] = 0.5f;
    weights[5 * 3 + 3 + 1] = 1f;
    for (int i = 0; i < 5; i++) {
      weights[5 * 3 + 3 + 3 + i] = i;
    }
    GradientProfile profile =
        GradientProfile.of("one unit", shape, weights, TestingRuns.sequences(6), 3);
    assertThat(profile.norms()[0]).isPositive();
    for (int back = 1; back <= 3; back++) {
      assertThat(profile.norms()[back] / profile.norms()[back - 1]).isCloseTo(0.5, within(1e-9));
    }
  }

  @Test
  void aProfileOfNoStepsIsRefused() {
    assertThatThrownBy(
            () ->
                GradientProfile.ofCells(
                    shape(Cell.GRU), TestingRuns.SEED, TestingRuns.sequences(5), 0))
        .hasMessage("the profile has 0 steps; it is at least 1");
  }

  private static NetworkShape shape(Cell cell) {
    return new NetworkShape(5, 8, cell, GruReset.AFTER, 16, 1, false, true, 5);
  }
}
