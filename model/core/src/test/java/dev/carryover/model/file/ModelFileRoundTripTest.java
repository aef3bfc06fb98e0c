package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFileRoundTripTest {
  private static final long SEED = 42;

  @TempDir Path folder;

  static List<ModelConfig> everyKind() {
    return TestingModels.everyKind();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void whatIsWrittenIsReadBackIdentical(ModelConfig config) throws Exception {
    ModelFile written = TestingModels.random(config, SEED);
    Path path = folder.resolve("model.safetensors");

    String sha256 = ModelFileWriter.write(written, path);
    ModelFile read = ModelFileReader.read(path);

    assertThat(read.config()).isEqualTo(config);
    for (String name : config.tensorShapes().names()) {
      assertThat(read.tensor(name))
          .as("seed=%d %s", SEED, name)
          .containsExactly(written.tensor(name));
      assertThat(read.shape(name)).isEqualTo(written.shape(name));
      assertThat(read.hasTensor(name)).isTrue();
    }
    assertThat(read.selfTests()).isEqualTo(written.selfTests()).hasSize(2);
    byte[] bytes = Files.readAllBytes(path);
    assertThat(sha256)
        .isEqualTo(read.sha256())
        .isEqualTo(written.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(ModelFileWriter.toBytes(read)).isEqualTo(bytes);
    assertThat(ModelFileReader.read(bytes, "memory").config()).isEqualTo(config);
  }

  @Test
  void dataSectionIsAlignedToEightBytes() {
    for (ModelConfig config : everyKind()) {
      byte[] bytes = ModelFileWriter.toBytes(TestingModels.random(config, SEED));

      assertThat((bytes[0] & 0xff) % 8).as(config.toString()).isZero();
    }
  }

  @Test
  void writingReplacesTheFileAndLeavesNothingBeside() throws IOException {
    ModelFile file = TestingModels.random(everyKind().get(0), SEED);
    Path path = folder.resolve("model.safetensors");
    Files.writeString(path, "what was there before");

    ModelFileWriter.write(file, path);

    assertThat(ModelFileReader.read(path).sha256()).isEqualTo(file.sha256());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void failedWriteLeavesThePathAsItWas() throws IOException {
    ModelFile file = TestingModels.random(everyKind().get(0), SEED);
    Path path = Files.createDirectories(folder.resolve("taken/inside")).getParent();

    assertThatThrownBy(() -> ModelFileWriter.write(file, path)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> ModelFileWriter.write(file, folder.resolve("absent/model")))
        .isInstanceOf(NoSuchFileException.class);

    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files).containsExactlyInAnyOrder(folder, path, path.resolve("inside"));
    }
  }

  @Test
  void arraysAreCopiedInAndOut() {
    ModelConfig config = everyKind().get(0);
    Map<String, float[]> tensors = new HashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, new float[config.tensorShapes().length(name)]);
    }
    ModelFile file = ModelFile.of(config, tensors);

    tensors.get("head.bias")[0] = 7;
    file.tensor("head.bias")[0] = 8;
    file.shape("head.bias")[0] = 9;

    assertThat(file.tensor("head.bias")).containsOnly(0f);
    assertThat(file.shape("head.bias")).containsExactly(6);
    assertThatThrownBy(() -> file.tensor("head.scale"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the model has no tensor head.scale; it has [embedding.weight,");
  }

  @Test
  void modelBuiltInMemoryIsHeldToItsConfig() {
    ModelConfig config = TestingModels.tokens(Cell.RNN_TANH, 1, false).build();
    ModelFile file = TestingModels.random(config, SEED);
    Map<String, float[]> tensors = new HashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, file.tensor(name));
    }

    refused(config, with(tensors, "head.bias", null), "tensor head.bias has no values; its shape");
    refused(
        config,
        with(tensors, "head.bias", new float[7]),
        "tensor head.bias has 7 values; its shape [6] needs 6");
    refused(
        config,
        with(tensors, "rnn.bias_ih_l0", new float[5]),
        "tensor rnn.bias_ih_l0 is not one of the model's [embedding.weight,");
    refused(
        config,
        with(tensors, "head.bias", new float[] {0, 0, Float.NaN, 0, 0, 0}),
        "tensor head.bias holds NaN at index 2; every value must be finite");
    refused(
        config,
        tensors,
        "self-test 0 feeds token id 6 and the vocabulary has 6 tokens; ids are 0 to 5",
        SelfTest.ofTokens(new int[] {6}, new float[1][6]));
    refused(
        config,
        tensors,
        "self-test 0 logits have 5 values and the model 6",
        SelfTest.ofTokens(new int[] {0}, new float[1][5]));
    refused(
        config,
        tensors,
        "self-test 0 feeds features and the model takes tokens",
        SelfTest.ofFeatures(new float[1][3], new float[1][6]));
    refused(
        config,
        tensors,
        "self-test 0 feeds a source and a target and the model takes tokens",
        SelfTest.ofTransduction(new int[1], new int[1], new float[1][6]));
    assertThatThrownBy(() -> SelfTest.ofTokens(new int[2], new float[1][6]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 inputs and 1 outputs");
  }

  @Test
  void selfTestsOfASeq2seqModelAreHeldToItsTwoVocabularies() {
    ModelConfig config = TestingModels.transducer(Cell.GRU, TestingModels.TARGET).build();
    ModelFile file = TestingModels.random(config, SEED);
    Map<String, float[]> tensors = new HashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, file.tensor(name));
    }

    refused(
        config,
        tensors,
        "self-test 0 feeds source token id 3 and the vocabulary has 3 tokens; ids are 0 to 2",
        SelfTest.ofTransduction(new int[] {3}, new int[] {3}, new float[1][4]));
    refused(
        config,
        tensors,
        "self-test 0 feeds token id 4 and the vocabulary has 4 tokens; ids are 0 to 3",
        SelfTest.ofTransduction(new int[] {2}, new int[] {4}, new float[1][4]));
    refused(
        config,
        tensors,
        "self-test 0 feeds tokens and the model takes a source and a target",
        SelfTest.ofTokens(new int[] {2}, new float[1][4]));
    assertThatThrownBy(() -> SelfTest.ofTransduction(new int[0], new int[1], new float[1][4]))
        .hasMessage("a self-test of a seq2seq model has 0 source tokens; it has at least 1");
    assertThatThrownBy(() -> SelfTest.ofTokens(new int[1], new float[1][4]).source())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this self-test has no source; only those of seq2seq have");
    assertThat(file.selfTests().get(0))
        .hasToString("self-test of 3 source tokens and 4 target tokens");
  }

  private static Map<String, float[]> with(
      Map<String, float[]> tensors, String name, float[] values) {
    Map<String, float[]> changed = new HashMap<>(tensors);
    changed.put(name, values);
    return changed;
  }

  private static void refused(
      ModelConfig config, Map<String, float[]> tensors, String message, SelfTest... tests) {
    assertThatThrownBy(() -> ModelFile.of(config, tensors, List.of(tests)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
