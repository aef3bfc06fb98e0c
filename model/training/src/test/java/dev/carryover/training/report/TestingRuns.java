package dev.carryover.training.report;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Seeded models, sequences and histories. */
final class TestingRuns {
  static final long SEED = 20240607;

  private TestingRuns() {}

  static Vocabulary vocabulary() {
    return Vocabulary.of(
        List.of("<bos>", "<eos>", "<unk>", "a", "b", "c", "d"), "<bos>", "<eos>", "<unk>");
  }

  static ModelFile nextToken(Cell cell, GruReset reset) {
    return random(
        ModelConfig.builder()
            .modelId("testing")
            .task(Task.NEXT_TOKEN)
            .cell(cell)
            .gruReset(reset)
            .vocabulary(vocabulary())
            .embeddingSize(5)
            .hiddenSize(7)
            .layers(2)
            .build());
  }

  static ModelFile random(ModelConfig config) {
    Random random = new Random(SEED);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * 0.5);
      }
      tensors.put(name, values);
    }
    return ModelFile.of(config, tensors);
  }

  /** Token sequences of given lengths. */
  static TrainingData sequences(int... lengths) {
    Random random = new Random(SEED);
    Vocabulary vocabulary = Vocabulary.of(List.of("a", "b", "c", "d", "e"), null, null, null);
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int length : lengths) {
      sequences.add(
          TrainingSequence.ofTokens(
              "k" + sequences.size(), random.ints(length, 0, vocabulary.size()).toArray()));
    }
    return TrainingData.builder()
        .task(Task.NEXT_TOKEN)
        .vocabulary(vocabulary)
        .training(sequences)
        .digest("digest")
        .build();
  }

  /** A history as a trainer writes it: four updates and a validated epoch after every two. */
  static String history() {
    return """
        {"backend":"ND4J on CPU","seed":7,"threads":2,"parameters":1234,
         "steps":[
          {"step":1,"epoch":1,"loss":3.0,"learningRate":0.001,"gradientNorm":1.5,"tokensPerSecond":900.0},
          {"step":2,"epoch":1,"loss":2.5,"learningRate":0.002,"gradientNorm":0.0,"tokensPerSecond":1100.0},
          {"step":3,"epoch":2,"loss":2.0,"learningRate":0.002,"gradientNorm":0.5,"tokensPerSecond":1000.0},
          {"step":4,"epoch":2,"loss":1.9,"learningRate":0.001,"gradientNorm":0.4,"tokensPerSecond":1000.0}],
         "epochs":[
          {"epoch":1,"step":2,"trainingLoss":2.75,"validationLoss":2.25,"seconds":40.0,"best":true},
          {"epoch":2,"step":4,"trainingLoss":1.95,"validationLoss":2.375,"seconds":35.0,"best":false}]}
        """;
  }
}
