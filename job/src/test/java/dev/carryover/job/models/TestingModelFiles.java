package dev.carryover.job.models;

import dev.carryover.job.operator.TestingModels;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.SelfTest;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.runtime.kernels.KernelChoice;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Model files, good and bad ones, with what an announcement says of them. */
final class TestingModelFiles {
  private static final int RECORDED = 3;

  private TestingModelFiles() {}

  /** Bytes of a file that every job of its model can serve. */
  static byte[] good() {
    return ModelFileWriter.toBytes(TestingModels.NEXT_TOKEN.file());
  }

  /** Bytes of another one. */
  static byte[] otherGood() {
    return ModelFileWriter.toBytes(TestingModels.NEXT_TOKEN_CALIBRATED.file());
  }

  /** A file whose last weight is no number. */
  static byte[] withNaN() {
    byte[] bytes = good();
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - Float.BYTES, Float.NaN);
    return bytes;
  }

  /** A file whose recorded outputs are not those of its weights. */
  static byte[] withFailingSelfTest() {
    ModelFile file = TestingModels.NEXT_TOKEN.file();
    float[] recorded = new float[file.config().outputSize()];
    recorded[0] = 1e3f;
    return recorded(file, recorded);
  }

  /** A file whose recorded outputs are those of its weights, as they are. */
  static byte[] withSelfTest() {
    ModelFile file = TestingModels.NEXT_TOKEN.file();
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    session.addToken(new float[model.stateLayout().floats()], RECORDED);
    session.run();
    float[] output = new float[file.config().outputSize()];
    session.readOutput(0, output);
    return recorded(file, output);
  }

  private static byte[] recorded(ModelFile file, float[] output) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    file.config().tensorShapes().names().forEach(name -> tensors.put(name, file.tensor(name)));
    SelfTest selfTest = SelfTest.ofTokens(new int[] {RECORDED}, new float[][] {output});
    return ModelFileWriter.toBytes(ModelFile.of(file.config(), tensors, List.of(selfTest)));
  }

  /** A file of a model that reads from both ends. */
  static byte[] bidirectional(Path folder) throws IOException {
    String uri = TestingModels.bidirectional(folder).uri();
    return Files.readAllBytes(Path.of(URI.create(uri)));
  }

  /** The digest of bytes. */
  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** What an announcement of a file in a store says. */
  static ModelReference reference(String store, Path file, byte[] announced) {
    return new ModelReference(
        TestingFileSystem.uri(store, file), sha256(announced), 7, KernelChoice.SCALAR);
  }
}
