package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgreementTest {

  private static final double TOLERANCE = 1e-3;
  private static final Map<String, SequenceScore> REFERENCE =
      Map.of("a", new SequenceScore(39, 4, 16.5, 2.75), "b", new SequenceScore(3, 11, 20.0, 12.5));

  @Test
  void surprisalWithinTheToleranceAgrees() {
    Map<String, SequenceScore> actual =
        Map.of(
            "a",
            new SequenceScore(39, 4, 16.5004, 2.7502),
            "b",
            new SequenceScore(3, 11, 20.0, 12.5));
    Agreement agreement = Agreement.between(REFERENCE, actual, TOLERANCE);
    assertThat(agreement.complete()).isTrue();
    assertThat(agreement.agreeing()).isEqualTo(2);
    assertThat(agreement.largestSumDifference()).isBetween(3.9e-4, 4.1e-4);
    assertThat(agreement.largestMaxDifference()).isBetween(1.9e-4, 2.1e-4);
  }

  @ParameterizedTest
  @CsvSource({"38,4,16.5,2.75", "39,5,16.5,2.75", "39,4,16.502,2.75", "39,4,16.5,2.752"})
  void oneValueThatDiffersIsADisagreement(int steps, int rank, double sum, double max) {
    Map<String, SequenceScore> actual = new HashMap<>(REFERENCE);
    actual.put("a", new SequenceScore(steps, rank, sum, max));
    Agreement agreement = Agreement.between(REFERENCE, actual, TOLERANCE);
    assertThat(agreement.complete()).isFalse();
    assertThat(agreement.agreeing()).isEqualTo(1);
    assertThat(agreement.disagreements()).singleElement().asString().startsWith("a: expected");
  }

  @Test
  void notANumberNeverAgrees() {
    Map<String, SequenceScore> actual = new HashMap<>(REFERENCE);
    actual.put("a", new SequenceScore(39, 4, Double.NaN, 2.75));
    assertThat(Agreement.between(REFERENCE, actual, TOLERANCE).complete()).isFalse();
  }

  @Test
  void aKeyThatIsAbsentOrSurplusIsADisagreement() {
    Map<String, SequenceScore> actual =
        Map.of("a", REFERENCE.get("a"), "c", new SequenceScore(1, 0, 0.5, 0.5));
    Agreement agreement = Agreement.between(REFERENCE, actual, TOLERANCE);
    assertThat(agreement.agreeing()).isEqualTo(1);
    assertThat(agreement.disagreements())
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).startsWith("b: expected").endsWith("found null"),
            line -> assertThat(line).startsWith("c: the reference lacks it"));
  }
}
