package dev.carryover.training.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network gives what PyTorch gives on PyTorch's weights. */
class GoldenSeq2SeqTest {
  private static final double TOLERANCE = 2e-5;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gru_plain",
        "lstm_plain",
        "gru_additive",
        "gru_bidir_additive",
        "lstm_bidir_additive"
      })
  void forwardPassAndGreedyDecodingAreThoseOfPyTorch(String name) throws IOException {
    JsonNode recorded =
        new ObjectMapper()
            .readTree(ReferenceData.require("golden/seq2seq_" + name + ".json").toFile());
    ModelConfig config = config(recorded.get("config"));
    for (Precision precision : Precision.values()) {
      Parameters weights = Parameters.zeros(precision, Seq2SeqNetwork.parameterShapes(config));
      read(ReferenceData.require("golden/seq2seq_" + name + ".safetensors"), weights);
      Seq2SeqNetwork network = new Seq2SeqNetwork(config, weights, 0);
      check(recorded, network, name + " in " + precision);
    }
  }

  private static void check(JsonNode recorded, Seq2SeqNetwork network, String name) {
    int[] source = ints(recorded.get("source"));
    int[] greedy = ints(recorded.get("greedy"));
    int begin = network.config().encoderDecoder().targetVocabulary().beginId();
    int[] fed = new int[2 * greedy.length];
    int[] tokens = new int[2 * source.length];
    // The second row is shorter, and changes nothing for the first.
    for (int step = 0; step < greedy.length; step++) {
      fed[2 * step] = step == 0 ? begin : greedy[step - 1];
    }
    for (int step = 0; step < source.length; step++) {
      tokens[2 * step] = source[step];
    }
    SequenceInput sources =
        new SequenceInput(2, source.length, new int[] {source.length, 1}, tokens, null);
    Matrix outputs = network.forward(new Seq2SeqInput(sources, greedy.length, fed));

    for (int step = 0; step < greedy.length; step++) {
      JsonNode wanted = recorded.get("greedy_steps").get(step);
      double[] logProbabilities = logSoftmax(outputs, 2 * step);
      assertThat(logProbabilities)
          .as("%s, step %d", name, step)
          .containsExactly(doubles(wanted.get("log_softmax")), Offset.offset(TOLERANCE));
      if (wanted.hasNonNull("attention")) {
        assertThat(network.alignment(0, greedy.length)[step])
            .as("%s, attention of step %d", name, step)
            .containsExactly(doubles(wanted.get("attention")), Offset.offset(TOLERANCE));
      }
    }
    int maximum = recorded.get("max_length").asInt();
    int end = network.config().encoderDecoder().targetVocabulary().endId();
    assertThat(network.decodeGreedily(sources, maximum)[0])
        .as(name)
        .containsExactly(Arrays.stream(greedy).filter(token -> token != end).toArray());
  }

  private static double[] logSoftmax(Matrix outputs, int row) {
    double[] values = new double[outputs.columns()];
    double largest = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < values.length; v++) {
      values[v] = outputs.get(row, v);
      largest = Math.max(largest, values[v]);
    }
    double sum = 0;
    for (double value : values) {
      sum += Math.exp(value - largest);
    }
    for (int v = 0; v < values.length; v++) {
      values[v] -= largest + Math.log(sum);
    }
    return values;
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    Arrays.setAll(values, i -> array.get(i).asInt());
    return values;
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    Arrays.setAll(values, i -> array.get(i).asDouble());
    return values;
  }

  private static ModelConfig config(JsonNode json) {
    return ModelConfig.builder()
        .task(Task.SEQ2SEQ)
        .cell(Cell.fromConfigName(json.get("cell").asText()).orElseThrow())
        .vocabulary(TestingNetworks.sources(json.get("source_vocabulary_size").asInt()))
        .embeddingSize(json.get("embedding_size").asInt())
        .hiddenSize(json.get("hidden_size").asInt())
        .layers(json.get("layers").asInt())
        .encoderDecoder(
            EncoderDecoder.to(TestingNetworks.targets(json.get("target_vocabulary_size").asInt()))
                .withBidirectionalEncoder(json.get("bidirectional_encoder").asBoolean())
                .withAttention(
                    Attention.fromConfigName(json.get("attention").asText()).orElseThrow()))
        .build();
  }

  /** Reads a bare safetensors file of float32, which is all that is needed here. */
  private static void read(Path file, Parameters weights) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = (int) bytes.getLong();
    byte[] header = new byte[headerLength];
    bytes.get(header);
    JsonNode entries = new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<String, Matrix> entry : weights.matrices().entrySet()) {
      int begin = entries.get(entry.getKey()).get("data_offsets").get(0).asInt();
      float[] values = new float[entry.getValue().rows() * entry.getValue().columns()];
      data.position(begin);
      data.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      entry.getValue().write(values, 0);
    }
  }
}
