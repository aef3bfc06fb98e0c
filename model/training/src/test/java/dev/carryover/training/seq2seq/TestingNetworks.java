package dev.carryover.training.seq2seq;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import java.util.stream.IntStream;

/** Configs of small networks. */
final class TestingNetworks {
  private TestingNetworks() {}

  /** Source tokens 0 to {@code size - 1}. */
  static Vocabulary sources(int size) {
    return Vocabulary.of(names(size), null, null, null);
  }

  /** Target tokens 0 to {@code size - 1}, of which 1 begins and 2 ends. */
  static Vocabulary targets(int size) {
    return Vocabulary.of(names(size), "1", "2", null);
  }

  private static List<String> names(int size) {
    return IntStream.range(0, size).mapToObj(Integer::toString).toList();
  }

  /**
   * A network of 3 source and 4 target tokens, E = 2 and H = 2.
   *
   * @param encoderSize {@code He}
   */
  static ModelConfig config(
      Cell cell,
      GruReset reset,
      int layers,
      int encoderSize,
      boolean bothWays,
      Attention attention) {
    return ModelConfig.builder()
        .task(Task.SEQ2SEQ)
        .cell(cell)
        .gruReset(reset)
        .vocabulary(sources(3))
        .embeddingSize(2)
        .hiddenSize(2)
        .layers(layers)
        .encoderDecoder(
            EncoderDecoder.to(targets(4))
                .withEncoderHiddenSize(encoderSize)
                .withBidirectionalEncoder(bothWays)
                .withAttention(attention))
        .build();
  }
}
