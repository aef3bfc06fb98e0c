package dev.carryover.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.carryover.model.spec.ModelConfig;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Writes model files. One model is always the same bytes: tensors in float32, in the order of their
 * names, and the config in the form of {@link ModelConfigWriter}.
 */
public final class ModelFileWriter {
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int ALIGNMENT = 8;

  private ModelFileWriter() {}

  /**
   * Writes a model to a path, replacing what is there. The file appears whole or not at all: it is
   * written beside the path, forced to the disk and then moved.
   *
   * @return the SHA-256 of the file's bytes in lower-case hexadecimal
   * @throws IOException when the file cannot be written; the path is then as it was
   */
  public static String write(ModelFile file, Path path) throws IOException {
    Path target = path.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    MessageDigest digest = newSha256();
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        OutputStream out =
            new BufferedOutputStream(
                new DigestOutputStream(Channels.newOutputStream(channel), digest), CHUNK_BYTES);
        write(file, out);
        out.flush();
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Writes a model to a stream, which is left open.
   *
   * @throws IOException when the stream fails
   */
  public static void write(ModelFile file, OutputStream out) throws IOException {
    TreeMap<String, Tensor> tensors = tensors(file);
    byte[] header = header(file.config(), tensors);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Tensor tensor : tensors.values()) {
      for (int done = 0; done < tensor.values.length; ) {
        int count = Math.min(CHUNK_BYTES / Float.BYTES, tensor.values.length - done);
        chunk.asFloatBuffer().put(tensor.values, done, count);
        out.write(chunk.array(), 0, count * Float.BYTES);
        done += count;
      }
    }
  }

  /** The bytes of a model's file. */
  public static byte[] toBytes(ModelFile file) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeToMemory(file, out);
    return out.toByteArray();
  }

  /** The SHA-256 of {@link #toBytes}, without holding them. */
  static String sha256(ModelFile file) {
    MessageDigest digest = newSha256();
    writeToMemory(file, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void writeToMemory(ModelFile file, OutputStream out) {
    try {
      write(file, out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static TreeMap<String, Tensor> tensors(ModelFile file) {
    TreeMap<String, Tensor> tensors = new TreeMap<>();
    for (String name : file.config().tensorShapes().names()) {
      tensors.put(name, new Tensor(file.shape(name), file.values(name)));
    }
    if (!file.selfTests().isEmpty()) {
      putSelfTests(file.config(), file.selfTests(), tensors);
    }
    return tensors;
  }

  /** Shorter self-tests are padded: token ids with -1, which ends the test, and logits with 0. */
  private static void putSelfTests(
      ModelConfig config, List<SelfTest> tests, Map<String, Tensor> tensors) {
    int steps = tests.stream().mapToInt(SelfTest::steps).max().orElseThrow();
    tensors.put(
        SelfTestTensors.LOGITS,
        rows(tests, steps, config.outputSize(), (test, step) -> test.logits(step)));
    if (config.encoderDecoder() != null) {
      int sources = tests.stream().mapToInt(test -> test.source().length).max().orElseThrow();
      tensors.put(SelfTestTensors.SOURCE, ids(tests, sources, SelfTest::source));
      tensors.put(SelfTestTensors.TARGET, ids(tests, steps, ModelFileWriter::tokens));
    } else if (config.tokenInput()) {
      tensors.put(SelfTestTensors.TOKENS, ids(tests, steps, ModelFileWriter::tokens));
    } else {
      tensors.put(
          SelfTestTensors.FEATURES,
          rows(tests, steps, config.inputSize(), (test, step) -> test.features(step)));
    }
  }

  private static int[] tokens(SelfTest test) {
    return IntStream.range(0, test.steps()).map(test::token).toArray();
  }

  private static Tensor ids(List<SelfTest> tests, int length, Function<SelfTest, int[]> of) {
    float[] ids = new float[Math.multiplyExact(tests.size(), length)];
    Arrays.fill(ids, SelfTestTensors.PADDING);
    for (int i = 0; i < tests.size(); i++) {
      int[] tokens = of.apply(tests.get(i));
      for (int step = 0; step < tokens.length; step++) {
        ids[i * length + step] = tokens[step];
      }
    }
    return new Tensor(new int[] {tests.size(), length}, ids);
  }

  /** What is recorded of one step. */
  private interface Row {
    float[] of(SelfTest test, int step);
  }

  private static Tensor rows(List<SelfTest> tests, int steps, int width, Row row) {
    float[] rows = new float[Math.multiplyExact(Math.multiplyExact(tests.size(), steps), width)];
    for (int i = 0; i < tests.size(); i++) {
      for (int step = 0; step < tests.get(i).steps(); step++) {
        System.arraycopy(row.of(tests.get(i), step), 0, rows, (i * steps + step) * width, width);
      }
    }
    return new Tensor(new int[] {tests.size(), steps, width}, rows);
  }

  private static byte[] header(ModelConfig config, TreeMap<String, Tensor> tensors)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeObjectFieldStart(SafetensorsReader.METADATA);
      json.writeStringField(ModelFileReader.CONFIG, ModelConfigWriter.toJson(config));
      json.writeEndObject();
      long offset = 0;
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        Tensor tensor = entry.getValue();
        long end = offset + (long) tensor.values.length * Float.BYTES;
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", "F32");
        json.writeFieldName("shape");
        json.writeArray(tensor.shape, 0, tensor.shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, end}, 0, 2);
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private record Tensor(int[] shape, float[] values) {}
}
