package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models as a PyTorch user exports them are imported. */
class ReferenceModelsTest {
  @TempDir Path folder;

  @Test
  void everyGoldenModelOfThisBuildIsImportedAndReadBack() throws IOException {
    List<Path> cases = cases();
    assertThat(cases).isNotEmpty();
    for (Path json : cases) {
      ModelConfig config = ModelConfigReader.read(config(json), json.toString());
      ModelFile imported = ModelImporter.fromWeights(weights(json), config);
      Path model = folder.resolve(json.getFileName() + ".safetensors");

      ModelFileWriter.write(imported, model);
      ModelFile read = ModelFileReader.read(model);

      assertThat(read.config()).as("%s", json).isEqualTo(config);
      for (String name : config.tensorShapes().names()) {
        assertThat(read.tensor(name)).as("%s", name).containsExactly(imported.tensor(name));
      }
    }
  }

  @Test
  void goldenSeq2seqModelsNameTheirSpecialTokensById() throws IOException {
    Path golden = ReferenceData.folder("golden");
    ModelConfig config =
        ModelConfigReader.read(config(golden.resolve("seq2seq_lstm_bidir_additive.json")), "lstm");

    EncoderDecoder parts = config.encoderDecoder();
    assertThat(config.vocabulary().size()).isEqualTo(27);
    assertThat(parts.targetVocabulary().size()).isEqualTo(41);
    assertThat(parts.targetVocabulary().beginId()).isEqualTo(1);
    assertThat(parts.targetVocabulary().endId()).isEqualTo(2);
    assertThat(parts.bidirectionalEncoder()).isTrue();
    assertThat(parts.encoderHiddenSize()).isEqualTo(40);
    assertThat(parts.attentionSize()).isEqualTo(40);
    assertThat(config.stateLayout().floats()).isEqualTo(2 * 2 * 40);
    assertThat(config.formatVersion()).isEqualTo(4);
  }

  @Test
  void goldenClassifiersHaveTheSizesOfTheirConfigs() throws IOException {
    Path golden = ReferenceData.folder("golden");
    ModelConfig binary = ModelConfigReader.read(config(golden.resolve("features_gru.json")), "gru");
    ModelConfig three =
        ModelConfigReader.read(config(golden.resolve("features_lstm.json")), "lstm");

    assertThat(binary.labels()).containsExactly("0", "1");
    assertThat(binary.outputSize()).isEqualTo(1);
    assertThat(binary.inputSize()).isEqualTo(7);
    assertThat(three.labels()).containsExactly("0", "1", "2");
    assertThat(three.stateLayout().floats()).isEqualTo(2 * 2 * 50);
  }

  @Test
  void modelOfHdfsEventsIsImported() throws IOException {
    Path models = ReferenceData.folder("models");

    ModelFile file =
        ModelImporter.fromFiles(
            models.resolve("hdfs-gru64.safetensors"), models.resolve("hdfs-gru64.config.json"));

    ModelConfig config = file.config();
    assertThat(config.modelId()).isEqualTo("hdfs-gru64");
    assertThat(config.task()).isEqualTo(Task.NEXT_TOKEN);
    assertThat(config.cell()).isEqualTo(Cell.GRU);
    assertThat(config.vocabulary().size()).isEqualTo(36);
    assertThat(config.vocabulary().token(config.vocabulary().beginId())).isEqualTo("<bos>");
    assertThat(config.vocabulary().token(config.vocabulary().endId())).isEqualTo("<eos>");
    assertThat(config.vocabulary().token(config.vocabulary().unknownId())).isEqualTo("<unk>");
    assertThat(file.shape(TensorShapes.hiddenWeight(0))).containsExactly(192, 64);
    assertThat(config.parameterCount())
        .isEqualTo(36 * 32 + 192 * 32 + 192 * 64 + 2 * 192 + 36 * 64 + 36);
    assertThat(ModelFileReader.read(ModelFileWriter.toBytes(file), "memory").sha256())
        .isEqualTo(file.sha256());
  }

  private static List<Path> cases() throws IOException {
    try (Stream<Path> files = Files.list(ReferenceData.folder("golden"))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static String config(Path cases) throws IOException {
    JsonNode json = new ObjectMapper().readTree(cases.toFile());
    return json.get("config").toString();
  }

  private static Path weights(Path cases) {
    return cases.resolveSibling(cases.getFileName().toString().replace(".json", ".safetensors"));
  }
}
