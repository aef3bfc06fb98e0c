package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Model files of every released format version, kept as they were written, are still read. When the
 * version is raised, files of the new one are added here and none is ever written anew.
 */
class ReleasedModelFileTest {
  private static final Map<String, ModelConfig> RELEASED =
      Map.of(
          "v1/next-token-lstm",
          TestingModels.tokens(Cell.LSTM, 2, true).provenance("epochs", "20").build(),
          "v1/classify-gru",
          TestingModels.features(Cell.GRU)
              .task(Task.CLASSIFY)
              .labels(List.of("calm", "storm"))
              .outputSize(1)
              .build(),
          "v2/next-token-gru-alerts",
          TestingModels.tokens(Cell.GRU, 1, true)
              .alerts(new AlertThresholds(3, 6.25f, 7.1f, true, 0.002f))
              .build(),
          "v3/label-lstm-bidirectional",
          TestingModels.tokens(Cell.LSTM, 2, true)
              .task(Task.LABEL)
              .labels(List.of("noun", "verb", "other"))
              .bidirectional(true)
              .build(),
          "v4/seq2seq-lstm-additive",
          TestingModels.transducer(
                  Cell.LSTM,
                  TestingModels.TARGET
                      .withEncoderHiddenSize(3)
                      .withBidirectionalEncoder(true)
                      .withAttention(Attention.ADDITIVE))
              .layers(2)
              .build(),
          "v4/seq2seq-gru-general",
          TestingModels.transducer(Cell.GRU, TestingModels.TARGET.withAttention(Attention.GENERAL))
              .build());

  @Test
  void filesOfEveryVersionAreStillRead() throws IOException {
    for (Map.Entry<String, ModelConfig> released : RELEASED.entrySet()) {
      ModelFile expected = TestingModels.counted(released.getValue());

      ModelFile read = ModelFileReader.read(bytes(released.getKey()), released.getKey());

      assertThat(read.config()).isEqualTo(expected.config());
      assertThat(read.selfTests()).isEqualTo(expected.selfTests());
      for (String name : expected.config().tensorShapes().names()) {
        assertThat(read.tensor(name)).as("%s", name).containsExactly(expected.tensor(name));
      }
    }
  }

  @Test
  void everyVersionIsStillWrittenByteForByte() throws IOException {
    for (Map.Entry<String, ModelConfig> released : RELEASED.entrySet()) {
      byte[] written = ModelFileWriter.toBytes(TestingModels.counted(released.getValue()));

      assertThat(Arrays.equals(written, bytes(released.getKey())))
          .as("%s: other bytes need another format version", released.getKey())
          .isTrue();
    }
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        ReleasedModelFileTest.class.getResourceAsStream("/released/" + name + ".safetensors")) {
      return in.readAllBytes();
    }
  }
}
