package dev.carryover.tests.bench.decoding;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairOptions;
import dev.carryover.training.pairs.PairReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A model and the words that it is to decode, {@value #BATCH} neighbours of one length: so nobody
 * pads, and nobody needs a mask.
 *
 * @param file a GRU of one layer that reads in two directions, with additive attention
 * @param words token ids of the source vocabulary, {@code [words][S]}
 * @param maximumLength the most tokens of an answer
 */
record DecodingWorkload(ModelFile file, List<int[]> words, int maximumLength) {
  /** {@code K}: hypotheses that are followed at a time, and answers to a word. */
  static final int BEAM = 4;

  /** Neighbours of one length. */
  static final int BATCH = 32;

  /** Steps of a word with the random model: about as many as the trained one takes. */
  private static final int RANDOM_STEPS = 8;

  private static final int SOURCE_TOKENS = 28;
  private static final int TARGET_TOKENS = 41;
  private static final int[] RANDOM_LENGTHS = {4, 5, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 10, 11, 12};

  DecodingWorkload {
    ModelConfig config = file.config();
    boolean known =
        config.task() == Task.SEQ2SEQ
            && config.cell() == Cell.GRU
            && config.gruReset() == GruReset.AFTER
            && config.layers() == 1
            && config.bias()
            && config.encoderDecoder().bidirectionalEncoder()
            && config.encoderDecoder().attention() == Attention.ADDITIVE;
    if (!known) {
      throw new IllegalArgumentException(
          "model '%s' is another than the loop in libtorch is written for; give a seq2seq model of one GRU layer with biases, reset gate after, an encoder in two directions and additive attention"
              .formatted(config.modelId()));
    }
  }

  /** Where a workload comes from, as it is told to a process. */
  record Source(Path model, Path data, int batches, int hiddenSize) {
    /** Both paths absent: a random model of this hidden size, and random words. */
    boolean random() {
      return model == null;
    }

    List<String> arguments() {
      return List.of(
          model == null ? "" : model.toString(),
          data == null ? "" : data.toString(),
          Integer.toString(batches),
          Integer.toString(hiddenSize));
    }

    static Source parse(List<String> arguments) {
      return new Source(
          arguments.get(0).isEmpty() ? null : Path.of(arguments.get(0)),
          arguments.get(1).isEmpty() ? null : Path.of(arguments.get(1)),
          Integer.parseInt(arguments.get(2)),
          Integer.parseInt(arguments.get(3)));
    }

    DecodingWorkload open() throws IOException {
      return random() ? ofRandom(hiddenSize, batches) : ofFile(model, data, batches);
    }
  }

  private static DecodingWorkload ofFile(Path model, Path data, int batches) throws IOException {
    ModelFile file = ModelFileReader.read(model);
    Map<Integer, List<int[]>> byLength = new TreeMap<>();
    for (Pair pair : PairReader.readFor(file.config(), List.of(data), PairOptions.DEFAULTS)) {
      byLength.computeIfAbsent(pair.source().length, l -> new ArrayList<>()).add(pair.source());
    }
    List<List<int[]>> full = new ArrayList<>();
    for (List<int[]> equallyLong : byLength.values()) {
      for (int at = 0; at + BATCH <= equallyLong.size(); at += BATCH) {
        full.add(equallyLong.subList(at, at + BATCH));
      }
    }
    if (full.size() < batches) {
      throw new IllegalArgumentException(
          "%s has %d times %d words of one length, and %d are asked for; ask for fewer"
              .formatted(data, full.size(), BATCH, batches));
    }
    Collections.shuffle(full, new Random(batches));
    List<int[]> words = full.subList(0, batches).stream().flatMap(List::stream).toList();
    return new DecodingWorkload(file, words, file.config().encoderDecoder().maximumOutputLength());
  }

  private static DecodingWorkload ofRandom(int hiddenSize, int batches) {
    ModelConfig config =
        ModelConfig.builder()
            .modelId("random")
            .task(Task.SEQ2SEQ)
            .cell(Cell.GRU)
            .vocabulary(Vocabulary.of(tokens(SOURCE_TOKENS), null, null, null))
            .embeddingSize(hiddenSize / 4)
            .hiddenSize(hiddenSize)
            .encoderDecoder(
                EncoderDecoder.to(Vocabulary.of(tokens(TARGET_TOKENS), "t0", "t1", null))
                    .withEncoderHiddenSize(hiddenSize / 2)
                    .withBidirectionalEncoder(true)
                    .withAttention(Attention.ADDITIVE))
            .build();
    Random random = new Random(hiddenSize);
    double bound = 2 / Math.sqrt(hiddenSize);
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
    // The end token never comes, so that all answers are as long as they may be.
    tensors.get(TensorShapes.HEAD_BIAS)[config.encoderDecoder().targetVocabulary().endId()] = -50f;
    List<int[]> words = new ArrayList<>();
    for (int i = 0; i < batches * BATCH; i++) {
      int length = RANDOM_LENGTHS[i / BATCH % RANDOM_LENGTHS.length];
      words.add(random.ints(length, 0, SOURCE_TOKENS).toArray());
    }
    return new DecodingWorkload(ModelFile.of(config, tensors), words, RANDOM_STEPS);
  }

  private static List<String> tokens(int count) {
    List<String> tokens = new ArrayList<>();
    while (tokens.size() < count) {
      tokens.add("t" + tokens.size());
    }
    return tokens;
  }
}
