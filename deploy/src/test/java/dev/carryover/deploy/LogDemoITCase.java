package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.deploy.logs.TestingData;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole demo of the log, as a user starts it. */
class LogDemoITCase {

  private static final Path DATA = TestingData.FOLDER;

  @BeforeEach
  void needData() {
    assumeTrue(Files.isRegularFile(TestingData.STREAM), TestingData.ABSENT);
  }

  @ParameterizedTest
  @CsvSource({"heap,2", "rocksdb,1", "rocksdb,2"})
  void everyBlockAgreesWithPyTorchAndNothingIsLostOrDoubled(String backend, int parallelism) {
    Result result =
        TestingCommandLine.execute(
            "demo",
            "logs",
            "--no-swap",
            "--data",
            DATA,
            "--backend",
            backend,
            "--parallelism",
            parallelism);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("5,781 of 5,781 blocks agree")
        .contains("117,130 of 117,130 inferences, 0 doubled, 0 left out")
        .contains("0 dead letters and late events")
        .containsPattern("bigram +160 +9 +19 +0\\.947 +0\\.894 +0\\.920")
        .doesNotContain("another revision takes over")
        .endsWith("PASS\n");
  }

  @Test
  void thenTheSameStreamIsServedByTwoRevisions() {
    Result result =
        TestingCommandLine.execute(
            "demo", "logs", "--data", DATA, "--checkpoint-interval", "300ms", "--swap-at", "20");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .containsSubsequence(
            "5,781 of 5,781 blocks agree",
            "another revision takes over",
            "20.0 of the stream's 38.6 hours; state policy drain",
            "Epoch 40 of 40",
            "0 doubled, 0 missing",
            "0 inferences by another revision")
        .endsWith("PASS\n");
  }

  @Test
  void whatTheSecondPartCannotDoIsToldBeforeTheFirst() {
    for (String[] wrong :
        new String[][] {
          {"--swap-at", "50", "--swap-at is 50.0; allowed is above 0 and below 38.6"},
          {"--swap-at", "noon", "'noon'"},
          {"--state-policy", "keep", "--state-policy is keep; allowed is carry, reset, replay or"},
        }) {
      Result result =
          TestingCommandLine.execute("demo", "logs", "--data", DATA, wrong[0], wrong[1]);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).hasLineCount(1).contains(wrong[2]);
    }
  }

  @Test
  void anInactivityGapMakesMoreSequencesAndLosesNothing() {
    Result result =
        TestingCommandLine.execute(
            "demo", "logs", "--no-swap", "--data", DATA, "--gap", "6h", "--parallelism", "2");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("7,448 instead of 5,781").doesNotContain("PyTorch");
  }
}
