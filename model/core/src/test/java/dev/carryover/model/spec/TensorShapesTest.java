package dev.carryover.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorShapesTest {
  @Test
  void tensorsAreThoseOfAPyTorchStateDict() {
    ModelConfig config =
        ModelConfig.builder()
            .task(Task.NEXT_TOKEN)
            .cell(Cell.LSTM)
            .vocabulary(Vocabulary.of(List.of("a", "b", "c"), null, null, null))
            .embeddingSize(5)
            .hiddenSize(7)
            .layers(2)
            .build();
    TensorShapes shapes = config.tensorShapes();

    assertThat(shapes.names())
        .containsExactly(
            "embedding.weight",
            "rnn.weight_ih_l0",
            "rnn.weight_hh_l0",
            "rnn.bias_ih_l0",
            "rnn.bias_hh_l0",
            "rnn.weight_ih_l1",
            "rnn.weight_hh_l1",
            "rnn.bias_ih_l1",
            "rnn.bias_hh_l1",
            "head.weight",
            "head.bias");
    assertThat(shapes.shape("embedding.weight")).containsExactly(3, 5);
    assertThat(shapes.shape("rnn.weight_ih_l0")).containsExactly(28, 5);
    assertThat(shapes.shape("rnn.weight_ih_l1")).containsExactly(28, 7);
    assertThat(shapes.shape("rnn.weight_hh_l1")).containsExactly(28, 7);
    assertThat(shapes.shape("rnn.bias_hh_l0")).containsExactly(28);
    assertThat(shapes.shape("head.weight")).containsExactly(3, 7);
    assertThat(shapes.shape("head.bias")).containsExactly(3);
    assertThat(shapes.length("rnn.weight_ih_l0")).isEqualTo(140);
    assertThatThrownBy(() -> shapes.shape("rnn.weight_ih_l2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the config demands no tensor rnn.weight_ih_l2");
  }

  @Test
  void bothDirectionsAreThoseOfAPyTorchStateDict() {
    TensorShapes shapes =
        ModelConfig.builder()
            .task(Task.LABEL)
            .cell(Cell.GRU)
            .features(FeatureSchema.unscaled(5))
            .hiddenSize(7)
            .layers(2)
            .bidirectional(true)
            .outputSize(3)
            .build()
            .tensorShapes();

    assertThat(shapes.names())
        .containsExactly(
            "rnn.weight_ih_l0",
            "rnn.weight_hh_l0",
            "rnn.bias_ih_l0",
            "rnn.bias_hh_l0",
            "rnn.weight_ih_l0_reverse",
            "rnn.weight_hh_l0_reverse",
            "rnn.bias_ih_l0_reverse",
            "rnn.bias_hh_l0_reverse",
            "rnn.weight_ih_l1",
            "rnn.weight_hh_l1",
            "rnn.bias_ih_l1",
            "rnn.bias_hh_l1",
            "rnn.weight_ih_l1_reverse",
            "rnn.weight_hh_l1_reverse",
            "rnn.bias_ih_l1_reverse",
            "rnn.bias_hh_l1_reverse",
            "head.weight",
            "head.bias");
    assertThat(shapes.shape("rnn.weight_ih_l0_reverse")).containsExactly(21, 5);
    assertThat(shapes.shape("rnn.weight_ih_l1")).containsExactly(21, 14);
    assertThat(shapes.shape("rnn.weight_ih_l1_reverse")).containsExactly(21, 14);
    assertThat(shapes.shape("rnn.weight_hh_l1_reverse")).containsExactly(21, 7);
    assertThat(shapes.shape("rnn.bias_hh_l1_reverse")).containsExactly(21);
    assertThat(shapes.shape("head.weight")).containsExactly(3, 14);
  }

  @Test
  void tensorsOfASeq2seqModelAreThoseOfThePyTorchModules() {
    TensorShapes shapes =
        seq2seq(TARGET.withEncoderHiddenSize(3).withBidirectionalEncoder(true))
            .cell(Cell.LSTM)
            .layers(2)
            .build()
            .tensorShapes();

    assertThat(shapes.names())
        .startsWith("source_embedding.weight", "target_embedding.weight", "encoder.weight_ih_l0")
        .endsWith(
            "decoder.bias_hh_l1",
            "bridge_h.weight",
            "bridge_h.bias",
            "bridge_c.weight",
            "bridge_c.bias",
            "head.weight",
            "head.bias")
        .hasSize(2 + 16 + 8 + 4 + 2);
    assertThat(shapes.shape("source_embedding.weight")).containsExactly(2, 4);
    assertThat(shapes.shape("target_embedding.weight")).containsExactly(5, 4);
    assertThat(shapes.shape("encoder.weight_ih_l0_reverse")).containsExactly(12, 4);
    assertThat(shapes.shape("encoder.weight_ih_l1")).containsExactly(12, 6);
    assertThat(shapes.shape("encoder.weight_hh_l1_reverse")).containsExactly(12, 3);
    assertThat(shapes.shape("decoder.weight_ih_l0")).containsExactly(32, 4);
    assertThat(shapes.shape("decoder.weight_ih_l1")).containsExactly(32, 8);
    assertThat(shapes.shape("bridge_c.weight")).containsExactly(8, 6);
    assertThat(shapes.shape("head.weight")).containsExactly(5, 8);
  }

  @Test
  void attentionHasTheTensorsThatItsScoresNeed() {
    EncoderDecoder both = TARGET.withBidirectionalEncoder(true);
    TensorShapes additive =
        seq2seq(both.withAttention(Attention.ADDITIVE).withAttentionSize(6)).build().tensorShapes();
    TensorShapes general = seq2seq(both.withAttention(Attention.GENERAL)).build().tensorShapes();
    TensorShapes dot = seq2seq(TARGET.withAttention(Attention.DOT)).build().tensorShapes();

    assertThat(additive.shape("attention.query.weight")).containsExactly(6, 8);
    assertThat(additive.shape("attention.key.weight")).containsExactly(6, 16);
    assertThat(additive.shape("attention.key.bias")).containsExactly(6);
    assertThat(additive.shape("attention.energy.weight")).containsExactly(1, 6);
    assertThat(additive.shape("decoder.weight_ih_l0")).containsExactly(24, 4 + 16);
    assertThat(additive.shape("head.weight")).containsExactly(5, 8 + 16);
    assertThat(general.names()).filteredOn(name -> name.startsWith("attention")).hasSize(1);
    assertThat(general.shape("attention.key.weight")).containsExactly(8, 16);
    assertThat(general.shape("decoder.weight_ih_l0")).containsExactly(24, 4);
    assertThat(general.shape("head.weight")).containsExactly(5, 8 + 16);
    assertThat(dot.names()).noneMatch(name -> name.startsWith("attention"));
    assertThat(dot.names()).noneMatch(name -> name.startsWith("bridge"));
    assertThat(dot.shape("head.weight")).containsExactly(5, 16);
  }

  private static final EncoderDecoder TARGET =
      EncoderDecoder.to(
          Vocabulary.of(List.of("<bos>", "<eos>", "A", "B", "C"), "<bos>", "<eos>", null));

  private static ModelConfig.Builder seq2seq(EncoderDecoder parts) {
    return ModelConfig.builder()
        .task(Task.SEQ2SEQ)
        .cell(Cell.GRU)
        .vocabulary(Vocabulary.of(List.of("a", "b"), null, null, null))
        .embeddingSize(4)
        .hiddenSize(8)
        .encoderDecoder(parts);
  }

  @Test
  void bothGruVariantsHaveTheSameTensors() {
    ModelConfig after = stack(Cell.GRU, true).gruReset(GruReset.AFTER).build();
    ModelConfig before = stack(Cell.GRU, true).gruReset(GruReset.BEFORE).build();

    assertThat(before.tensorShapes().names()).isEqualTo(after.tensorShapes().names());
    for (String name : after.tensorShapes().names()) {
      assertThat(before.tensorShapes().shape(name)).isEqualTo(after.tensorShapes().shape(name));
    }
  }

  /**
   * The published counts add one bias per gate: b_ih and b_hh are only ever used as their sum (but
   * for the n gate of a GRU with reset after), and a PyTorch {@code state_dict} stores both.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "RNN_TANH,  98560,  98304,  98816",
    "RNN_RELU,  98560,  98304,  98816",
    "LSTM,     394240, 393216, 395264",
    "GRU,      295680, 294912, 296448"
  })
  void parametersAtInput128AndHidden256AreThePublishedOnes(
      Cell cell, long published, long withoutBias, long stored) {
    TensorShapes with = stack(cell, true).build().tensorShapes();
    TensorShapes without = stack(cell, false).build().tensorShapes();

    assertThat(with.parameterCount(TensorShapes.STACK_PREFIX)).isEqualTo(stored);
    assertThat(without.parameterCount(TensorShapes.STACK_PREFIX)).isEqualTo(withoutBias);
    assertThat(stored - with.length(TensorShapes.hiddenBias(0))).isEqualTo(published);
  }

  @Test
  void parametersOfTheWholeModelIncludeEmbeddingAndHead() {
    ModelConfig config = stack(Cell.GRU, true).build();

    assertThat(config.parameterCount()).isEqualTo(296_448 + 10 * 256 + 10);
  }

  @Test
  void tensorThatFitsNoArrayIsRefused() {
    assertThatThrownBy(() -> stack(Cell.LSTM, true).hiddenSize(40_000).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor rnn.weight_hh_l0 would have more than 2147483639 values; use smaller sizes");
    assertThatThrownBy(() -> stack(Cell.LSTM, true).hiddenSize(Integer.MAX_VALUE).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2147483647");
  }

  private static ModelConfig.Builder stack(Cell cell, boolean bias) {
    return ModelConfig.builder()
        .task(Task.REGRESS)
        .cell(cell)
        .features(FeatureSchema.unscaled(128))
        .hiddenSize(256)
        .bias(bias)
        .outputSize(10);
  }
}
