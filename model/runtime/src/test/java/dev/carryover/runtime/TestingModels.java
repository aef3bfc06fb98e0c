package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Model files with seeded random weights. */
final class TestingModels {
  private TestingModels() {}

  /** Every set of equations that a layer can have. */
  enum Equations {
    ELMAN_TANH(Cell.RNN_TANH, null),
    ELMAN_RELU(Cell.RNN_RELU, null),
    LSTM(Cell.LSTM, null),
    GRU(Cell.GRU, GruReset.AFTER),
    CHO_GRU(Cell.GRU, GruReset.BEFORE);

    private final Cell cell;
    private final GruReset reset;

    Equations(Cell cell, GruReset reset) {
      this.cell = cell;
      this.reset = reset;
    }

    /** A {@code next-token} model over {@link #vocabulary}. */
    ModelConfig.Builder nextToken(int vocabularySize, int embeddingSize, int hiddenSize) {
      return tokens(vocabularySize, embeddingSize, hiddenSize).task(Task.NEXT_TOKEN);
    }

    /** A model of any task with token input. */
    ModelConfig.Builder tokens(int vocabularySize, int embeddingSize, int hiddenSize) {
      return stack(hiddenSize).vocabulary(vocabulary(vocabularySize)).embeddingSize(embeddingSize);
    }

    /** A model of any task but {@code next-token} that reads features with a mean and a scale. */
    ModelConfig.Builder features(int featureCount, int hiddenSize) {
      List<String> names = new ArrayList<>();
      float[] mean = new float[featureCount];
      float[] scale = new float[featureCount];
      for (int i = 0; i < featureCount; i++) {
        names.add("f" + i);
        mean[i] = 10 - 3 * i;
        scale[i] = 0.5f + i;
      }
      return stack(hiddenSize).features(FeatureSchema.of(names, mean, scale));
    }

    private ModelConfig.Builder stack(int hiddenSize) {
      ModelConfig.Builder stack =
          ModelConfig.builder().modelId("testing").cell(cell).hiddenSize(hiddenSize);
      return reset == null ? stack : stack.gruReset(reset);
    }
  }

  /** Tokens with {@code <bos>} and {@code <eos>} first; one or two tokens have no special ones. */
  static Vocabulary vocabulary(int size) {
    List<String> tokens = new ArrayList<>();
    boolean special = size > 2;
    if (special) {
      tokens.add("<bos>");
      tokens.add("<eos>");
    }
    while (tokens.size() < size) {
      tokens.add("t" + tokens.size());
    }
    return Vocabulary.of(tokens, special ? "<bos>" : null, special ? "<eos>" : null, null);
  }

  /** Weights as PyTorch initializes them: embeddings normal, all else within 1/sqrt(H). */
  static ModelFile random(ModelConfig config, long seed) {
    return ModelFile.of(config, randomTensors(config, seed));
  }

  /** The tensors of {@link #random}, to be changed by a test. */
  static Map<String, float[]> randomTensors(ModelConfig config, long seed) {
    Random random = new Random(seed);
    double bound = 1 / Math.sqrt(config.hiddenSize());
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            (float)
                (name.equals(TensorShapes.EMBEDDING)
                    ? random.nextGaussian()
                    : bound * (2 * random.nextDouble() - 1));
      }
      tensors.put(name, values);
    }
    return tensors;
  }

  /** A {@code next-token} model whose logits are {@code bias}, whatever its state is. */
  static ModelFile constantLogits(float[] bias) {
    ModelConfig config = Equations.ELMAN_TANH.nextToken(bias.length, 1, 1).build();
    Map<String, float[]> tensors = randomTensors(config, 1);
    tensors.put(TensorShapes.HEAD_WEIGHT, new float[bias.length]);
    tensors.put(TensorShapes.HEAD_BIAS, bias);
    return ModelFile.of(config, tensors);
  }

  /** The same model with {@code tests} self-tests of {@code steps} steps that it passes. */
  static ModelFile withSelfTests(ModelFile file, int tests, int steps, long seed) {
    RecurrentModel model = RecurrentModel.load(file);
    Random random = new Random(seed);
    List<SelfTest> recorded = new ArrayList<>();
    for (int test = 0; test < tests; test++) {
      recorded.add(record(model, steps, random));
    }
    return ModelFile.of(file.config(), tensors(file), recorded);
  }

  /** Copies of all tensors of a file, to be changed by a test. */
  static Map<String, float[]> tensors(ModelFile file) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : file.config().tensorShapes().names()) {
      tensors.put(name, file.tensor(name));
    }
    return tensors;
  }

  private static SelfTest record(RecurrentModel model, int steps, Random random) {
    ModelConfig config = model.config();
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    int[] tokens = new int[steps];
    float[][] features = new float[steps][config.inputSize()];
    float[][] logits = new float[steps][config.outputSize()];
    for (int step = 0; step < steps; step++) {
      session.clear();
      if (config.tokenInput()) {
        tokens[step] = random.nextInt(config.vocabulary().size());
        session.addToken(state, tokens[step]);
      } else {
        float[] measured = rawFeatures(config, random);
        config.features().normalize(measured, features[step]);
        session.addFeatures(state, measured);
      }
      session.run();
      session.readState(0, state);
      session.readOutput(0, logits[step]);
    }
    return config.tokenInput()
        ? SelfTest.ofTokens(tokens, logits)
        : SelfTest.ofFeatures(features, logits);
  }

  /** Features before they are normalized, spread as the schema's mean and scale say. */
  static float[] rawFeatures(ModelConfig config, Random random) {
    float[] mean = config.features().mean();
    float[] scale = config.features().scale();
    float[] features = new float[mean.length];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (mean[i] + scale[i] * random.nextGaussian());
    }
    return features;
  }
}
