package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.TestingCommandLine.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** import, verify and inspect on what PyTorch exported. */
class ModelCommandsTest {

  // Surefire runs in the module's folder, so the checkout is its parent.
  private static final Path DATA =
      DataFolder.find(
          Optional.empty(), System.getenv(), Path.of("").toAbsolutePath().getParent().toString());

  @TempDir private Path folder;

  @BeforeEach
  void needData() {
    assumeTrue(
        Files.isDirectory(DATA.resolve("golden")),
        DATA.resolve("golden")
            + " is absent: put PyTorch's recorded cases there or set CARRYOVER_DATA");
  }

  @ParameterizedTest
  @CsvSource({
    "gru_2layer,auto",
    "lstm_3layer,scalar",
    "rnn_relu_2layer,auto",
    "features_gru,scalar"
  })
  void bareWeightsAgreeWithTheirRecording(String name, String kernels) {
    Result result =
        TestingCommandLine.execute(
            "verify",
            "--weights",
            golden(name + ".safetensors"),
            "--cases",
            golden(name + ".json"),
            "--kernels",
            kernels);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("layer 0 h").contains("logits").contains("PASS");
  }

  @Test
  void theLstmShowsItsCellStateAndTokensTheirProbabilities() {
    Result result =
        TestingCommandLine.execute(
            "verify",
            "--weights",
            golden("lstm_1layer.safetensors"),
            "--cases",
            golden("lstm_1layer.json"));
    assertThat(result.out()).contains("layer 0 c").contains("log-softmax").contains("surprisal");
  }

  @Test
  void anErrorAboveTheToleranceFails() {
    Result result =
        TestingCommandLine.execute(
            "verify",
            "--weights",
            golden("gru_1layer.safetensors"),
            "--cases",
            golden("gru_1layer.json"),
            "--tolerance",
            "1e-12");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("FAIL");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void casesOfAnotherModelAreRefused() {
    Result result =
        TestingCommandLine.execute(
            "verify",
            "--weights",
            golden("gru_1layer.safetensors"),
            "--cases",
            golden("lstm_1layer.json"));
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "seq2seq_gru_plain,auto",
    "seq2seq_gru_additive,scalar",
    "seq2seq_gru_bidir_additive,auto",
    "seq2seq_lstm_bidir_additive,auto",
    "seq2seq_lstm_plain,scalar"
  })
  void recordedTransductionsAgreeTokenForToken(String name, String kernels) {
    Result result =
        TestingCommandLine.execute(
            "verify",
            "--weights",
            golden(name + ".safetensors"),
            "--cases",
            golden(name + ".json"),
            "--kernels",
            kernels);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("encoder outputs")
        .contains("log-softmax")
        .contains("greedy tokens")
        .contains("beam scores")
        .contains("PASS");
    assertThat(result.out().contains("attention  ")).isEqualTo(name.endsWith("additive"));
  }

