package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingSequence;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Models that give the same whatever they read stand for the exact and the rounded one. */
class RoundingErrorTest {
  private static final List<TrainingSequence> TOKENS =
      List.of(
          TrainingSequence.ofTokens("one", new int[] {0, 0, 0}),
          TrainingSequence.ofTokens("other", new int[] {0}));

  @Test
  void whatIsPrintedIsTheDifferenceOfTheDistributions() {
    // Probabilities 1/2 and 1/2 beside 0.7311 and 0.2689.
    String text =
        RoundingError.measure(
            constant(tokens(), 0, 0), constant(tokens(), 1, 0), TOKENS, List.of(10, 1_000));
    assertThat(text.lines())
        .containsExactly(
            "what fp32 weights change in the output of a step    value",
            "---------------------------------------------------------",
            "largest difference of a probability                  0.23",
            "mean KL divergence, nats                             0.12",
            "same answer is likeliest, % of steps              100.000",
            "",
            "one long sequence, steps  largest difference in a state  mean difference of a surprisal",
            "---------------------------------------------------------------------------------------",
            "6 to 10                                             0.0                            0.38",
            "501 to 1,000                                        0.0                            0.38");
  }

  @Test
  void anotherLikeliestAnswerIsCounted() {
    assertThat(
            RoundingError.measure(
                constant(tokens(), 1, 0), constant(tokens(), 0, 1), TOKENS, List.of(10)))
        .containsPattern("same answer is likeliest, % of steps +0\\.000\n");
  }

  @Test
  void aRegressionHasNoProbabilitiesAndNoSurprisals() {
    List<TrainingSequence> features =
        List.of(TrainingSequence.ofFeatures("one", new float[][] {{1}, {2}}));
    String text =
        RoundingError.measure(
            constant(values(), 3, 0), constant(values(), 3, 0.5f), features, List.of(10));
    assertThat(text.lines())
        .anyMatch(line -> line.matches("largest difference +0\\.50"))
        .anyMatch(line -> line.endsWith("largest difference in a state"))
        .noneMatch(line -> line.contains("KL"));
  }

  private static ModelConfig.Builder tokens() {
    return config(Task.NEXT_TOKEN)
        .vocabulary(Vocabulary.of(List.of("a", "b"), null, null, null))
        .embeddingSize(1);
  }

  private static ModelConfig.Builder values() {
    return config(Task.REGRESS)
        .features(FeatureSchema.of(List.of("x"), new float[1], new float[] {1}))
        .outputSize(2);
  }

  private static ModelConfig.Builder config(Task task) {
    return ModelConfig.builder().modelId("constant").task(task).cell(Cell.RNN_TANH).hiddenSize(1);
  }

  /** A model of zeros, but for the bias of its two outputs. */
  private static RecurrentModel constant(ModelConfig.Builder builder, float first, float second) {
    ModelConfig config = builder.build();
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, new float[config.tensorShapes().length(name)]);
    }
    tensors.put(TensorShapes.HEAD_BIAS, new float[] {first, second});
    return RecurrentModel.load(ModelFile.of(config, tensors));
  }
}
