package dev.carryover.training.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

/**
 * Weights as a bare safetensors file with the names and shapes of a PyTorch {@code state_dict}:
 *
 * <pre>{@code
 * model.load_state_dict(safetensors.torch.load_file("state_dict.safetensors"))
 * }</pre>
 */
public final class StateDict {
  private StateDict() {}

  /**
   * Writes a file, which appears whole or not at all.
   *
   * @param shapes of every parameter by its name, biases as single rows
   * @param weights {@code [P]}, in the order of the shapes
   * @throws IOException when it cannot be written; what stood there before still does
   */
  public static void write(Map<String, int[]> shapes, float[] weights, Path path)
      throws IOException {
    byte[] header = header(shapes);
    ByteBuffer values =
        ByteBuffer.allocate(Math.multiplyExact(weights.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    values.asFloatBuffer().put(weights);
    AtomicFile.write(
        path,
        out -> {
          out.write(
              ByteBuffer.allocate(Long.BYTES)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putLong(header.length)
                  .array());
          out.write(header);
          out.write(values.array());
        });
  }

  private static byte[] header(Map<String, int[]> shapes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      long offset = 0;
      for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
        int[] dimensions = entry.getValue();
        long end = offset + (long) dimensions[0] * dimensions[1] * Float.BYTES;
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", "F32");
        json.writeFieldName("shape");
        boolean vector = entry.getKey().contains("bias");
        json.writeArray(dimensions, vector ? 1 : 0, vector ? 1 : 2);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, end}, 0, 2);
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }
}
