package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldPathTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "key | key",
        "user.id | user,id",
        "items[0].name | items,[0],name",
        "matrix[1][20] | matrix,[1],[20]",
        "[3] | [3]",
        "[3].x | [3],x",
        "log\\.level | log.level",
        "a\\[0] | a[0]",
        "a\\\\b | a\\b",
        "with space.ünï | with space,ünï",
      })
  void pathIsNamesAndIndices(String text, String steps) {
    assertThat(FieldPath.parse(text).steps().stream().map(FieldPath.Step::toString).toList())
        .containsExactly(steps.split(","));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".a",
        "a.",
        "a..b",
        "a[",
        "a[]",
        "a[x]",
        "a[-1]",
        "a[1",
        "a[1]b",
        "a.[0]",
        "a[9999999]"
      })
  void malformedPathIsRefusedWithItsPlace(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FieldPath.parse(text))
        .withMessageMatching("\"\\Q" + text + "\\E\" is no field path: .+ at character \\d+");
  }
}
