package dev.carryover.tests.stream;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Small models with seeded random weights. */
public final class TestingModels {
  /** The begin token of every vocabulary here; {@code <eos>} and {@code <unk>} likewise. */
  public static final String BEGIN = "<bos>";

  /** The end token. */
  public static final String END = "<eos>";

  /** The unknown token. */
  public static final String UNKNOWN = "<unk>";

  private TestingModels() {}

  /** A {@code next-token} model over {@code words} tokens {@code w0, w1, ...} and special ones. */
  public static ModelFile nextToken(Cell cell, int words, int hiddenSize, int layers, long seed) {
    List<String> tokens = new ArrayList<>(List.of(BEGIN, END, UNKNOWN));
    for (int word = 0; word < words; word++) {
      tokens.add("w" + word);
    }
    return random(
        ModelConfig.builder()
            .modelId("testing-next-token")
            .task(Task.NEXT_TOKEN)
            .cell(cell)
            .vocabulary(Vocabulary.of(tokens, BEGIN, END, UNKNOWN))
            .embeddingSize(8)
            .hiddenSize(hiddenSize)
            .layers(layers)
            .build(),
        seed);
  }

  /** A model that reads {@code features} features, each divided by a half, and gives one value. */
  public static ModelFile regression(Cell cell, int features, int hiddenSize, long seed) {
    List<String> names = IntStream.range(0, features).mapToObj(i -> "f" + i).toList();
    float[] scale = new float[features];
    Arrays.fill(scale, 0.5f);
    return random(
        ModelConfig.builder()
            .modelId("testing-regression")
            .task(Task.REGRESS)
            .cell(cell)
            .features(FeatureSchema.of(names, new float[features], scale))
            .hiddenSize(hiddenSize)
            .outputSize(1)
            .build(),
        seed);
  }

  /**
   * A {@code seq2seq} model that reads {@code words} tokens {@code w0, w1, ...} and an unknown one,
   * and writes up to 20 of as many others.
   */
  public static ModelFile seq2seq(
      Cell cell, int words, boolean twoDirections, Attention attention, long seed) {
    List<String> source = new ArrayList<>(List.of(UNKNOWN));
    List<String> target = new ArrayList<>(List.of(BEGIN, END));
    for (int word = 0; word < words; word++) {
      source.add("w" + word);
      target.add("v" + word);
    }
    return random(
        ModelConfig.builder()
            .modelId("testing-seq2seq")
            .task(Task.SEQ2SEQ)
            .cell(cell)
            .vocabulary(Vocabulary.of(source, null, null, UNKNOWN))
            .embeddingSize(8)
            .hiddenSize(16)
            .encoderDecoder(
                EncoderDecoder.to(Vocabulary.of(target, BEGIN, END, null))
                    .withBidirectionalEncoder(twoDirections)
                    .withAttention(attention)
                    .withMaximumOutputLength(20))
            .build(),
        seed);
  }

  /** A model of any kind. */
  public static ModelFile random(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    double bound = 1 / Math.sqrt(config.hiddenSize());
    for (String name : config.tensorShapes().names()) {
      // Embeddings and heads are wide, so that tokens differ and probabilities are not all alike.
      double spread = name.equals(TensorShapes.EMBEDDING) ? 1 : bound;
      spread = name.equals(TensorShapes.HEAD_WEIGHT) ? 3 * bound : spread;
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (spread * (2 * random.nextDouble() - 1));
      }
      tensors.put(name, values);
    }
    return ModelFile.of(config, tensors);
  }

  /** Writes a model into a folder and returns its path. */
  public static Path write(ModelFile model, Path folder) throws IOException {
    Path file = folder.resolve(model.config().modelId() + ".safetensors");
    ModelFileWriter.write(model, file);
    return file;
  }
}
