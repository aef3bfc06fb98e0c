package dev.carryover.job.operator;

import dev.carryover.job.models.ModelReference;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small seq2seq models with seeded random weights, one of every kind that the job serves. */
public enum TestingTransducers {
  /** No attention. */
  PLAIN(Cell.GRU, 1, false, Attention.NONE),
  /** Attention before the step. */
  ADDITIVE(Cell.GRU, 1, false, Attention.ADDITIVE),
  /** Attention after the step, two layers, an encoder of another size. */
  GENERAL(Cell.LSTM, 2, false, Attention.GENERAL),
  /** An encoder of two directions, with attention. */
  TWO_DIRECTIONS(Cell.GRU, 1, true, Attention.ADDITIVE),
  /** An encoder of two directions, of which the decoder sees the end alone. */
  TWO_DIRECTIONS_PLAIN(Cell.RNN_TANH, 2, true, Attention.NONE);

  private final Cell cell;
  private final int layers;
  private final boolean twoDirections;
  private final Attention attention;

  TestingTransducers(Cell cell, int layers, boolean twoDirections, Attention attention) {
    this.cell = cell;
    this.layers = layers;
    this.twoDirections = twoDirections;
    this.attention = attention;
  }

  /** The config, with an encoder of a size. */
  ModelConfig config(int encoderHiddenSize) {
    return ModelConfig.builder()
        .modelId("testing")
        .task(Task.SEQ2SEQ)
        .cell(cell)
        .gruReset(cell == Cell.GRU && twoDirections ? GruReset.BEFORE : GruReset.AFTER)
        .vocabulary(Vocabulary.of(words("w", 9), null, null, "<unk>"))
        .embeddingSize(4)
        .hiddenSize(8)
        .layers(layers)
        .encoderDecoder(
            EncoderDecoder.to(Vocabulary.of(words("v", 11), "<bos>", "<eos>", null))
                .withEncoderHiddenSize(encoderHiddenSize)
                .withBidirectionalEncoder(twoDirections)
                .withAttention(attention)
                .withMaximumOutputLength(10))
        .build();
  }

  private static List<String> words(String letter, int size) {
    List<String> words = new ArrayList<>(List.of("<bos>", "<eos>", "<unk>"));
    while (words.size() < size) {
      words.add(letter + words.size());
    }
    return words;
  }

  /** The size of the encoder unless a test says otherwise. */
  int encoderSize() {
    return this == GENERAL ? 6 : 8;
  }

  /** The model file, with the same weights for every call. */
  public ModelFile file() {
    return TestingModels.random(config(encoderSize()), 100 + ordinal());
  }

  /** Writes the model into a folder. */
  public ModelReference in(Path folder) {
    return TestingModels.write(file(), folder.resolve(name() + ".safetensors"));
  }
}
