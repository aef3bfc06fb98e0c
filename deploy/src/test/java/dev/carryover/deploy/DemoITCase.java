package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.TestingCommandLine.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole demo, as a user starts it. */
class DemoITCase {

  // Surefire runs in the module's folder, so the checkout is its parent.
  private static final Path DATA =
      DataFolder.find(
          Optional.empty(), System.getenv(), Path.of("").toAbsolutePath().getParent().toString());

  @BeforeEach
  void needData() {
    Path stream = DATA.resolve("data/hdfs/stream.tsv");
    assumeTrue(
        Files.isRegularFile(stream),
        stream + " is absent: put Loghub's HDFS_v1 by block there or set CARRYOVER_DATA");
  }

  @ParameterizedTest
  @CsvSource({"heap,1", "heap,2", "rocksdb,1", "rocksdb,2"})
  void everyBlockAgreesWithPyTorchAndNothingIsLostOrDoubled(String backend, int parallelism) {
    Result result =
        TestingCommandLine.execute(
            "demo", "--data", DATA, "--backend", backend, "--parallelism", parallelism);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("5,781 of 5,781 blocks agree")
        .contains("117,130 of 117,130 inferences, 0 doubled, 0 left out")
        .contains("0 dead letters and late events")
        .containsPattern("bigram +160 +9 +19 +0\\.947 +0\\.894 +0\\.920")
        .endsWith("PASS\n");
  }

  @Test
  void anInactivityGapMakesMoreSequencesAndLosesNothing() {
    Result result =
        TestingCommandLine.execute("demo", "--data", DATA, "--gap", "6h", "--parallelism", "2");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("7,448 instead of 5,781").doesNotContain("PyTorch");
  }
}
