package dev.carryover.runtime.seq2seq;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelProvider;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.ScalarKernels;
import dev.carryover.runtime.kernels.TestingLaneWidths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Seq2seq models with seeded random weights, sources for them, and the kernels that they run on.
 */
public final class TestingTransducers {
  /** More bytes for folded embeddings than any test model takes. */
  static final RuntimeOptions FOLDED =
      RuntimeOptions.DEFAULTS.withFoldedEmbeddingBytes(Long.MAX_VALUE / 4);

  /** No bytes for folded embeddings. */
  static final RuntimeOptions UNFOLDED = FOLDED.withFoldedEmbeddingBytes(0);

  private static final int SOURCE_TOKENS = 9;

  private TestingTransducers() {}

  /** The specification. */
  static KernelProvider.Selection scalar() {
    return selection(new ScalarKernels());
  }

  /** The specification and the vector kernels at every width. */
  static List<KernelProvider.Selection> kernels() {
    List<KernelProvider.Selection> all = new ArrayList<>();
    all.add(scalar());
    for (Kernels kernels : TestingLaneWidths.all()) {
      all.add(selection(kernels));
    }
    return all;
  }

  private static KernelProvider.Selection selection(Kernels kernels) {
    return new KernelProvider.Selection(kernels, "for a test");
  }

  /** Every attention with one direction and two, with every cell in turn. */
  static List<ModelConfig> everyKind() {
    List<ModelConfig> kinds = new ArrayList<>();
    int kind = 0;
    for (Attention attention : Attention.values()) {
      for (boolean both : new boolean[] {false, true}) {
        // Dot compares the encoder's outputs with the decoder's: they are of one size.
        int hidden = 14 + 2 * kind;
        int encoder = attention == Attention.DOT ? (both ? hidden / 2 : hidden) : 9 + kind;
        Cell cell = Cell.values()[kind % Cell.values().length];
        kinds.add(
            config(cell, attention, both, hidden, encoder)
                .layers(1 + kind % 2)
                .gruReset(cell == Cell.GRU && both ? GruReset.BEFORE : GruReset.AFTER)
                .bias(kind % 3 != 1)
                .build());
        kind++;
      }
    }
    kinds.add(config(Cell.LSTM, Attention.ADDITIVE, true, 33, 17).layers(2).build());
    kinds.add(config(Cell.GRU, Attention.GENERAL, false, 33, 33).layers(2).build());
    return kinds;
  }

  /** A model of 9 source tokens and 11 target tokens, embedded in 5. */
  public static ModelConfig.Builder config(
      Cell cell, Attention attention, boolean both, int hidden, int encoderHidden) {
    return ModelConfig.builder()
        .modelId("testing")
        .task(Task.SEQ2SEQ)
        .cell(cell)
        .vocabulary(vocabulary(SOURCE_TOKENS, null, null))
        .embeddingSize(5)
        .hiddenSize(hidden)
        .encoderDecoder(
            EncoderDecoder.to(vocabulary(11, "t0", "t1"))
                .withEncoderHiddenSize(encoderHidden)
                .withBidirectionalEncoder(both)
                .withAttention(attention)
                .withMaximumOutputLength(20));
  }

  static Vocabulary vocabulary(int size, String begin, String end) {
    List<String> tokens = new ArrayList<>();
    while (tokens.size() < size) {
      tokens.add("t" + tokens.size());
    }
    return Vocabulary.of(tokens, begin, end, null);
  }

  /** Weights as wide as make tokens differ, and answers end now and then. */
  public static ModelFile random(ModelConfig config, long seed) {
    return ModelFile.of(config, randomTensors(config, seed));
  }

  /** The tensors of {@link #random}, to be changed by a test. */
  public static Map<String, float[]> randomTensors(ModelConfig config, long seed) {
    Random random = new Random(seed);
    double bound = 2 / Math.sqrt(config.hiddenSize());
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      float[] values = new float[config.tensorShapes().length(name)];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            (float)
                (name.contains("embedding")
                    ? random.nextGaussian()
                    : bound * (2 * random.nextDouble() - 1));
      }
      tensors.put(name, values);
    }
    if (config.encoderDecoder() != null) {
      tensors.get(TensorShapes.HEAD_BIAS)[config.encoderDecoder().targetVocabulary().endId()] +=
          0.5f;
    }
    return tensors;
  }

  /** A model that gives the same logits at every step; token 0 begins and token 1 ends. */
  static Seq2SeqModel constantLogits(float... bias) {
    ModelConfig base = config(Cell.RNN_TANH, Attention.NONE, false, 3, 3).build();
    ModelConfig config =
        base.toBuilder()
            .encoderDecoder(EncoderDecoder.to(vocabulary(bias.length, "t0", "t1")))
            .build();
    Map<String, float[]> tensors = randomTensors(config, 1);
    Arrays.fill(tensors.get(TensorShapes.HEAD_WEIGHT), 0f);
    tensors.put(TensorShapes.HEAD_BIAS, bias);
    return Seq2SeqModel.load(ModelFile.of(config, tensors));
  }

  /** Sources of 1 to {@code longest} tokens. */
  static List<int[]> sources(int count, int longest, long seed) {
    Random random = new Random(seed);
    List<int[]> sources = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sources.add(random.ints(1 + random.nextInt(longest), 0, SOURCE_TOKENS).toArray());
    }
    return sources;
  }
}
