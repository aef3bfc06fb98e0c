package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelConfigReaderTest {
  @TempDir Path folder;

  static List<ModelConfig> everyKind() {
    return TestingModels.everyKind();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void canonicalFormReadsBackEqual(ModelConfig config) throws ModelFileException {
    String json = ModelConfigWriter.toJson(config);

    assertThat(ModelConfigReader.read(json, "config")).isEqualTo(config);
    assertThat(ModelConfigWriter.toJson(ModelConfigReader.read(json, "config"))).isEqualTo(json);
  }

  @Test
  void canonicalFormIsPinned() {
    assertThat(
            ModelConfigWriter.toJson(
                TestingModels.tokens(Cell.GRU, 2, false).provenance("epochs", "20").build()))
        .isEqualTo(
            "{\"format_version\":1,\"model_id\":\"testing-tokens\",\"task\":\"next-token\","
                + "\"cell\":\"gru\",\"gru_reset\":\"after\",\"embedding_size\":3,"
                + "\"hidden_size\":5,\"layers\":2,\"bias\":false,"
                + "\"vocabulary\":[\"<unk>\",\"<bos>\",\"<eos>\",\"a\",\"\",\"😀\"],"
                + "\"begin\":\"<bos>\",\"end\":\"<eos>\",\"unknown\":\"<unk>\","
                + "\"provenance\":{\"epochs\":\"20\"}}");
    assertThat(
            ModelConfigWriter.toJson(
                TestingModels.features(Cell.LSTM).task(Task.CLASSIFY).outputSize(1).build()))
        .isEqualTo(
            "{\"format_version\":1,\"model_id\":\"testing-features\",\"task\":\"classify\","
                + "\"cell\":\"lstm\",\"hidden_size\":4,\"layers\":1,\"bias\":true,"
                + "\"classes\":1,\"labels\":[\"0\",\"1\"],"
                + "\"features\":{\"names\":[\"temperature\",\"pressure\"],"
                + "\"mean\":[21.3,-1E-30],\"scale\":[0.1,1E+20]}}");
  }

  @Test
  void canonicalFormOfASeq2seqModelIsPinned() {
    assertThat(
            ModelConfigWriter.toJson(
                TestingModels.transducer(
                        Cell.GRU,
                        TestingModels.TARGET
                            .withBidirectionalEncoder(true)
                            .withAttention(Attention.ADDITIVE))
                    .build()))
        .isEqualTo(
            "{\"format_version\":4,\"model_id\":\"testing-seq2seq\",\"task\":\"seq2seq\","
                + "\"cell\":\"gru\",\"gru_reset\":\"after\",\"embedding_size\":2,"
                + "\"hidden_size\":4,\"encoder_hidden_size\":4,\"layers\":1,\"bias\":true,"
                + "\"bidirectional_encoder\":true,\"attention\":\"additive\","
                + "\"attention_size\":4,\"maximum_output_length\":100,"
                + "\"source_vocabulary\":[\"<unk>\",\"a\",\"b\"],\"unknown\":\"<unk>\","
                + "\"target_vocabulary\":[\"<bos>\",\"<eos>\",\"AH\",\"B\"],"
                + "\"begin\":\"<bos>\",\"end\":\"<eos>\"}");
  }

  @Test
  void sizesAndIdsDescribeASeq2seqModelBesideWeights() throws ModelFileException {
    ModelConfig config =
        ModelConfigReader.read(
            """
            {"task": "seq2seq", "cell": "gru", "source_vocabulary_size": 2,
             "target_vocabulary_size": 3, "embedding_size": 2, "hidden_size": 4, "bos": 0, "eos": 2}
            """,
            "golden");

    EncoderDecoder parts = config.encoderDecoder();
    assertThat(config.vocabulary().tokens()).containsExactly("0", "1");
    assertThat(parts.targetVocabulary())
        .isEqualTo(Vocabulary.of(List.of("0", "1", "2"), "0", "2", null));
    assertThat(parts.attention()).isEqualTo(Attention.NONE);
    assertThat(parts.encoderHiddenSize()).isEqualTo(4);
    assertThat(parts.bidirectionalEncoder()).isFalse();
    assertThat(parts.maximumOutputLength()).isEqualTo(100);
  }

  @Test
  void sizesStandForNumberedNames() throws ModelFileException {
    ModelConfig config =
        ModelConfigReader.read(
            """
            {"task": "next-token", "cell": "lstm", "vocabulary_size": 3, "embedding_size": 2,
             "hidden_size": 4, "layers": 2, "bias": true}
            """,
            "golden");

    assertThat(config.vocabulary().tokens()).containsExactly("0", "1", "2");
    assertThat(config.modelId()).isEqualTo("model");
    assertThat(config.layers()).isEqualTo(2);
  }

  @Test
  void sizesMayStandBesideTheNamesTheyCount() throws ModelFileException {
    ModelConfig config =
        ModelConfigReader.read(
            """
            {"task": "regress", "cell": "gru", "feature_size": 2, "hidden_size": 4, "outputs": 3,
             "features": {"names": ["x", "y"]}}
            """,
            "config");

    assertThat(config.features())
        .isEqualTo(FeatureSchema.of(List.of("x", "y"), new float[2], new float[] {1, 1}));
    assertThat(config.outputSize()).isEqualTo(3);
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws ModelFileException {
    ModelConfig config =
        ModelConfigReader.read(
            """
            {"task": "classify", "cell": "gru", "feature_size": 7, "hidden_size": 8, "classes": 1,
             "bidirectional": false, "attention": "none"}
            """,
            "golden");

    assertThat(config.layers()).isEqualTo(1);
    assertThat(config.bias()).isTrue();
    assertThat(config.gruReset()).isEqualTo(GruReset.AFTER);
    assertThat(config.labels()).containsExactly("0", "1");
    assertThat(config.features()).isEqualTo(FeatureSchema.unscaled(7));
    assertThat(config.provenance()).isEmpty();
  }

  @Test
  void modelWithoutAnIdIsCalledAfterItsFile() throws IOException {
    String json =
        "{\"task\":\"regress\",\"cell\":\"gru\",\"feature_size\":1,\"hidden_size\":1,"
            + "\"outputs\":1}";
    for (Map.Entry<String, String> name :
        Map.of("hdfs-gru64.config.json", "hdfs-gru64", "a.b.json", "a.b", "plain", "plain")
            .entrySet()) {
      Path file = Files.writeString(folder.resolve(name.getKey()), json);

      assertThat(ModelConfigReader.read(file).modelId()).isEqualTo(name.getValue());
    }
    Path file = Files.writeString(folder.resolve("my model.json"), json);
    assertThatThrownBy(() -> ModelConfigReader.read(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith("INVALID_MODEL_ID: model id 'my model' does not match");
  }

  @Test
  void numbersKeepTheirBits() throws ModelFileException {
    float[] mean = {Float.MIN_VALUE, -Float.MAX_VALUE, -0f};
    float[] scale = {1 / 3f, 1e-45f, 16777217f};
    ModelConfig config =
        ModelConfig.builder()
            .task(Task.REGRESS)
            .cell(Cell.GRU)
            .features(FeatureSchema.of(List.of("a", "b", "c"), mean, scale))
            .hiddenSize(1)
            .outputSize(1)
            .build();

    ModelConfig read = ModelConfigReader.read(ModelConfigWriter.toJson(config), "config");

    assertThat(read.features().mean()).containsExactly(mean);
    assertThat(read.features().scale()).containsExactly(scale);
  }

  @Test
  void decimalsAreShortAndReadBackTheSame() {
    assertThat(ModelConfigWriter.shortestDecimal(0.1f)).isEqualTo("0.1");
    assertThat(ModelConfigWriter.shortestDecimal(100f)).isEqualTo("1E+2");
    assertThat(ModelConfigWriter.shortestDecimal(2e-44f)).isEqualTo("2E-44");
    assertThat(ModelConfigWriter.shortestDecimal(-0f)).isEqualTo("-0.0");
    for (long seed = 0; seed < 20_000; seed++) {
      float value = Float.intBitsToFloat(new Random(seed).nextInt());
      if (Float.isFinite(value)) {
        assertThat(Float.parseFloat(ModelConfigWriter.shortestDecimal(value)))
            .as("seed=%d", seed)
            .isEqualTo(value);
      }
    }
  }
}
