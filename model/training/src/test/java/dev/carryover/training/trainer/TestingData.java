package dev.carryover.training.trainer;

import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Small data that can be learned. */
final class TestingData {
  private TestingData() {}

  /** Sequences that count up from a random token, in a circle of 5. */
  static TrainingData counting() {
    Random random = new Random(3);
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int[] tokens = new int[4 + random.nextInt(6)];
      tokens[0] = 2 + random.nextInt(5);
      for (int t = 1; t < tokens.length; t++) {
        tokens[t] = 2 + (tokens[t - 1] - 2 + 1) % 5;
      }
      sequences.add(TrainingSequence.ofTokens("k" + i, tokens));
    }
    return tokens()
        .training(sequences.subList(0, 50))
        .validation(sequences.subList(50, 60))
        .build();
  }

  private static TrainingData.Builder tokens() {
    return TrainingData.builder()
        .task(Task.NEXT_TOKEN)
        .vocabulary(
            Vocabulary.of(
                List.of("<bos>", "<eos>", "a", "b", "c", "d", "e"), "<bos>", "<eos>", null))
        .digest("counting");
  }

  /** One stream of the same. */
  static TrainingData stream() {
    int[] stream = new int[900];
    for (int i = 0; i < stream.length; i++) {
      stream[i] = 2 + i % 5;
    }
    return tokens()
        .continuous(true)
        .training(List.of(TrainingSequence.ofTokens("s", stream)))
        .validation(List.of(TrainingSequence.ofTokens("v", Arrays.copyOf(stream, 200))))
        .build();
  }

  /** Features whose running sum is positive or not: a label of the sequence, or of every step. */
  static TrainingData sums(Task task, boolean everyStep) {
    Random random = new Random(5);
    List<TrainingSequence> sequences = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      int length = 3 + random.nextInt(5);
      float[][] features = new float[length][2];
      int[] labels = new int[length];
      float[][] values = new float[length][1];
      float sum = 0;
      for (int t = 0; t < length; t++) {
        features[t][0] = (float) random.nextGaussian();
        features[t][1] = 1;
        sum += features[t][0];
        labels[t] = sum > 0 ? 1 : 0;
        values[t][0] = sum;
      }
      TrainingSequence sequence = TrainingSequence.ofFeatures("k" + i, features);
      if (task == Task.REGRESS) {
        sequence = sequence.withValues(everyStep ? values : new float[][] {values[length - 1]});
      } else {
        sequence = sequence.withLabels(everyStep ? labels : new int[] {labels[length - 1]});
      }
      sequences.add(sequence);
    }
    return TrainingData.builder()
        .task(task)
        .features(FeatureSchema.of(List.of("x", "one"), new float[] {0.1f, 0}, new float[] {2, 1}))
        .labels(task == Task.REGRESS ? List.of() : List.of("negative", "positive"))
        .valueCount(task == Task.REGRESS ? 1 : 0)
        .training(sequences.subList(0, 100))
        .validation(sequences.subList(100, 120))
        .digest("sums")
        .build();
  }
}
