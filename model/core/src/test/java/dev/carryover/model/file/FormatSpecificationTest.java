package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** FORMAT.md and the reader name the same errors. */
class FormatSpecificationTest {
  @Test
  void everyErrorHasItsRuleAndEveryRuleItsError() throws IOException {
    String specification = Files.readString(Path.of("FORMAT.md"));
    List<String> errors = Arrays.stream(ModelFileError.values()).map(Enum::name).toList();

    List<String> named =
        Pattern.compile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|UNREADABLE|TRUNCATED)`")
            .matcher(specification)
            .results()
            .map((MatchResult match) -> match.group(1))
            .distinct()
            .toList();

    assertThat(named)
        .as("give a new error its rule in FORMAT.md, and a new rule its error")
        .containsExactlyInAnyOrderElementsOf(errors);
  }
}
