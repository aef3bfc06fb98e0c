package dev.carryover.model.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The bytes of safetensors files, right and wrong ones. */
final class TestingSafetensors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectNode header = JSON.createObjectNode();
  private final ByteBuffer data = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  /** A file of a header as it is written and a data section of so many zero bytes. */
  static byte[] of(String header, int dataBytes) {
    return of(header.getBytes(StandardCharsets.UTF_8), new byte[dataBytes]);
  }

  /** A file of these header bytes and data bytes. */
  static byte[] of(byte[] header, byte[] data) {
    return withHeaderLength(header.length, header, data);
  }

  /** A file that lies about the length of its header. */
  static byte[] withHeaderLength(long length, byte[] header, byte[] data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .put(data)
        .array();
  }

  /** A file with one tensor {@code t} of the given members and a data section of zeros. */
  static byte[] ofEntry(String dtype, String shape, String offsets, int dataBytes) {
    return of(
        "{\"t\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}".formatted(dtype, shape, offsets),
        dataBytes);
  }

  TestingSafetensors metadata(String key, String value) {
    header.withObject("/__metadata__").put(key, value);
    return this;
  }

  TestingSafetensors config(String json) {
    return metadata("carryover", json);
  }

  TestingSafetensors tensor(String name, int[] shape, float... values) {
    int begin = data.position();
    for (float value : values) {
      data.putFloat(value);
    }
    return entry(name, "F32", shape, begin);
  }

  TestingSafetensors halves(String name, String dtype, int[] shape, int... bits) {
    int begin = data.position();
    for (int half : bits) {
      data.putShort((short) half);
    }
    return entry(name, dtype, shape, begin);
  }

  private TestingSafetensors entry(String name, String dtype, int[] shape, int begin) {
    ObjectNode entry = header.putObject(name);
    entry.put("dtype", dtype);
    for (int dimension : shape) {
      entry.withArray("/shape").add(dimension);
    }
    entry.putArray("data_offsets").add(begin).add(data.position());
    return this;
  }

  byte[] bytes() {
    byte[] values = new byte[data.position()];
    data.get(0, values);
    try {
      return of(JSON.writeValueAsBytes(header), values);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
