package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A decoding that is stored and resumed goes on as if nothing had happened. */
class DecodingStateTest {
  private static final long SEED = 20261104L;

  static Stream<ModelConfig> everyKind() {
    return TestingTransducers.everyKind().stream();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void resumingAfterEveryStepGivesTheSameBits(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    Seq2SeqModel model = Seq2SeqModel.load(file);
    Seq2SeqModel restored = Seq2SeqModel.load(file);
    DecodingOptions options =
        model
            .options(4)
            .withNBest(4)
            .withAttention(config.encoderDecoder().attention().hasContext());
    for (int[] source : TestingTransducers.sources(4, 30, SEED)) {
      Encoding encoding = model.encodeWhole(source);
      String expected =
          OneArithmeticOfTransductionTest.text(
              model.newDecoder(4).decode(List.of(encoding), options).get(0));
      Encoding kept = restored.encoding(encoding.state(), encoding.outputs());
      DecoderSession session = restored.newDecoder(4);
      Decoding decoding = restored.begin(kept, options);
      while (!decoding.finished()) {
        decoding = restored.resume(kept, options, decoding.snapshot());
        session.step(List.of(decoding));
      }
      decoding = restored.resume(kept, options, decoding.snapshot());
      assertThat(OneArithmeticOfTransductionTest.text(decoding.nBest()))
          .as("seed=%d, %s", SEED, config)
          .isEqualTo(expected);
    }
  }

  @Test
  void aSnapshotDoesNotFollowItsDecoding() {
    ModelConfig config = TestingTransducers.everyKind().get(8);
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    Encoding encoding = model.encodeWhole(new int[] {1, 2, 3});
    DecodingOptions options = model.options(2).withNBest(2).withAttention(true);
    DecoderSession session = model.newDecoder(2);
    Decoding decoding = model.begin(encoding, options);
    session.step(List.of(decoding));
    DecodingState early = decoding.snapshot();
    while (session.step(List.of(decoding)) > 0) {
      assertThat(early.step()).isEqualTo(1);
    }
    Decoding again = model.resume(encoding, options, early);
    while (session.step(List.of(again)) > 0) {
      assertThat(again.steps()).isGreaterThan(1);
    }
    assertThat(OneArithmeticOfTransductionTest.text(again.nBest()))
        .isEqualTo(OneArithmeticOfTransductionTest.text(decoding.nBest()));
  }

  @Test
  void aSnapshotOfAnotherDecodingIsRefused() {
    ModelConfig config = TestingTransducers.everyKind().get(0);
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    Encoding encoding = model.encodeWhole(new int[] {1, 2, 3});
    Decoding decoding = model.begin(encoding, model.options(3));
    model.newDecoder(3).step(List.of(decoding));
    DecodingState from = decoding.snapshot();
    assertThatThrownBy(() -> model.resume(encoding, model.options(2), from))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "the snapshot has 1 steps, 3 rows and 3 tokens, which is none of a decoding of model"
                + " 'testing' with DecodingOptions[beamWidth=2,")
        .hasMessageContaining(
            "states of 14 floats; resume it with the model and the options that it was taken with");
    from.parents()[1] = 3;
    assertThatThrownBy(() -> model.resume(encoding, model.options(3), from))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the snapshot has 1 steps, 3 rows and 3 tokens");
  }
}
