package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {

  private static final Offset<Double> EXACTLY = Offset.offset(1e-12);

  @Test
  void countsEveryKeyInOneOfFourCells() {
    Map<String, Boolean> labels =
        Map.of("a", true, "b", true, "c", true, "d", false, "e", false, "f", false);
    ConfusionMatrix matrix = ConfusionMatrix.of(labels, Set.of("a", "b", "d")::contains);
    assertThat(matrix).isEqualTo(new ConfusionMatrix(2, 1, 1, 2));
  }

  @Test
  void precisionRecallAndF1FollowTheirDefinitions() {
    ConfusionMatrix matrix = new ConfusionMatrix(160, 9, 19, 5593);
    assertThat(matrix.precision()).isEqualTo(160.0 / 169, EXACTLY);
    assertThat(matrix.recall()).isEqualTo(160.0 / 179, EXACTLY);
    double harmonic =
        2 * matrix.precision() * matrix.recall() / (matrix.precision() + matrix.recall());
    assertThat(matrix.f1()).isEqualTo(harmonic, EXACTLY);
  }

  @Test
  void anEmptyDenominatorGivesZeroAndNotNan() {
    ConfusionMatrix matrix = new ConfusionMatrix(0, 0, 0, 7);
    assertThat(matrix.precision()).isZero();
    assertThat(matrix.recall()).isZero();
    assertThat(matrix.f1()).isZero();
  }
}
