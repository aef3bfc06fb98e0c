package dev.carryover.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.runtime.seq2seq.TestingTransducers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordedTransductionTest {
  private static final String RECORDING =
      """
      {"config": {"task": "seq2seq"}, "source": [3, 1], "encoder_outputs": [[0.5], [1]],
       "max_length": 7, "greedy": [4, 2],
       "greedy_steps": [{"log_softmax": [-1, -2], "attention": [0.25, 0.75]},
                        {"log_softmax": [-3, -4]}],
       "beam_width": 4, "beam": [{"score": -1.5, "tokens": [4, 2]}, {"score": -2, "tokens": [5]}]}
      """;

  @TempDir private Path folder;

  @Test
  void aRecordingIsReadWhole() throws RecordedCasesException {
    RecordedTransduction recorded = RecordedTransduction.parse(RECORDING, "cases.json");
    assertThat(recorded.source()).isEqualTo("cases.json");
    assertThat(recorded.configJson()).isEqualTo("{\"task\":\"seq2seq\"}");
    assertThat(recorded.sourceTokens()).containsExactly(3, 1);
    assertThat(recorded.encoderOutputs()).isDeepEqualTo(new float[][] {{0.5f}, {1f}});
    assertThat(recorded.maximumLength()).isEqualTo(7);
    assertThat(recorded.greedy()).containsExactly(4, 2);
    assertThat(recorded.steps().get(0).logSoftmax()).containsExactly(-1, -2);
    assertThat(recorded.steps().get(0).attention()).containsExactly(0.25f, 0.75f);
    assertThat(recorded.steps().get(1).attention()).isNull();
    assertThat(recorded.beamWidth()).isEqualTo(4);
    assertThat(recorded.beam()).hasSize(2);
    assertThat(recorded.beam().get(0).score()).isEqualTo(-1.5);
    assertThat(recorded.beam().get(0).tokens()).containsExactly(4, 2);
  }

  @Test
  void outputsAttentionAndBeamMayBeLeftOut() throws RecordedCasesException {
    RecordedTransduction recorded =
        RecordedTransduction.parse(
            """
            {"config": {}, "source": [0], "max_length": 1, "greedy": [1],
             "greedy_steps": [{"log_softmax": [-1], "attention": null}]}
            """,
            "cases.json");
    assertThat(recorded.encoderOutputs()).isNull();
    assertThat(recorded.steps().get(0).attention()).isNull();
    assertThat(recorded.beamWidth()).isZero();
    assertThat(recorded.beam()).isEmpty();
  }

  @Test
  void theSourceTellsTheKindOfARecording() throws IOException, RecordedCasesException {
    Path transduction = Files.writeString(folder.resolve("a.json"), RECORDING);
    Path steps =
        Files.writeString(
            folder.resolve("b.json"),
            "{\"config\": {}, \"steps\": [{\"token\": 1, \"logits\": [2]}]}");
    assertThat(Recording.read(transduction)).isInstanceOf(RecordedTransduction.class);
    assertThat(Recording.read(steps)).isInstanceOf(RecordedCases.class);
    Path broken = Files.writeString(folder.resolve("c.json"), "{");
    assertThatThrownBy(() -> Recording.read(broken))
        .isInstanceOf(RecordedCasesException.class)
        .hasMessageContaining("c.json: not JSON at line 1");
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        changed("\"config\": {\"task\": \"seq2seq\"},", "", "field 'config' is MISSING"),
        changed("\"source\": [3, 1]", "\"source\": []", "field 'source' is ARRAY"),
        changed("\"source\": [3, 1]", "\"source\": [3, -1]", "source[1] is -1, expected an id"),
        changed(", [1]]", "]", "encoder_outputs has 1 rows, expected 2"),
        changed("[[0.5],", "[[\"x\"],", "encoder_outputs[0][0] is \"x\", expected a number"),
        changed("\"max_length\": 7,", "", "field 'max_length' is absent, expected a whole number"),
        changed("\"max_length\": 7,", "\"max_length\": 0,", "field 'max_length' is 0, expected"),
        changed("\"greedy\": [4, 2]", "\"greedy\": [4]", "greedy_steps has 2 steps, expected 1"),
        changed(
            "{\"log_softmax\": [-3, -4]}", "{}", "greedy_steps[1]: field 'log_softmax' is MISSING"),
        changed("\"beam_width\": 4,", "", "field 'beam_width' is absent"),
        changed("{\"score\": -2, ", "{", "beam[1]: field 'score' is MISSING"),
        changed("\"tokens\": [5]", "\"tokens\": 5", "beam[1]: field 'tokens' is NUMBER"));
  }

  private static Arguments changed(String old, String changed, String message) {
    assertThat(RECORDING).contains(old);
    return Arguments.of(RECORDING.replace(old, changed), message);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsNoRecordingIsRefusedByItsPlace(String json, String message) {
    assertThatThrownBy(() -> RecordedTransduction.parse(json, "cases.json"))
        .isInstanceOf(RecordedCasesException.class)
        .hasMessageStartingWith("cases.json: ")
        .hasMessageContaining(message);
  }

  /** The model has 9 source tokens, 11 target tokens, and an encoder that gives 3 floats a step. */
  @ParameterizedTest
  @MethodSource("misfits")
  void aRecordingOfAnotherModelIsRefused(String json, String message)
      throws RecordedCasesException {
    ModelConfig config = TestingTransducers.config(Cell.GRU, Attention.NONE, false, 3, 3).build();
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, 1));
    RecordedTransduction recorded = RecordedTransduction.parse(json, "cases.json");
    assertThatThrownBy(() -> TransductionReplay.run(model, recorded))
        .isInstanceOf(RecordedCasesException.class)
        .hasMessage("cases.json: " + message + "; use the recording of this model");
  }

  static Stream<Arguments> misfits() {
    return Stream.of(
        Arguments.of(
            misfit("[9]", "", "[0]", "[-1]"),
            "source[0] is 9, and the vocabulary of model testing ends at 8"),
        Arguments.of(
            misfit("[8]", "", "[11]", "[-1]"),
            "greedy[0] is 11, and the vocabulary of model testing ends at 10"),
        Arguments.of(
            misfit("[8]", "\"encoder_outputs\": [[1, 2]],", "[0]", "[-1]"),
            "encoder_outputs[0] has 2 elements, and model testing has 3 there"),
        Arguments.of(
            misfit("[8]", "", "[0]", "[-1]"),
            "greedy_steps[0].log_softmax has 1 elements, and model testing has 11 there"),
        Arguments.of(
            misfit("[8]", "", "[0]", "[0,0,0,0,0,0,0,0,0,0,0], \"attention\": [1]"),
            "greedy_steps[0].attention has 1 elements, and model testing has 0 there"));
  }

  private static String misfit(String source, String outputs, String greedy, String logSoftmax) {
    return "{\"config\": {}, \"source\": "
        + source
        + ", "
        + outputs
        + "\"max_length\": 3, \"greedy\": "
        + greedy
        + ", \"greedy_steps\": [{\"log_softmax\": "
        + logSoftmax
        + "}]}";
  }

  @Test
  void aTokenThatDiffersIsAnInfiniteError() throws RecordedCasesException {
    ModelConfig config = TestingTransducers.config(Cell.GRU, Attention.NONE, false, 3, 3).build();
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, 1));
    RecordedTransduction recorded =
        RecordedTransduction.parse(
            """
            {"config": {}, "source": [8], "max_length": 1, "greedy": [0],
             "greedy_steps": [{"log_softmax": [-1,-2,-3,-4,-5,-6,-7,-8,-9,-10,-11]}],
             "beam_width": 1, "beam": [{"score": -1, "tokens": [0]}, {"score": -1, "tokens": [1]}]}
            """,
            "cases.json");
    ReplayReport report = TransductionReplay.run(model, recorded);
    assertThat(report.errors())
        .filteredOn(error -> error.vector().equals("beam tokens"))
        .singleElement()
        .satisfies(error -> assertThat(error.relative()).isInfinite());
    assertThat(report.within(1e9)).isFalse();
  }
}
