package dev.carryover.tests.bench.operator;

import dev.carryover.model.file.ModelFile;
import dev.carryover.tests.bench.step.contenders.OnnxFile;
import dev.carryover.tests.bench.step.contenders.ProtobufMessage;

/**
 * A next-token GRU of one layer as an ONNX model, as PyTorch would export the scoring of one event:
 * inputs {@code token [1, 1]} and {@code h [1, 1, H]}; outputs {@code log_probabilities [1, V]} of
 * the state before the event, and {@code h_next [1, 1, H]}.
 */
final class OnnxScoringModel {
  /*
   * ONNX stacks the gates of a GRU as z, r, h where PyTorch has
   * r, z, n; its biases are the input biases followed by the recurrent ones.
   */
  private static final int GATES = 3;

  private OnnxScoringModel() {}

  /** The bytes of the model's file. */
  static byte[] toBytes(ModelFile model) {
    return OnnxFile.toBytes(graph(model));
  }

  private static ProtobufMessage graph(ModelFile model) {
    int h = model.config().hiddenSize();
    int e = model.config().inputSize();
    int v = model.config().vocabulary().size();
    float[] biases = new float[2 * GATES * h];
    System.arraycopy(gates(model, "rnn.bias_ih_l0", h), 0, biases, 0, GATES * h);
    System.arraycopy(gates(model, "rnn.bias_hh_l0", h), 0, biases, GATES * h, GATES * h);
    return new ProtobufMessage()
        .message(1, node("Gather", "x", "embedding", "token"))
        .message(
            1,
            node("GRU", new String[] {"x", "W", "R", "B", "", "h"}, "", "h_next")
                .message(5, OnnxFile.attribute("hidden_size", h))
                .message(5, OnnxFile.attribute("linear_before_reset", 1)))
        .message(1, node("Flatten", "state", "h").message(5, OnnxFile.attribute("axis", 2)))
        .message(
            1,
            node("Gemm", "logits", "state", "head.weight", "head.bias")
                .message(5, OnnxFile.attribute("transB", 1)))
        .message(
            1,
            node("LogSoftmax", "log_probabilities", "logits")
                .message(5, OnnxFile.attribute("axis", 1)))
        .text(2, "score")
        .message(5, OnnxFile.tensor("embedding", model.tensor("embedding.weight"), v, e))
        .message(5, OnnxFile.tensor("W", gates(model, "rnn.weight_ih_l0", h * e), 1, GATES * h, e))
        .message(5, OnnxFile.tensor("R", gates(model, "rnn.weight_hh_l0", h * h), 1, GATES * h, h))
        .message(5, OnnxFile.tensor("B", biases, 1, biases.length))
        .message(5, OnnxFile.tensor("head.weight", model.tensor("head.weight"), v, h))
        .message(5, OnnxFile.tensor("head.bias", model.tensor("head.bias"), v))
        .message(11, OnnxFile.value("token", OnnxFile.INT64, 1, 1))
        .message(11, OnnxFile.value("h", OnnxFile.FLOAT, 1, 1, h))
        .message(12, OnnxFile.value("log_probabilities", OnnxFile.FLOAT, 1, v))
        .message(12, OnnxFile.value("h_next", OnnxFile.FLOAT, 1, 1, h));
  }

  private static float[] gates(ModelFile model, String name, int blockLength) {
    float[] blocks = model.tensor(name);
    float[] result = blocks.clone();
    System.arraycopy(blocks, 0, result, blockLength, blockLength);
    System.arraycopy(blocks, blockLength, result, 0, blockLength);
    return result;
  }

  private static ProtobufMessage node(String operator, String output, String... inputs) {
    return node(operator, inputs, output);
  }

  /** The empty name leaves an optional input or output out: sequence_lens, Y. */
  private static ProtobufMessage node(String operator, String[] inputs, String... outputs) {
    ProtobufMessage node = new ProtobufMessage();
    for (String input : inputs) {
      node.text(1, input);
    }
    for (String output : outputs) {
      node.text(2, output);
    }
    return node.text(4, operator);
  }
}
