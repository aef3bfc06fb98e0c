package dev.carryover.tests.bench.operator;

import dev.carryover.model.file.ModelFile;
import dev.carryover.tests.bench.step.contenders.ProtobufMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A next-token GRU of one layer as an ONNX model, as PyTorch would export the scoring of one event:
 * inputs {@code token [1, 1]} and {@code h [1, 1, H]}; outputs {@code log_probabilities [1, V]} of
 * the state before the event, and {@code h_next [1, 1, H]}.
 */
final class OnnxScoringModel {
  /*
   * Field numbers are those of onnx.proto. ONNX stacks the gates of a GRU as z, r, h where PyTorch has
   * r, z, n; its biases are the input biases followed by the recurrent ones.
   */
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 14;
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int INT_ATTRIBUTE = 2;
  private static final int GATES = 3;

  private OnnxScoringModel() {}

  /** The bytes of the model's file. */
  static byte[] toBytes(ModelFile model) {
    ProtobufMessage operatorSet = new ProtobufMessage().text(1, "").integer(2, OPERATOR_SET);
    return new ProtobufMessage()
        .integer(1, IR_VERSION)
        .text(2, "carryover-tests")
        .message(7, graph(model))
        .message(8, operatorSet)
        .toBytes();
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
                .message(5, attribute("hidden_size", h))
                .message(5, attribute("linear_before_reset", 1)))
        .message(1, node("Flatten", "state", "h").message(5, attribute("axis", 2)))
        .message(
            1,
            node("Gemm", "logits", "state", "head.weight", "head.bias")
                .message(5, attribute("transB", 1)))
        .message(
            1, node("LogSoftmax", "log_probabilities", "logits").message(5, attribute("axis", 1)))
        .text(2, "score")
        .message(5, tensor("embedding", model.tensor("embedding.weight"), v, e))
        .message(5, tensor("W", gates(model, "rnn.weight_ih_l0", h * e), 1, GATES * h, e))
        .message(5, tensor("R", gates(model, "rnn.weight_hh_l0", h * h), 1, GATES * h, h))
        .message(5, tensor("B", biases, 1, biases.length))
        .message(5, tensor("head.weight", model.tensor("head.weight"), v, h))
        .message(5, tensor("head.bias", model.tensor("head.bias"), v))
        .message(11, value("token", INT64, 1, 1))
        .message(11, value("h", FLOAT, 1, 1, h))
        .message(12, value("log_probabilities", FLOAT, 1, v))
        .message(12, value("h_next", FLOAT, 1, 1, h));
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

  private static ProtobufMessage attribute(String name, long value) {
    return new ProtobufMessage().text(1, name).integer(3, value).integer(20, INT_ATTRIBUTE);
  }

  private static ProtobufMessage tensor(String name, float[] values, int... shape) {
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    ProtobufMessage tensor = new ProtobufMessage();
    for (int dimension : shape) {
      tensor.integer(1, dimension);
    }
    return tensor.integer(2, FLOAT).text(8, name).bytes(9, raw.array());
  }

  private static ProtobufMessage value(String name, int type, int... dimensions) {
    ProtobufMessage shape = new ProtobufMessage();
    for (int dimension : dimensions) {
      shape.message(1, new ProtobufMessage().integer(1, dimension));
    }
    ProtobufMessage tensor = new ProtobufMessage().integer(1, type).message(2, shape);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }
}
