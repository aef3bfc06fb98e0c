package dev.carryover.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.vocabulary.Vocabulary;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelConfigTest {
  private static final Vocabulary VOCABULARY =
      Vocabulary.of(List.of("<bos>", "a", "b"), "<bos>", null, null);

  private static final EncoderDecoder TARGET =
      EncoderDecoder.to(Vocabulary.of(List.of("<bos>", "<eos>", "A", "B"), "<bos>", "<eos>", null));

  @Test
  void nextTokenHasOneOutputPerToken() {
    ModelConfig config = nextToken().layers(2).build();

    assertThat(config.tokenInput()).isTrue();
    assertThat(config.inputSize()).isEqualTo(4);
    assertThat(config.outputSize()).isEqualTo(3);
    assertThat(config.labels()).isEmpty();
    assertThat(config.features()).isNull();
    assertThat(config.stateLayout()).isEqualTo(new StateLayout(2, 8, 1));
    assertThat(config.gruReset()).isEqualTo(GruReset.AFTER);
    assertThat(config.formatVersion()).isEqualTo(1);
    assertThat(config)
        .hasToString(
            "model: next-token, gru of 2 x 8, 3 tokens embedded in 4, 3 outputs, 807 parameters");
  }

  @Test
  void alertThresholdsNeedWhatTheyCompareWith() {
    AlertThresholds ranks = new AlertThresholds(2, 1f, AlertThresholds.NEVER, false, 0.01f);
    AlertThresholds ends = new AlertThresholds(2, 1f, 5f, false, 0.01f);
    AlertThresholds unknown = new AlertThresholds(2, 1f, AlertThresholds.NEVER, true, 0.01f);

    ModelConfig config = nextToken().alerts(ranks).build();

    assertThat(config.formatVersion()).isEqualTo(2);
    assertThat(config.toBuilder().build()).isEqualTo(config).isNotEqualTo(nextToken().build());
    assertThatThrownBy(() -> nextToken().alerts(ends).vocabulary(plain()).build())
        .hasMessage(
            "the end of a sequence alerts from 5.0 nats on and the vocabulary has no end token;"
                + " leave end_surprisal out");
    assertThatThrownBy(() -> nextToken().alerts(unknown).vocabulary(plain()).build())
        .hasMessage("unknown tokens alert and the vocabulary has no unknown token; leave that out");
    assertThatThrownBy(
            () -> nextToken().alerts(new AlertThresholds(3, 1f, 5f, false, 0.01f)).build())
        .hasMessage("the alert rank is 3 and the vocabulary has 3 tokens; ranks are 0 to 2");
    assertThatThrownBy(() -> classify().outputSize(1).alerts(ranks).build())
        .hasMessage(
            "task classify has alert thresholds; only next-token ranks tokens, leave them out");
  }

  @Test
  void alertNeedsRankAndSurprisalTogetherButNotAtTheEndNorOfTheUnknown() {
    Vocabulary vocabulary =
        Vocabulary.of(List.of("<unk>", "<eos>", "a", "b"), null, "<eos>", "<unk>");
    AlertThresholds alerts = new AlertThresholds(2, 6f, 8f, true, 0.01f);

    assertThat(alerts.alerts(vocabulary, 2, 2, 6f)).isTrue();
    assertThat(alerts.alerts(vocabulary, 2, 1, 9f)).isFalse();
    assertThat(alerts.alerts(vocabulary, 2, 3, 5f)).isFalse();
    assertThat(alerts.alerts(vocabulary, 1, 3, 7f)).isFalse();
    assertThat(alerts.alerts(vocabulary, 1, 0, 8f)).isTrue();
    assertThat(alerts.alerts(vocabulary, 0, 0, 0f)).isTrue();
  }

  private static Vocabulary plain() {
    return Vocabulary.of(List.of("a", "b", "c"), null, null, null);
  }

  @Test
  void binaryClassifierHasOneOutputAndTwoLabels() {
    ModelConfig config = classify().outputSize(1).build();

    assertThat(config.outputSize()).isEqualTo(1);
    assertThat(config.labels()).containsExactly("0", "1");
    assertThat(config.inputSize()).isEqualTo(5);
    assertThat(config.vocabulary()).isNull();
    assertThat(config.stateLayout()).isEqualTo(new StateLayout(1, 8, 2));
  }

  @Test
  void labelsAloneDecideTheNumberOfOutputs() {
    ModelConfig config = classify().labels(List.of("red", "green", "blue")).build();

    assertThat(config.outputSize()).isEqualTo(3);
    assertThat(config.labels()).containsExactly("red", "green", "blue");
  }

  @Test
  void builderOfAConfigBuildsItAgain() {
    ModelConfig tokens = nextToken().gruReset(GruReset.BEFORE).provenance("epochs", "20").build();
    ModelConfig features = classify().labels(List.of("no", "yes")).outputSize(1).build();

    assertThat(tokens.toBuilder().build()).isEqualTo(tokens).hasSameHashCodeAs(tokens);
    assertThat(features.toBuilder().build()).isEqualTo(features).hasSameHashCodeAs(features);
    assertThat(tokens.toBuilder().hiddenSize(9).build()).isNotEqualTo(tokens);
  }

  @Test
  void whatMakesNoModelIsRefused() {
    refused(nextToken().task(null), "task is absent; every model has one");
    refused(nextToken().cell(null), "cell is absent; every model has one");
    refused(nextToken().hiddenSize(0), "hidden_size is 0; it is at least 1");
    refused(nextToken().layers(-1), "layers is -1; it is at least 1");
    refused(nextToken().embeddingSize(0), "embedding_size is 0; it is at least 1");
    refused(
        nextToken().modelId("a/b"),
        "model id 'a/b' does not match [A-Za-z0-9][A-Za-z0-9._-]{0,127}; use letters, digits, '.',"
            + " '_' and '-'");
    refused(
        nextToken().vocabulary(null),
        "the model has neither a vocabulary nor features; give it one of them");
    refused(
        nextToken().features(FeatureSchema.unscaled(2)),
        "the model has both a vocabulary and features; give it one of them");
    refused(
        nextToken().outputSize(4),
        "the head has 4 outputs and the vocabulary 3 tokens; next-token has one per token");
    refused(
        nextToken().labels(List.of("a")),
        "task next-token has 1 labels; only classify and label have labels, leave them out");
    refused(
        classify().outputSize(1).embeddingSize(3),
        "embedding_size is 3 and the input is features; only tokens are embedded, leave"
            + " embedding_size out");
    refused(
        classify().task(Task.NEXT_TOKEN),
        "task next-token has features and no vocabulary; it predicts tokens, give it one");
    refused(classify(), "number of labels is 0; it is at least 1");
    refused(classify().task(Task.REGRESS), "outputs is 0; it is at least 1");
    refused(
        classify().outputSize(3).labels(List.of("a", "b")),
        "there are 2 labels for 3 outputs; give one per output, or two for one binary output");
    refused(
        classify().labels(List.of("a", "b", "a")),
        "label 'a' occurs twice; every label must be unique");
    refused(
        classify().outputSize(1).gruReset(GruReset.BEFORE),
        "gru_reset is before and the cell is lstm; only the gru has a reset gate, leave gru_reset"
            + " out");
  }

  @Test
  void seq2seqHasOneOutputPerTargetTokenAndTheEncodersState() {
    ModelConfig config =
        seq2seq(TARGET.withEncoderHiddenSize(3).withAttention(Attention.ADDITIVE))
            .layers(2)
            .build();

    assertThat(config.outputSize()).isEqualTo(4);
    assertThat(config.stateLayout()).isEqualTo(new StateLayout(2, 3, 1));
    assertThat(config.encoderDecoder().attentionSize()).isEqualTo(8);
    assertThat(config.encoderDecoder().keySize()).isEqualTo(3);
    assertThat(config.encoderDecoder().decoderInputSize(config.inputSize())).isEqualTo(4 + 3);
    assertThat(config.encoderDecoder().headInputSize(config.hiddenSize())).isEqualTo(8 + 3);
    assertThat(config.formatVersion()).isEqualTo(4);
    assertThat(config.toBuilder().build()).isEqualTo(config).hasSameHashCodeAs(config);
    assertThat(config).isNotEqualTo(seq2seq(TARGET).layers(2).build());
    assertThat(config)
        .hasToString(
            "model: seq2seq, gru of 2 x 8, 2 tokens embedded in 4, encoder of 3, additive attention,"
                + " 4 outputs, 1,201 parameters");
    assertThat(seq2seq(TARGET.withBidirectionalEncoder(true)).build().toString())
        .contains("encoder of 8 in two directions, no attention");
  }

  @Test
  void bridgeIsThereWhereTheEncodersStateIsNotTheDecoders() {
    assertThat(seq2seq(TARGET).build().encoderDecoder().hasBridge(8)).isFalse();
    assertThat(seq2seq(TARGET.withEncoderHiddenSize(3)).build().encoderDecoder().hasBridge(8))
        .isTrue();
    // Two directions of half the size still have to be joined, layer by layer.
    EncoderDecoder both = TARGET.withEncoderHiddenSize(4).withBidirectionalEncoder(true);
    assertThat(both.keySize()).isEqualTo(8);
    assertThat(both.hasBridge(8)).isTrue();
  }

  @Test
  void whatMakesNoSeq2seqModelIsRefused() {
    refused(
        seq2seq(TARGET).encoderDecoder(null),
        "task seq2seq has no encoder and no decoder; say what they are");
    refused(
        nextToken().encoderDecoder(TARGET),
        "task next-token has an encoder and a decoder; only seq2seq has, leave them out");
    refused(
        seq2seq(TARGET).vocabulary(null).embeddingSize(0).features(FeatureSchema.unscaled(2)),
        "task seq2seq has features and no source vocabulary; it reads tokens, give it one");
    refused(
        seq2seq(TARGET).vocabulary(VOCABULARY),
        "the source vocabulary has the special tokens SpecialTokens[begin=<bos>, end=null,"
            + " unknown=null]; an encoder begins at the zero state and ends with its sequence, leave"
            + " begin and end out");
    refused(
        seq2seq(TARGET).outputSize(3),
        "the head has 3 outputs and the target vocabulary 4 tokens; seq2seq has one per token");
    refused(
        seq2seq(TARGET).bidirectional(true),
        "bidirectional is true and the task is seq2seq; its decoder has one direction, say"
            + " bidirectional_encoder for its encoder");
    refused(
        seq2seq(TARGET.withEncoderHiddenSize(3).withAttention(Attention.DOT)),
        "the attention is dot, the encoder's outputs have 3 values and hidden_size is 8; dot needs"
            + " them equal, choose general or other sizes");
  }

  @Test
  void whatMakesNoEncoderAndDecoderIsRefused() {
    assertThatThrownBy(() -> EncoderDecoder.to(plain()))
        .hasMessage(
            "the target vocabulary has no begin token; a decoder begins with one and ends with one,"
                + " name them");
    assertThatThrownBy(() -> EncoderDecoder.to(VOCABULARY))
        .hasMessage(
            "the target vocabulary has no end token; a decoder begins with one and ends with one,"
                + " name them");
    assertThatThrownBy(() -> TARGET.withEncoderHiddenSize(-1))
        .hasMessage("encoder_hidden_size is -1; it is at least 1");
    assertThatThrownBy(() -> TARGET.withAttentionSize(-1))
        .hasMessage("attention_size is -1; it is at least 1");
    assertThatThrownBy(() -> TARGET.withAttentionSize(8))
        .hasMessage(
            "attention_size is 8 and the attention is none; only additive has a size, leave it out");
    assertThatThrownBy(() -> TARGET.withMaximumOutputLength(65_537))
        .hasMessage("maximum_output_length is 65537; it is 1 to 65536");
  }

  @Test
  void labelsOfEveryStepAreThoseOfAClassifier() {
    ModelConfig config = classify().task(Task.LABEL).labels(List.of("noun", "verb")).build();

    assertThat(config.outputSize()).isEqualTo(2);
    assertThat(config.labels()).containsExactly("noun", "verb");
    assertThat(config.layerOutputSize()).isEqualTo(8);
    assertThat(config.formatVersion()).isEqualTo(3);
    assertThat(config.toBuilder().build()).isEqualTo(config);
    assertThat(classify().outputSize(1).build().formatVersion()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLASSIFY", "LABEL"})
  void labelsMayBeToldFromBothDirections(Task task) {
    ModelConfig config = classify().task(task).outputSize(3).bidirectional(true).build();

    assertThat(config.layerOutputSize()).isEqualTo(16);
    assertThat(config.formatVersion()).isEqualTo(3);
    assertThat(config.toBuilder().build()).isEqualTo(config).hasSameHashCodeAs(config);
    assertThat(config.toBuilder().bidirectional(false).build()).isNotEqualTo(config);
    assertThat(config)
        .hasToString(
            "model: %s, lstm of 1 x 8 in two directions, 5 features, 3 outputs, 1,011 parameters"
                .formatted(task));
  }

  @Test
  void whatIsPredictedMayNotBeRead() {
    refused(
        nextToken().bidirectional(true),
        "bidirectional is true and the task is next-token; only classify and label may read what"
            + " comes later, leave bidirectional out");
    refused(
        classify().task(Task.REGRESS).outputSize(1).bidirectional(true),
        "bidirectional is true and the task is regress; only classify and label may read what"
            + " comes later, leave bidirectional out");
  }

  @Test
  void namesAreThoseOfConfigs() {
    for (Task task : Task.values()) {
      assertThat(Task.fromConfigName(task.configName())).contains(task);
    }
    for (Cell cell : Cell.values()) {
      assertThat(Cell.fromConfigName(cell.configName())).contains(cell);
    }
    for (GruReset reset : GruReset.values()) {
      assertThat(GruReset.fromConfigName(reset.configName())).contains(reset);
    }
    for (Attention attention : Attention.values()) {
      assertThat(Attention.fromConfigName(attention.configName())).contains(attention);
    }
    assertThat(Attention.fromConfigName("bahdanau")).isEmpty();
    assertThat(Task.fromConfigName("NEXT_TOKEN")).isEmpty();
    assertThat(Cell.fromConfigName("rnn")).isEmpty();
    assertThat(GruReset.fromConfigName(null)).isEmpty();
  }

  private static ModelConfig.Builder nextToken() {
    return ModelConfig.builder()
        .task(Task.NEXT_TOKEN)
        .cell(Cell.GRU)
        .vocabulary(VOCABULARY)
        .embeddingSize(4)
        .hiddenSize(8);
  }

  private static ModelConfig.Builder seq2seq(EncoderDecoder parts) {
    return ModelConfig.builder()
        .task(Task.SEQ2SEQ)
        .cell(Cell.GRU)
        .vocabulary(Vocabulary.of(List.of("a", "b"), null, null, null))
        .embeddingSize(4)
        .hiddenSize(8)
        .encoderDecoder(parts);
  }

  private static ModelConfig.Builder classify() {
    return ModelConfig.builder()
        .task(Task.CLASSIFY)
        .cell(Cell.LSTM)
        .features(FeatureSchema.unscaled(5))
        .hiddenSize(8);
  }

  private static void refused(ModelConfig.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
