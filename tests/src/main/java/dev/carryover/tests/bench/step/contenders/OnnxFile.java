package dev.carryover.tests.bench.step.contenders;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What every ONNX file consists of, by the field numbers of onnx.proto. */
public final class OnnxFile {
  /** The element type of floats. */
  public static final int FLOAT = 1;

  /** The element type of 64-bit integers. */
  public static final int INT64 = 7;

  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 14;
  private static final int INT_ATTRIBUTE = 2;

  private OnnxFile() {}

  /** The bytes of a file with one graph. */
  public static byte[] toBytes(ProtobufMessage graph) {
    ProtobufMessage operatorSet = new ProtobufMessage().text(1, "").integer(2, OPERATOR_SET);
    return new ProtobufMessage()
        .integer(1, IR_VERSION)
        .text(2, "carryover-tests")
        .message(7, graph)
        .message(8, operatorSet)
        .toBytes();
  }

  /** An attribute of a node, an integer. */
  public static ProtobufMessage attribute(String name, long value) {
    return new ProtobufMessage().text(1, name).integer(3, value).integer(20, INT_ATTRIBUTE);
  }

  /** Weights of a graph, row by row. */
  public static ProtobufMessage tensor(String name, float[] values, int... shape) {
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    ProtobufMessage tensor = new ProtobufMessage();
    for (int dimension : shape) {
      tensor.integer(1, dimension);
    }
    return tensor.integer(2, FLOAT).text(8, name).bytes(9, raw.array());
  }

  /**
   * An input or output of a graph.
   *
   * @param type {@link #FLOAT} or {@link #INT64}
   */
  public static ProtobufMessage value(String name, int type, int... shape) {
    ProtobufMessage dimensions = new ProtobufMessage();
    for (int dimension : shape) {
      dimensions.message(1, new ProtobufMessage().integer(1, dimension));
    }
    ProtobufMessage tensor = new ProtobufMessage().integer(1, type).message(2, dimensions);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }
}
