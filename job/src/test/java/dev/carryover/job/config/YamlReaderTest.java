package dev.carryover.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlReaderTest {
  @Test
  void entriesHaveDottedKeysLinesAndTheTextAsWritten() throws Exception {
    assertThat(
            YamlReader.read(
                """
                a: 1_000
                b:
                  c: 0x10   # a comment
                  d: {e.f: yes, "g": "quo: ted"}
                h: [1, two,
                    '3']
                i: >
                  folded
                  text
                """,
                "x.yaml"))
        .containsExactly(
            new Entry("a", 1, List.of("1_000"), false),
            new Entry("b.c", 3, List.of("0x10"), false),
            new Entry("b.d.e.f", 4, List.of("yes"), false),
            new Entry("b.d.g", 4, List.of("quo: ted"), false),
            new Entry("h", 5, List.of("1", "two", "3"), true),
            new Entry("i", 7, List.of("folded text\n"), false));
  }

  @Test
  void emptyTextHasNoEntries() throws Exception {
    assertThat(YamlReader.read("", "x.yaml")).isEmpty();
    assertThat(YamlReader.read("# nothing\n---\n", "x.yaml")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1;a: 2 | 2: a is set twice, in lines 1 and 2; keep one",
        "a.b: 1;a:;  b: 2 | 3: a.b is set twice, in lines 1 and 3; keep one",
        "a: | 1: a has no value; give it one or remove the key",
        "a: ~ | 1: a has no value; give it one or remove the key",
        "a: [1, ] ;b: [] | 2: b is an empty list; give it an entry or remove the key",
        "a: [1, null] | 1: a has no value; give it one or remove the key",
        "a: [[1]] | 1: a is a list that holds more than plain values",
        "a: [{b: 1}] | 1: a is a list that holds more than plain values",
        "a: &x 1;b: *x | 2: anchors and aliases are not allowed; write the value out",
        "a: &x {c: 1} | 1: anchors and aliases are not allowed; write the value out",
        "a: &x [1] | 1: anchors and aliases are not allowed; write the value out",
        "a: !!java.net.URL [\"http://localhost\"] | 1: tags are not allowed; write the plain value, quoted where needed",
        "a: !custom 1 | 1: tags are not allowed; write the plain value, quoted where needed",
        "[1, 2] | 1: the configuration is not a mapping; write keys and values, as in job.name: scoring",
        "text | 1: the configuration is not a mapping; write keys and values, as in job.name: scoring",
        "a: 1;---;b: 2 | 3: a second YAML document begins; put the whole configuration into one",
      })
  void textThatIsNoPlainMappingIsRefused(String yaml, String problem) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read(yaml.replace(';', '\n'), "x.yaml"))
        .withMessage("x.yaml:" + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: b: c | 1",
        "a: [1 | 1",
        "a: 'open | 1",
        "a: 1;  b: 2;c | 2",
        "a: @x | 1",
        "a: \"\\q\" | 1",
        "a:;\tb: 1 | 2",
        "}  | 1",
        "a: x\u0001y | 1",
      })
  void malformedTextIsRefusedWithItsPlace(String yaml, int line) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read(yaml.replace(';', '\n'), "x.yaml"))
        .withMessageMatching("(?s)x\\.yaml:" + line + ": not valid YAML.*")
        .satisfies(
            e -> {
              assertThat(e).hasNoCause();
              assertThat(e.getMessage().lines()).hasSize(1);
            });
  }

  @Test
  void aliasBombIsRefusedBeforeItGrows() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, "*a%d, ".formatted(i - 1).repeat(10)));
    }

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read(bomb.toString(), "x.yaml"))
        .withMessageContaining("anchors and aliases");
  }

  @Test
  void depthAndSizeAreBounded() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read("{a: ".repeat(50_000), "x.yaml"));
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read("a: " + "[".repeat(50_000), "x.yaml"));
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> YamlReader.read("x".repeat(YamlReader.MAX_CHARACTERS + 1), "x.yaml"))
        .withMessage(
            "x.yaml: the configuration has 1048577 characters, allowed are 1048576: this is not a job"
                + " configuration");
  }
}
