package dev.carryover.training.export;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.SequenceModel;
import dev.carryover.training.data.Batch;
import dev.carryover.training.data.BatchOptions;
import dev.carryover.training.data.Batches;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.layers.Network;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Makes a model file of trained weights, with outputs of the trainer in it as self-tests. */
public final class ModelExport {
  private static final int SELF_TEST_STEPS = 32;

  private ModelExport() {}

  /**
   * The model file, after the runtime has loaded it and given the trainer's outputs.
   *
   * @param weights {@code [P]}, in the order of {@link NetworkShape#parameterShapes()}
   * @param selfTests how many sequences are recorded, at most
   * @param provenance how the model came to be
   * @throws dev.carryover.runtime.SelfTestFailedException when the runtime gives other outputs
   * @throws IllegalArgumentException when the task may not read in two directions and the shape
   *     does
   */
  public static ModelFile modelFile(
      String modelId,
      NetworkShape shape,
      TrainingData data,
      float[] weights,
      int selfTests,
      Map<String, String> provenance) {
    ModelConfig config = config(modelId, shape, data, provenance);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      float[] values = new float[entry.getValue()[0] * entry.getValue()[1]];
      System.arraycopy(weights, at, values, 0, values.length);
      tensors.put(entry.getKey(), values);
      at += values.length;
    }
    ModelFile file = ModelFile.of(config, tensors, selfTests(shape, data, weights, selfTests));
    if (config.bidirectional()) {
      SequenceModel.load(file);
    } else {
      RecurrentModel.load(file);
    }
    return file;
  }

  private static ModelConfig config(
      String modelId, NetworkShape shape, TrainingData data, Map<String, String> provenance) {
    ModelConfig.Builder builder =
        ModelConfig.builder()
            .modelId(modelId)
            .task(data.task())
            .cell(shape.cell())
            .gruReset(shape.gruReset())
            .hiddenSize(shape.hiddenSize())
            .layers(shape.layers())
            .bidirectional(shape.bidirectional())
            .bias(shape.bias());
    if (data.vocabulary() != null) {
      builder.vocabulary(data.vocabulary()).embeddingSize(shape.inputSize());
    } else {
      builder.features(data.features());
    }
    if (data.task().hasLabels()) {
      builder.labels(data.labels());
    }
    if (data.task() == Task.REGRESS) {
      builder.outputSize(shape.outputSize());
    }
    provenance.forEach(builder::provenance);
    return builder.build();
  }

  private static List<SelfTest> selfTests(
      NetworkShape shape, TrainingData data, float[] weights, int count) {
    Parameters parameters = Parameters.zeros(Precision.FLOAT, shape);
    parameters.write(weights);
    Network network = new Network(shape, parameters, 0);
    List<Batch> inputs = selfTestInputs(data, count);
    int shortest = inputs.stream().mapToInt(Batch::steps).min().orElseThrow();
    List<SelfTest> tests = new ArrayList<>();
    for (Batch input : inputs) {
      int steps = data.vocabulary() == null ? shortest : input.steps();
      Matrix outputs = network.forward(beginning(input, steps, shape.inputSize()), null, null);
      float[][] logits = new float[steps][shape.outputSize()];
      float[][] features = new float[steps][shape.inputSize()];
      int[] tokens = new int[steps];
      for (int step = 0; step < steps; step++) {
        outputs.rows(step, 1).read(logits[step], 0);
        if (input.tokens() != null) {
          tokens[step] = input.tokens()[step];
        } else {
          System.arraycopy(
              input.features(), step * shape.inputSize(), features[step], 0, shape.inputSize());
        }
      }
      tests.add(
          input.tokens() != null
              ? SelfTest.ofTokens(tokens, logits)
              : SelfTest.ofFeatures(features, logits));
    }
    return tests;
  }

  /** The first steps of a few sequences, each a batch of one row. */
  private static List<Batch> selfTestInputs(TrainingData data, int count) {
    BatchOptions options = new BatchOptions(1, SELF_TEST_STEPS, SELF_TEST_STEPS, 0);
    List<Batch> inputs = new ArrayList<>();
    List<TrainingSequence> candidates =
        Stream.concat(data.validation().stream(), data.training().stream())
            .filter(sequence -> sequence.length() > 1)
            .limit(count)
            .toList();
    for (TrainingSequence sequence : candidates.isEmpty() ? data.training() : candidates) {
      if (inputs.size() < count) {
        inputs.add(Batches.inOrder(data, List.of(sequence), options).get(0));
      }
    }
    return inputs;
  }

  /** The first steps of a batch of one row, as a sequence that ends there. */
  private static SequenceInput beginning(Batch batch, int steps, int inputSize) {
    int[] tokens = batch.tokens() == null ? null : Arrays.copyOf(batch.tokens(), steps);
    float[] features =
        batch.features() == null ? null : Arrays.copyOf(batch.features(), steps * inputSize);
    return new SequenceInput(1, steps, new int[] {steps}, tokens, features);
  }
}
