package dev.carryover.model.file;

import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Models with random weights. */
final class TestingModels {
  private TestingModels() {}

  /** One config of every kind that can be built. */
  static List<ModelConfig> everyKind() {
    return List.of(
        tokens(Cell.RNN_TANH, 1, true).build(),
        tokens(Cell.RNN_RELU, 2, false).build(),
        tokens(Cell.LSTM, 3, true).build(),
        tokens(Cell.GRU, 1, true).gruReset(GruReset.BEFORE).build(),
        tokens(Cell.GRU, 2, true).provenance("trained_on", "\"quoted\" ü \n 語 😀").build(),
        tokens(Cell.GRU, 1, true).alerts(new AlertThresholds(2, 0.1f, 9.5f, true, 0.002f)).build(),
        tokens(Cell.GRU, 1, true)
            .alerts(new AlertThresholds(5, 0f, AlertThresholds.NEVER, false, 0.5f))
            .build(),
        features(Cell.GRU).task(Task.CLASSIFY).outputSize(1).build(),
        features(Cell.LSTM).task(Task.CLASSIFY).labels(List.of("red", "green", "blue")).build(),
        tokens(Cell.LSTM, 1, true).task(Task.LABEL).labels(List.of("noun", "verb")).build(),
        tokens(Cell.GRU, 2, true).task(Task.LABEL).outputSize(3).bidirectional(true).build(),
        features(Cell.RNN_RELU).task(Task.CLASSIFY).outputSize(1).bidirectional(true).build(),
        features(Cell.RNN_TANH).task(Task.REGRESS).outputSize(2).build(),
        tokens(Cell.LSTM, 1, true).task(Task.REGRESS).outputSize(3).build(),
        transducer(Cell.GRU, TARGET).build(),
        transducer(Cell.LSTM, TARGET.withBidirectionalEncoder(true)).layers(2).build(),
        transducer(
                Cell.LSTM,
                TARGET
                    .withEncoderHiddenSize(3)
                    .withBidirectionalEncoder(true)
                    .withAttention(Attention.ADDITIVE)
                    .withAttentionSize(2)
                    .withMaximumOutputLength(7))
            .build(),
        transducer(Cell.GRU, TARGET.withAttention(Attention.DOT)).gruReset(GruReset.BEFORE).build(),
        transducer(Cell.RNN_TANH, TARGET.withEncoderHiddenSize(3).withAttention(Attention.GENERAL))
            .bias(false)
            .build());
  }

  /** Four target tokens, and all else by default. */
  static final EncoderDecoder TARGET =
      EncoderDecoder.to(
          Vocabulary.of(List.of("<bos>", "<eos>", "AH", "B"), "<bos>", "<eos>", null));

  static ModelConfig.Builder transducer(Cell cell, EncoderDecoder parts) {
    return ModelConfig.builder()
        .modelId("testing-seq2seq")
        .task(Task.SEQ2SEQ)
        .cell(cell)
        .vocabulary(Vocabulary.of(List.of("<unk>", "a", "b"), null, null, "<unk>"))
        .embeddingSize(2)
        .hiddenSize(4)
        .encoderDecoder(parts);
  }

  static ModelConfig.Builder tokens(Cell cell, int layers, boolean bias) {
    return ModelConfig.builder()
        .modelId("testing-tokens")
        .task(Task.NEXT_TOKEN)
        .cell(cell)
        .vocabulary(
            Vocabulary.of(
                List.of("<unk>", "<bos>", "<eos>", "a", "", "😀"), "<bos>", "<eos>", "<unk>"))
        .embeddingSize(3)
        .hiddenSize(5)
        .layers(layers)
        .bias(bias);
  }

  static ModelConfig.Builder features(Cell cell) {
    return ModelConfig.builder()
        .modelId("testing-features")
        .cell(cell)
        .features(
            FeatureSchema.of(
                List.of("temperature", "pressure"),
                new float[] {21.3f, -1e-30f},
                new float[] {0.1f, 1e20f}))
        .hiddenSize(4);
  }

  static ModelFile random(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, values(random, config.tensorShapes().length(name)));
    }
    return ModelFile.of(config, tensors, selfTests(config, random));
  }

  /** A model whose values follow a formula, that a file written long ago can be held to. */
  static ModelFile counted(ModelConfig config) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, counted(config.tensorShapes().length(name)));
    }
    float[][] logits = {counted(config.outputSize()), counted(config.outputSize())};
    SelfTest selfTest =
        config.encoderDecoder() != null
            ? SelfTest.ofTransduction(new int[] {2, 0, 1}, new int[] {3, 1}, logits)
            : config.tokenInput()
                ? SelfTest.ofTokens(new int[] {3, 1}, logits)
                : SelfTest.ofFeatures(
                    new float[][] {counted(config.inputSize()), counted(config.inputSize())},
                    logits);
    return ModelFile.of(config, tensors, List.of(selfTest));
  }

  private static float[] counted(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (i % 31 - 15) / 16f;
    }
    return values;
  }

  private static List<SelfTest> selfTests(ModelConfig config, Random random) {
    return List.of(
        selfTest(config, random, 4), selfTest(config, random, config.tokenInput() ? 2 : 4));
  }

  private static SelfTest selfTest(ModelConfig config, Random random, int steps) {
    float[][] logits = new float[steps][];
    float[][] features = new float[steps][];
    int[] tokens = new int[steps];
    for (int step = 0; step < steps; step++) {
      logits[step] = values(random, config.outputSize());
      if (config.tokenInput()) {
        tokens[step] =
            random.nextInt(
                config.encoderDecoder() == null
                    ? config.vocabulary().size()
                    : config.encoderDecoder().targetVocabulary().size());
      } else {
        features[step] = values(random, config.inputSize());
      }
    }
    if (config.encoderDecoder() != null) {
      int[] source = random.ints(5 - steps / 2, 0, config.vocabulary().size()).toArray();
      return SelfTest.ofTransduction(source, tokens, logits);
    }
    return config.tokenInput()
        ? SelfTest.ofTokens(tokens, logits)
        : SelfTest.ofFeatures(features, logits);
  }

  private static float[] values(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
