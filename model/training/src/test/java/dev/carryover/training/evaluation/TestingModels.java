package dev.carryover.training.evaluation;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small models with random weights. */
final class TestingModels {
  static final Vocabulary VOCABULARY =
      Vocabulary.of(
          List.of("<unk>", "<bos>", "<eos>", "a", "b", "c", "d"), "<bos>", "<eos>", "<unk>");
  static final Vocabulary PLAIN = Vocabulary.of(List.of("a", "b", "c"), null, null, null);

  private TestingModels() {}

  static ModelFile nextToken(Vocabulary vocabulary, long seed) {
    return random(
        ModelConfig.builder()
            .task(Task.NEXT_TOKEN)
            .cell(Cell.GRU)
            .vocabulary(vocabulary)
            .embeddingSize(4)
            .hiddenSize(6)
            .build(),
        seed);
  }

  static ModelFile classify(int outputs, long seed) {
    return random(features().task(Task.CLASSIFY).outputSize(outputs).build(), seed);
  }

  static ModelFile label(int outputs, boolean bidirectional, long seed) {
    return random(
        features().task(Task.LABEL).outputSize(outputs).bidirectional(bidirectional).build(), seed);
  }

  static ModelFile regress(int outputs, long seed) {
    return random(features().task(Task.REGRESS).outputSize(outputs).build(), seed);
  }

  private static ModelConfig.Builder features() {
    return ModelConfig.builder()
        .cell(Cell.LSTM)
        .features(FeatureSchema.of(List.of("x", "y"), new float[] {1, 2}, new float[] {2, 0.5f}))
        .hiddenSize(5);
  }

  private static ModelFile random(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      tensors.put(name, values);
    }
    return ModelFile.of(config, tensors);
  }
}
