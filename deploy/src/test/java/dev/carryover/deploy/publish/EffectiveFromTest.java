package dev.carryover.deploy.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveFromTest {

  private static final Instant NOW = Instant.ofEpochMilli(1_000_000);

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T12:00:00+01:00, 1769857200000",
    "2026-01-31T11:00:00Z, 1769857200000",
    "2026-01-31T11:00:00.001Z, 1769857200001",
    "1769857200000, 1769857200000",
    "0, 0",
    "-5, -5",
    "+10m, 1600000",
    "+10 min, 1600000",
    "+2h, 8200000",
    "+500ms, 1000500",
    "+ 1s, 1001000"
  })
  void aTimeIsIsoWithItsOffsetOrMillisecondsOrFromNow(String text, long expected) {
    assertThat(EffectiveFrom.parse(text, NOW)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "10m",
        "-10m",
        "+10",
        "+m",
        "+10w",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-02-30T12:00:00Z",
        "1234567890123456",
        "+999999999999d"
      })
  void anythingElseIsRefusedWithWhatIsAllowed(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EffectiveFrom.parse(text, NOW))
        .withMessageStartingWith("'" + text + "' is no time")
        .withMessageContaining("+10m");
  }
}
