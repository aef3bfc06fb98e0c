package dev.carryover.tests.bench.step.contenders;

import dev.carryover.model.spec.Cell;

/**
 * The layer of a {@link StepWorkload} as an ONNX model of one node: inputs {@code x [1, B, I]},
 * {@code h [1, B, H]} and, for the LSTM, {@code c}; outputs {@code h_next} and {@code c_next}.
 */
final class OnnxModel {
  /*
   * ONNX stacks the gates of a GRU as z, r, h where PyTorch has
   * r, z, n, and those of an LSTM as i, o, f, c where PyTorch has i, f, g, o. Its biases are the input
   * biases followed by the recurrent ones.
   */
  private OnnxModel() {}

  /** The bytes of the model's file. */
  static byte[] toBytes(StepWorkload workload) {
    return OnnxFile.toBytes(graph(workload));
  }

  private static ProtobufMessage graph(StepWorkload workload) {
    Cell cell = workload.cell();
    int h = workload.hiddenSize();
    int rows = cell.gates() * h;
    int[] order = gateOrder(cell);
    float[] input = reorder(workload.weights().inputWeights(), order, h * h);
    float[] recurrent = reorder(workload.weights().recurrentWeights(), order, h * h);
    float[] biases = new float[2 * rows];
    System.arraycopy(reorder(workload.weights().inputBias(), order, h), 0, biases, 0, rows);
    System.arraycopy(reorder(workload.weights().recurrentBias(), order, h), 0, biases, rows, rows);
    ProtobufMessage graph =
        new ProtobufMessage()
            .message(1, node(cell, h))
            .text(2, "step")
            .message(5, OnnxFile.tensor("W", input, 1, rows, h))
            .message(5, OnnxFile.tensor("R", recurrent, 1, rows, h))
            .message(5, OnnxFile.tensor("B", biases, 1, 2 * rows))
            .message(11, value("x", workload))
            .message(11, value("h", workload));
    if (cell == Cell.LSTM) {
      graph.message(11, value("c", workload));
    }
    graph.message(12, value("h_next", workload));
    if (cell == Cell.LSTM) {
      graph.message(12, value("c_next", workload));
    }
    return graph;
  }

  private static ProtobufMessage node(Cell cell, int hiddenSize) {
    // The empty name leaves an optional input or output out: sequence_lens, Y.
    ProtobufMessage node =
        new ProtobufMessage().text(1, "x").text(1, "W").text(1, "R").text(1, "B");
    node.text(1, "").text(1, "h");
    if (cell == Cell.LSTM) {
      node.text(1, "c");
    }
    node.text(2, "").text(2, "h_next");
    if (cell == Cell.LSTM) {
      node.text(2, "c_next");
    }
    node.text(3, "step")
        .text(4, operator(cell))
        .message(5, OnnxFile.attribute("hidden_size", hiddenSize));
    if (cell == Cell.GRU) {
      node.message(5, OnnxFile.attribute("linear_before_reset", 1));
    }
    return node;
  }

  private static String operator(Cell cell) {
    return switch (cell) {
      case RNN_TANH -> "RNN";
      case LSTM -> "LSTM";
      case GRU -> "GRU";
      case RNN_RELU ->
          throw new IllegalArgumentException(
              "no ONNX model is written for the cell " + cell.configName() + ": use rnn_tanh");
    };
  }

  private static int[] gateOrder(Cell cell) {
    return switch (cell) {
      case RNN_TANH, RNN_RELU -> new int[] {0};
      case LSTM -> new int[] {0, 3, 1, 2};
      case GRU -> new int[] {1, 0, 2};
    };
  }

  private static float[] reorder(float[] blocks, int[] order, int blockLength) {
    float[] result = new float[blocks.length];
    for (int to = 0; to < order.length; to++) {
      System.arraycopy(blocks, order[to] * blockLength, result, to * blockLength, blockLength);
    }
    return result;
  }

  /** A value of shape {@code [1, B, H]}. */
  private static ProtobufMessage value(String name, StepWorkload workload) {
    return OnnxFile.value(name, OnnxFile.FLOAT, 1, workload.batch(), workload.hiddenSize());
  }
}
