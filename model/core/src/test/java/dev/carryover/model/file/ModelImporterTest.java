package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelImporterTest {
  private static final String CONFIG =
      """
      {"task": "regress", "cell": "gru", "feature_size": 2, "hidden_size": 1, "outputs": 1}
      """;

  @TempDir Path folder;

  @Test
  void weightsAndConfigBecomeAModelFile() throws IOException {
    Path weights = Files.write(folder.resolve("w.safetensors"), weights().bytes());
    Path config = Files.writeString(folder.resolve("demand.config.json"), CONFIG);

    ModelFile file = ModelImporter.fromFiles(weights, config);

    assertThat(file.config().modelId()).isEqualTo("demand");
    assertThat(file.config().task()).isEqualTo(Task.REGRESS);
    assertThat(file.config().provenance())
        .containsEntry("imported_from", "w.safetensors")
        .hasEntrySatisfying("weights_sha256", sha -> assertThat(sha).matches("[0-9a-f]{64}"));
    assertThat(file.tensor("rnn.weight_ih_l0")).containsExactly(1, 2, 3, 4, 5, 6);
    Path model = folder.resolve("demand.safetensors");
    ModelFileWriter.write(file, model);
    assertThat(ModelFileReader.read(model).config()).isEqualTo(file.config());
  }

  @Test
  void configGivenAsAnObjectIsTakenAsItIs() throws IOException {
    Path weights = Files.write(folder.resolve("w.safetensors"), weights().bytes());
    ModelConfig config = ModelConfigReader.read(CONFIG, "config");

    ModelFile file = ModelImporter.fromWeights(weights, config);

    assertThat(file.config()).isEqualTo(config);
    assertThat(file.sha256())
        .isEqualTo(ModelFileWriter.write(file, folder.resolve("m.safetensors")));
  }

  @Test
  void selfTestsBesideTheWeightsAreKept() throws IOException {
    Path weights =
        Files.write(
            folder.resolve("w.safetensors"),
            weights()
                .tensor("selftest.features", new int[] {1, 2, 2}, 1, 2, 3, 4)
                .tensor("selftest.logits", new int[] {1, 2, 1}, 5, 6)
                .bytes());

    ModelFile file = ModelImporter.fromWeights(weights, ModelConfigReader.read(CONFIG, "config"));

    assertThat(file.selfTests())
        .containsExactly(
            SelfTest.ofFeatures(new float[][] {{1, 2}, {3, 4}}, new float[][] {{5}, {6}}));
  }

  @Test
  void weightsThatDoNotFitTheConfigAreRefusedByTensorAndBothShapes() throws IOException {
    Path weights = Files.write(folder.resolve("w.safetensors"), weights().bytes());
    ModelConfig config = ModelConfigReader.read(CONFIG, "config");

    assertThatThrownBy(
            () -> ModelImporter.fromWeights(weights, config.toBuilder().hiddenSize(2).build()))
        .isInstanceOf(ModelFileException.class)
        .hasMessage(
            "SHAPE_MISMATCH: shape is [3, 2], the config demands [6, 2] (%s, tensor"
                + " rnn.weight_ih_l0); correct the sizes in the config, or give the weights that"
                + " belong to it",
            weights);
    assertThatThrownBy(
            () -> ModelImporter.fromWeights(weights, config.toBuilder().bias(false).build()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith(
            "SURPLUS_TENSOR: the file has [rnn.bias_hh_l0, rnn.bias_ih_l0], the config demands");
    assertThatThrownBy(
            () -> ModelImporter.fromWeights(weights, config.toBuilder().layers(2).build()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith(
            "MISSING_TENSOR: there is no such tensor, expected shape [3, 1] (%s, tensor"
                + " rnn.weight_ih_l1)",
            weights);
    assertThatThrownBy(
            () ->
                ModelImporter.fromWeights(weights, config.toBuilder().cell(Cell.RNN_TANH).build()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith("SHAPE_MISMATCH: shape is [3, 2], the config demands [1, 2]");
  }

  @Test
  void modelFileIsNoConfig() throws IOException {
    Path weights = Files.write(folder.resolve("w.safetensors"), weights().bytes());

    assertThatThrownBy(() -> ModelImporter.fromFiles(weights, weights))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith("CONFIG_MALFORMED: the config's 513 bytes are not UTF-8");
  }

  private static TestingSafetensors weights() {
    return new TestingSafetensors()
        .metadata("format", "pt")
        .tensor("head.bias", new int[] {1}, 1)
        .tensor("head.weight", new int[] {1, 1}, 1)
        .tensor("rnn.bias_hh_l0", new int[] {3}, 1, 2, 3)
        .tensor("rnn.bias_ih_l0", new int[] {3}, 1, 2, 3)
        .tensor("rnn.weight_hh_l0", new int[] {3, 1}, 1, 2, 3)
        .tensor("rnn.weight_ih_l0", new int[] {3, 2}, 1, 2, 3, 4, 5, 6);
  }
}
