package dev.carryover.model.file;

import dev.carryover.model.spec.ModelConfig;
import java.nio.file.Path;

/**
 * Makes a model of bare weights, as {@code safetensors.torch.save_file} saves a {@code state_dict},
 * and a config. The tensors are held to the config exactly as those of a model file are, and may
 * include self-tests ({@code selftest.*}).
 */
public final class ModelImporter {
  /** The provenance entry that holds the file name of the imported weights. */
  public static final String IMPORTED_FROM = "imported_from";

  /** The provenance entry that holds the SHA-256 of the imported weights. */
  public static final String WEIGHTS_SHA256 = "weights_sha256";

  private ModelImporter() {}

  /**
   * Makes a model of bare weights under the default limits; the config is taken as it is.
   *
   * @throws ModelFileException when the weights are refused, do not fit the config, or cannot be
   *     read
   */
  public static ModelFile fromWeights(Path weights, ModelConfig config) throws ModelFileException {
    return fromWeights(weights, config, ModelFileLimits.defaults());
  }

  /**
   * Makes a model of bare weights; the config is taken as it is.
   *
   * @throws ModelFileException when the weights are refused, do not fit the config, or cannot be
   *     read
   */
  public static ModelFile fromWeights(Path weights, ModelConfig config, ModelFileLimits limits)
      throws ModelFileException {
    return ModelFileReader.read(
        weights,
        limits,
        (in, size, source, bounds) -> {
          SafetensorsReader reader = SafetensorsReader.open(in, size, source, bounds);
          return ModelFileReader.readTensors(reader, config, source).toModelFile(config, null);
        });
  }

  /**
   * Makes a model of bare weights and a config file, and notes in its provenance which weights they
   * were.
   *
   * @throws ModelFileException when either file is refused or cannot be read, or they do not fit
   */
  public static ModelFile fromFiles(Path weights, Path config) throws ModelFileException {
    return fromFiles(weights, config, ModelFileLimits.defaults());
  }

  /**
   * Makes a model of bare weights and a config file, and notes in its provenance which weights they
   * were.
   *
   * @throws ModelFileException when either file is refused or cannot be read, or they do not fit
   */
  public static ModelFile fromFiles(Path weights, Path config, ModelFileLimits limits)
      throws ModelFileException {
    ModelConfig parsed = ModelConfigReader.read(config, limits);
    return ModelFileReader.read(
        weights,
        limits,
        (in, size, source, bounds) -> {
          SafetensorsReader reader = SafetensorsReader.open(in, size, source, bounds);
          ModelFileReader.Tensors tensors = ModelFileReader.readTensors(reader, parsed, source);
          ModelConfig imported =
              parsed.toBuilder()
                  .provenance(IMPORTED_FROM, String.valueOf(weights.getFileName()))
                  .provenance(WEIGHTS_SHA256, reader.sha256())
                  .build();
          return tensors.toModelFile(imported, null);
        });
  }
}
