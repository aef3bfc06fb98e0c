package dev.carryover.model.file;

import dev.carryover.model.file.SafetensorsReader.Entry;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads model files, strictly: what it answers is complete and checked, and what it does not
 * understand it refuses with a {@link ModelFileException} that names the reason.
 *
 * <p>No file makes it allocate more than the file's own size warrants, whatever the file says.
 */
public final class ModelFileReader {
  /** The metadata entry that holds the config. */
  static final String CONFIG = "carryover";

  private ModelFileReader() {}

  /**
   * Reads a model file under the default limits.
   *
   * @throws ModelFileException when it is refused or cannot be read
   */
  public static ModelFile read(Path path) throws ModelFileException {
    return read(path, ModelFileLimits.defaults());
  }

  /**
   * Reads a model file.
   *
   * @throws ModelFileException when it is refused or cannot be read
   */
  public static ModelFile read(Path path, ModelFileLimits limits) throws ModelFileException {
    return read(path, limits, ModelFileReader::read);
  }

  /**
   * Reads a model file from memory under the default limits.
   *
   * @param source names the file in errors
   * @throws ModelFileException when it is refused
   */
  public static ModelFile read(byte[] bytes, String source) throws ModelFileException {
    return read(new ByteArrayInputStream(bytes), bytes.length, source, ModelFileLimits.defaults());
  }

  /**
   * Reads a model file from a stream, which is left open.
   *
   * @param in the file from its first byte to its last
   * @param size the number of its bytes as the file system or the announcement has it
   * @param source names the file in errors
   * @throws ModelFileException when it is refused or cannot be read
   */
  public static ModelFile read(InputStream in, long size, String source, ModelFileLimits limits)
      throws ModelFileException {
    SafetensorsReader reader = SafetensorsReader.open(in, size, source, limits);
    String json = reader.metadata().get(CONFIG);
    if (json == null) {
      throw new ModelFileException(
          ModelFileError.CONFIG_ABSENT,
          "metadata has "
              + reader.metadata().keySet()
              + ", expected '"
              + CONFIG
              + "': these are bare weights and no model file",
          source + ", header, " + SafetensorsReader.METADATA,
          "make a model file of the weights and their config with `carryover import`");
    }
    ModelConfig config =
        ModelConfigReader.readOfModelFile(
            json, source + ", " + SafetensorsReader.METADATA + "." + CONFIG, limits);
    return readTensors(reader, config, source).toModelFile(config, reader.sha256());
  }

  /** What is done with an open file. */
  interface StreamRead {
    ModelFile read(InputStream in, long size, String source, ModelFileLimits limits)
        throws ModelFileException;
  }

  /** Opens a file and hands it on with the size that the file system says it has. */
  static ModelFile read(Path path, ModelFileLimits limits, StreamRead read)
      throws ModelFileException {
    try (FileChannel channel = FileChannel.open(path)) {
      return read.read(Channels.newInputStream(channel), channel.size(), path.toString(), limits);
    } catch (ModelFileException e) {
      throw e;
    } catch (IOException e) {
      throw SafetensorsReader.unreadable(path.toString(), e);
    }
  }

  /** What was read of a file's data section, checked against a config. */
  record Tensors(Map<String, float[]> values, List<SelfTest> selfTests) {
    ModelFile toModelFile(ModelConfig config, String sha256) {
      return ModelFile.ofChecked(config, values, selfTests, sha256);
    }
  }

  /** Checks the tensors of an open file against a config and only then reads their values. */
  static Tensors readTensors(SafetensorsReader reader, ModelConfig config, String source)
      throws ModelFileException {
    Map<String, Entry> entries = reader.entries();
    checkNamesAndShapes(entries, config, source);
    SelfTestTensors selfTests = SelfTestTensors.of(config, entries, source);
    Map<String, float[]> all = reader.readValues();
    Map<String, float[]> values = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      values.put(name, all.get(name));
    }
    return new Tensors(values, selfTests.read(all));
  }

  private static void checkNamesAndShapes(
      Map<String, Entry> entries, ModelConfig config, String source) throws ModelFileException {
    TensorShapes shapes = config.tensorShapes();
    Set<String> surplus = new TreeSet<>(entries.keySet());
    surplus.removeAll(shapes.names());
    surplus.removeIf(name -> SelfTestTensors.allows(config, name));
    for (String name : shapes.names()) {
      Entry entry = entries.get(name);
      String where = source + ", tensor " + name;
      String expected = Arrays.toString(shapes.shape(name));
      if (entry == null) {
        throw new ModelFileException(
            ModelFileError.MISSING_TENSOR,
            "there is no such tensor, expected shape "
                + expected
                + (surplus.isEmpty() ? "" : "; present and not expected: " + surplus),
            where,
            "name the tensors as the format says, or correct the config");
      }
      if (!Arrays.equals(entry.shape(), shapes.shape(name))) {
        throw new ModelFileException(
            ModelFileError.SHAPE_MISMATCH,
            "shape is " + Arrays.toString(entry.shape()) + ", the config demands " + expected,
            where,
            "correct the sizes in the config, or give the weights that belong to it");
      }
    }
    if (!surplus.isEmpty()) {
      throw new ModelFileException(
          ModelFileError.SURPLUS_TENSOR,
          "the file has " + surplus + ", the config demands only " + shapes.names(),
          source + ", tensor " + surplus.iterator().next(),
          "leave out what is no tensor of the model, or correct the config");
    }
  }
}
