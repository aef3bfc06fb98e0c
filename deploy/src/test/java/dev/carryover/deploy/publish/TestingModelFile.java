package dev.carryover.deploy.publish;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small model files with seeded random weights. */
public final class TestingModelFile {

  private static final Vocabulary WORDS =
      Vocabulary.of(List.of("<bos>", "<eos>", "<unk>", "a", "b"), "<bos>", "<eos>", "<unk>");

  private TestingModelFile() {}

  /** Writes a model that jobs serve; another seed gives other weights of the same size. */
  public static Path write(Path file, String modelId, long seed) throws IOException {
    ModelConfig config = config(modelId).build();
    ModelFileWriter.write(ModelFile.of(config, weights(config, seed)), file);
    return file;
  }

  /** Writes a model of other words or another size. */
  public static Path write(Path file, String modelId, long seed, List<String> words, int hiddenSize)
      throws IOException {
    ModelConfig config =
        config(modelId)
            .vocabulary(Vocabulary.of(words, "<bos>", "<eos>", "<unk>"))
            .hiddenSize(hiddenSize)
            .build();
    ModelFileWriter.write(ModelFile.of(config, weights(config, seed)), file);
    return file;
  }

  /** Writes a model of another task. */
  public static Path writeClassifier(Path file, String modelId) throws IOException {
    ModelConfig config = config(modelId).task(Task.CLASSIFY).labels(List.of("x", "y", "z")).build();
    ModelFileWriter.write(ModelFile.of(config, weights(config, 1)), file);
    return file;
  }

  /** Writes a model that reads from both ends. */
  public static Path writeBidirectional(Path file) throws IOException {
    ModelConfig config =
        config("both").task(Task.LABEL).labels(List.of("x", "y", "z")).bidirectional(true).build();
    ModelFileWriter.write(ModelFile.of(config, weights(config, 1)), file);
    return file;
  }

  /** Writes a model that does not say what its self-test recorded. */
  public static Path writeWithWrongSelfTest(Path file) throws IOException {
    ModelConfig config = config("wrong").build();
    SelfTest wrong = SelfTest.ofTokens(new int[] {3}, new float[][] {{9, 9, 9, 9, 9}});
    ModelFileWriter.write(ModelFile.of(config, weights(config, 1), List.of(wrong)), file);
    return file;
  }

  /** Writes a model that writes a token for words of letters; with attention it reads both ways. */
  public static Path writePronouncing(Path file, Attention attention, long seed)
      throws IOException {
    List<String> letters = new ArrayList<>(List.of("<unk>", "'"));
    "abcdefghijklmnopqrstuvwxyz".chars().forEach(c -> letters.add(Character.toString(c)));
    Vocabulary phones =
        Vocabulary.of(List.of("<bos>", "<eos>", "AH", "N", "S"), "<bos>", "<eos>", null);
    ModelConfig config =
        config("pronunciation")
            .task(Task.SEQ2SEQ)
            .vocabulary(Vocabulary.of(letters, null, null, "<unk>"))
            .encoderDecoder(
                EncoderDecoder.to(phones)
                    .withBidirectionalEncoder(attention.hasContext())
                    .withAttention(attention)
                    .withMaximumOutputLength(4))
            .build();
    ModelFileWriter.write(ModelFile.of(config, weights(config, seed)), file);
    return file;
  }

  private static ModelConfig.Builder config(String modelId) {
    return ModelConfig.builder()
        .modelId(modelId)
        .task(Task.NEXT_TOKEN)
        .cell(Cell.GRU)
        .vocabulary(WORDS)
        .embeddingSize(3)
        .hiddenSize(4);
  }

  private static Map<String, float[]> weights(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 0.5f;
      }
      tensors.put(name, values);
    }
    return tensors;
  }
}
