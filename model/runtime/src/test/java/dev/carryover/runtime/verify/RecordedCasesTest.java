package dev.carryover.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordedCasesTest {

  @Test
  void tokenStepsAreReadWhole() throws RecordedCasesException {
    RecordedCases cases =
        RecordedCases.parse(
            """
            {"config": {"task": "next-token"}, "steps": [
              {"token": 7, "logits": [0.5, -1], "log_softmax": [-0.25, -2],
               "state": [{"h": [0.125], "c": [1]}, {"h": [-0.5], "c": [2.5]}]}]}
            """,
            "cases.json");
    assertThat(cases.source()).isEqualTo("cases.json");
    assertThat(cases.configJson()).isEqualTo("{\"task\":\"next-token\"}");
    RecordedStep step = cases.steps().get(0);
    assertThat(step.token()).isEqualTo(7);
    assertThat(step.features()).isNull();
    assertThat(step.logits()).containsExactly(0.5f, -1f);
    assertThat(step.logSoftmax()).containsExactly(-0.25f, -2f);
    assertThat(step.state()).hasSize(2);
    assertThat(step.state().get(1).h()).containsExactly(-0.5f);
    assertThat(step.state().get(1).c()).containsExactly(2.5f);
  }

  @Test
  void featureStepsNeedNoToken() throws RecordedCasesException {
    RecordedCases cases =
        RecordedCases.parse(
            "{\"config\": {}, \"steps\": [{\"features\": [1, 2.5], \"logits\": [3]}]}",
            "cases.json");
    RecordedStep step = cases.steps().get(0);
    assertThat(step.token()).isEqualTo(-1);
    assertThat(step.features()).containsExactly(1f, 2.5f);
    assertThat(step.state()).isEmpty();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("{\"config\": {}, \"steps\"", "not JSON at line 1"),
        Arguments.of("[]", "field 'config' is MISSING"),
        Arguments.of("{\"config\": {}}", "field 'steps' is MISSING"),
        Arguments.of("{\"config\": {}, \"steps\": []}", "expected an array with at least one step"),
        Arguments.of(
            "{\"config\": {}, \"source\": [1], \"greedy\": [2]}", "seq2seq model, expected"),
        Arguments.of(step("\"logits\": [1]"), "steps[0]: neither of 'token' and 'features'"),
        Arguments.of(step("\"token\": 1, \"features\": [1], \"logits\": [1]"), "steps[0]: both"),
        Arguments.of(step("\"token\": -1, \"logits\": [1]"), "field 'token' is -1"),
        Arguments.of(step("\"token\": 1.5, \"logits\": [1]"), "field 'token' is 1.5"),
        Arguments.of(step("\"token\": 1"), "nothing was recorded"),
        Arguments.of(step("\"token\": 1, \"logits\": [1, \"a\"]"), "logits[1] is \"a\""),
        Arguments.of(step("\"token\": 1, \"logits\": []"), "field 'logits' is ARRAY"),
        Arguments.of(step("\"token\": 1, \"state\": {}"), "field 'state' is OBJECT"),
        Arguments.of(
            step("\"token\": 1, \"state\": [{}]"), "steps[0].state[0]: field 'h' is absent"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsNoRecordingIsRefusedByItsPlace(String json, String message) {
    assertThatThrownBy(() -> RecordedCases.parse(json, "cases.json"))
        .isInstanceOf(RecordedCasesException.class)
        .hasMessageStartingWith("cases.json: ")
        .hasMessageContaining(message);
  }

  private static String step(String fields) {
    return "{\"config\": {}, \"steps\": [{" + fields + "}]}";
  }
}