  @Test
  void aRecordingOfAnotherTaskIsRefusedByName() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), configOf("gru_1layer"));
    Path model = folder.resolve("model.safetensors");
    TestingCommandLine.execute(
        "import",
        "--weights",
        golden("gru_1layer.safetensors"),
        "--config",
        config,
        "--output",
        model);
    Result result =
        TestingCommandLine.execute(
            "verify", "--model", model, "--cases", golden("seq2seq_gru_plain.json"));
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("a recording of a transduction, and model config has the task next-token")
        .hasLineCount(1);
  }

  @Test
  void anImportedTransducerKeepsItsRecordingAsSelfTestAndVerifies() throws IOException {
    String name = "seq2seq_lstm_bidir_additive";
    Path config = Files.writeString(folder.resolve("config.json"), configOf(name));
    Path model = folder.resolve("model.safetensors");
    Result imported =
        TestingCommandLine.execute(
            "import",
            "--weights",
            golden(name + ".safetensors"),
            "--config",
            config,
            "--output",
            model,
            "--id",
            "g2p-1",
            "--cases",
            golden(name + ".json"));
    assertThat(imported.exitCode()).as("%s", imported).isZero();
    assertThat(imported.out()).contains("g2p-1: seq2seq, lstm of 2 x 40");

    Result verified =
        TestingCommandLine.execute("verify", "--model", model, "--cases", golden(name + ".json"));
    assertThat(verified.exitCode()).as("%s", verified).isZero();

    Result inspected = TestingCommandLine.execute("inspect", "--model", model);
    assertThat(inspected.exitCode()).as("%s", inspected).isZero();
    assertThat(inspected.out())
        .containsPattern("file +\\S+, format 4")
        .containsPattern("encoder +40 in two directions")
        .containsPattern("attention +additive of 40")
        .containsPattern("source +27 tokens, embedded in 20")
        .containsPattern("target +41 tokens")
        .containsPattern("special tokens +begin 1, end 2, unknown none of the source")
        .containsPattern("longest output +100 tokens")
        .containsPattern("hidden state +160 floats \\(640 bytes\\) per key and direction")
        .containsPattern("self-tests +1 of 12 steps together")
        .containsPattern("tensor +bridge_c.weight \\[40, 80\\]");
  }

  @Test
  void aTransductionThatDisagreesIsNotImported() throws IOException {
    String name = "seq2seq_gru_plain";
    Path config = Files.writeString(folder.resolve("config.json"), configOf(name));
    String recording = Files.readString(golden(name + ".json"));
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.json"),
            recording.replaceFirst("\"score\": -28", "\"score\": -27"));
    Path model = folder.resolve("model.safetensors");
    Result result =
        TestingCommandLine.execute(
            "import",
            "--weights",
            golden(name + ".safetensors"),
            "--config",
            config,
            "--output",
            model,
            "--cases",
            wrong);
    assertThat(result.exitCode()).as("%s", result).isEqualTo(1);
    assertThat(result.err()).contains("beam scores").hasLineCount(1);
    assertThat(model).doesNotExist();
  }

  @Test
  void anImportedModelKeepsItsRecordingAsSelfTestAndVerifies() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), configOf("gru_1layer"));
    Path model = folder.resolve("model.safetensors");
    Result imported =
        TestingCommandLine.execute(
            "import",
            "--weights",
            golden("gru_1layer.safetensors"),
            "--config",
            config,
            "--output",
            model,
            "--id",
            "logs-1",
            "--cases",
            golden("gru_1layer.json"));
    assertThat(imported.exitCode()).as("%s", imported).isZero();
    assertThat(imported.out()).contains("logs-1: next-token, gru").contains("sha256");

    Result verified =
        TestingCommandLine.execute(
            "verify", "--model", model, "--cases", golden("gru_1layer.json"));
    assertThat(verified.exitCode()).as("%s", verified).isZero();

    Result inspected = TestingCommandLine.execute("inspect", "--model", model);
    assertThat(inspected.exitCode()).as("%s", inspected).isZero();
    assertThat(inspected.out())
        .containsPattern("model +logs-1")
        .containsPattern("task +next-token")
        .containsPattern("cell +gru, reset after")
        .containsPattern("hidden state +45 floats")
        .containsPattern("self-tests +1 of 16 steps")
        .containsPattern("tensor +rnn.weight_hh_l0 \\[135, 45\\]")
        .containsPattern("sha256 +[0-9a-f]{64}");
  }

  @Test
  void aRecordingThatDisagreesIsNotImported() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), configOf("gru_1layer"));
    String recording = Files.readString(golden("gru_1layer.json"));
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.json"), recording.replaceFirst("\"token\": 7", "\"token\": 8"));
    Path model = folder.resolve("model.safetensors");
    Result result =
        TestingCommandLine.execute(
            "import",
            "--weights",
            golden("gru_1layer.safetensors"),
            "--config",
            config,
            "--output",
            model,
            "--cases",
            wrong);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("disagrees with the weights").hasLineCount(1);
    assertThat(model).doesNotExist();
  }

  @Test
  void aBadModelIdIsRefused() throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), configOf("gru_1layer"));
    Result result =
        TestingCommandLine.execute(
            "import",
            "--weights",
            golden("gru_1layer.safetensors"),
            "--config",
            config,
            "--output",
            folder.resolve("model.safetensors"),
            "--id",
            "a b");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--id").contains("'a b'").hasLineCount(1);
  }

  private static Path golden(String name) {
    return DATA.resolve("golden").resolve(name);
  }

  private static String configOf(String name) throws IOException {
    String json = Files.readString(golden(name + ".json"));
    int begin = json.indexOf('{', 1);
    return json.substring(begin, json.indexOf('}') + 1);
  }
}
