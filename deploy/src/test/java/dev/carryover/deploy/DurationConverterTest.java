package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationConverterTest {

  private final DurationConverter converter = new DurationConverter();

  @Test
  void everyUnitIsRead() {
    assertThat(converter.convert("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(converter.convert("1 s")).isEqualTo(Duration.ofSeconds(1));
    assertThat(converter.convert("90min")).isEqualTo(Duration.ofMinutes(90));
    assertThat(converter.convert("6h")).isEqualTo(Duration.ofHours(6));
    assertThat(converter.convert("2d")).isEqualTo(Duration.ofDays(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"6", "h", "6 hours", "-6h", "1.5h", ""})
  void whatHasNoNumberOrUnitIsRefused(String text) {
    assertThatThrownBy(() -> converter.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("ms, s, min, h or d");
  }
}
