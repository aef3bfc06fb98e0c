package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DataFolderTest {

  private static final Map<String, String> SET = Map.of("CARRYOVER_DATA", "/from/environment");

  @Test
  void theOptionComesFirstThenTheEnvironmentThenTheFolderBesideTheCheckout() {
    assertThat(DataFolder.find(Optional.of(Path.of("given")), SET, "/src/carryover"))
        .isEqualTo(Path.of("given"));
    assertThat(DataFolder.find(Optional.empty(), SET, "/src/carryover"))
        .isEqualTo(Path.of("/from/environment"));
    assertThat(DataFolder.find(Optional.empty(), Map.of(), "/src/carryover"))
        .isEqualTo(Path.of("/src/shared"));
  }

  @Test
  void anEmptyVariableIsNoFolder() {
    assertThat(DataFolder.find(Optional.empty(), Map.of("CARRYOVER_DATA", " "), "/src/carryover"))
        .isEqualTo(Path.of("/src/shared"));
  }
}
