package dev.carryover.runtime.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoder, bridge, attention and decoder against the published equations in double. */
class TransductionEquationsTest {
  private static final long SEED = 20261101L;

  /** Of values below ten, after some tens of steps in floats. */
  private static final Offset<Double> TOLERANCE = Offset.offset(2e-5);

  static Stream<ModelConfig> everyKind() {
    return TestingTransducers.everyKind().stream();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void everyStepFollowsTheEquations(ModelConfig config) {
    check(config);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void everyCellDecodesWithAdditiveAttention(Cell cell) {
    check(TestingTransducers.config(cell, Attention.ADDITIVE, true, 20, 13).layers(2).build());
  }

  static Cell[] cells() {
    return Cell.values();
  }

  @Test
  void additiveAttentionMayHaveASizeOfItsOwn() {
    ModelConfig config =
        TestingTransducers.config(Cell.GRU, Attention.ADDITIVE, false, 20, 20).build();
    check(config.toBuilder().encoderDecoder(config.encoderDecoder().withAttentionSize(37)).build());
  }

  private static void check(ModelConfig config) {
    ModelFile file = TestingTransducers.random(config, SEED);
    Seq2SeqModel model = Seq2SeqModel.load(file);
    for (int[] source : TestingTransducers.sources(3, 40, SEED)) {
      TestingTransduction reference = new TestingTransduction(file, source);
      Encoding encoding = model.encodeWhole(source);
      int keySize = config.encoderDecoder().keySize();
      for (int s = 0; s < source.length; s++) {
        for (int j = 0; j < keySize; j++) {
          assertThat((double) encoding.outputs()[s * keySize + j])
              .as("seed=%d, %s, output %d of step %d", SEED, config, j, s)
              .isCloseTo(reference.keys[s][j], TOLERANCE);
        }
      }
      int[] target = new Random(SEED).ints(12, 0, config.outputSize()).toArray();
      Seq2SeqModel.Forced forced = model.force(encoding, target);
      for (int t = 0; t < target.length; t++) {
        reference.step(t == 0 ? 0 : target[t - 1]);
        String what = "seed=%d, %s, step %d".formatted(SEED, config, t);
        assertClose(forced.logits()[t], reference.logits, what);
        if (config.encoderDecoder().attention().hasContext()) {
          assertClose(forced.attention()[t], reference.weights, what + ", attention");
        }
      }
      assertThat(forced.attention() != null)
          .isEqualTo(config.encoderDecoder().attention().hasContext());
    }
  }

  private static void assertClose(float[] actual, double[] expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int j = 0; j < actual.length; j++) {
      assertThat((double) actual[j]).as("%s, value %d", what, j).isCloseTo(expected[j], TOLERANCE);
    }
  }

  @Test
  void weightsOfASourceOfOneStepAreOne() {
    ModelConfig config =
        TestingTransducers.config(Cell.GRU, Attention.GENERAL, false, 12, 9).build();
    Seq2SeqModel model = Seq2SeqModel.load(TestingTransducers.random(config, SEED));
    Seq2SeqModel.Forced forced = model.force(model.encodeWhole(new int[] {3}), new int[] {2, 5});
    assertThat(List.of(forced.attention()[0][0], forced.attention()[1][0])).containsOnly(1f);
  }
}
