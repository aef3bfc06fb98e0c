package dev.carryover.runtime.cells;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.ScalarKernels;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a layer asks of its weights, and how tokens reach it. */
class LayersTest {
  private static final Kernels KERNELS = new ScalarKernels();
  private static final int INPUT = 3;
  private static final int HIDDEN = 5;

  static Stream<Arguments> layers() {
    return Stream.of(
        layer(1, weights -> RnnLayer.tanh(KERNELS, weights)),
        layer(1, weights -> RnnLayer.relu(KERNELS, weights)),
        layer(4, weights -> LstmLayer.of(KERNELS, weights)),
        layer(3, weights -> GruLayer.of(KERNELS, weights)),
        layer(3, weights -> ChoGruLayer.of(KERNELS, weights)));
  }

  private static Arguments layer(int gates, Function<LayerWeights, RecurrentLayer> make) {
    return Arguments.of(gates, make);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void weightsOfAnotherLengthAreRefused(int gates, Function<LayerWeights, RecurrentLayer> make) {
    int input = gates * HIDDEN * INPUT;
    int recurrent = gates * HIDDEN * HIDDEN;
    int bias = gates * HIDDEN;
    make.apply(weights(input, recurrent, bias, bias));
    assertRefused(make, weights(input + 1, recurrent, bias, bias), "input weights", input);
    assertRefused(make, weights(input, recurrent + 1, bias, bias), "recurrent weights", recurrent);
    assertRefused(make, weights(input, recurrent, bias + 1, bias), "input bias", bias);
    assertRefused(make, weights(input, recurrent, bias, bias + 1), "recurrent bias", bias);
  }

  private static void assertRefused(
      Function<LayerWeights, RecurrentLayer> make, LayerWeights weights, String what, int length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> make.apply(weights))
        .withMessage("%s hold %d floats where the layer's sizes take %d", what, length + 1, length);
  }

  private static LayerWeights weights(int input, int recurrent, int inputBias, int recurrentBias) {
    return new LayerWeights(
        INPUT,
        HIDDEN,
        new float[input],
        new float[recurrent],
        new float[inputBias],
        new float[recurrentBias],
        WeightPrecision.FP32);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void paddingOfTheStateStaysZero(int gates, Function<LayerWeights, RecurrentLayer> make) {
    for (WeightPrecision precision : WeightPrecision.values()) {
      checkPadding(make.apply(random(gates, precision)));
    }
  }

  private static void checkPadding(RecurrentLayer layer) {
    LayerScratch scratch = layer.newScratch(2);
    Rows input = new Rows(2, INPUT);
    Arrays.fill(input.values(), 0.5f);
    for (int step = 0; step < 5; step++) {
      layer.project(input, scratch, 2);
      layer.step(scratch, 2);
    }
    for (Rows rows : new Rows[] {scratch.h(), scratch.c()}) {
      for (int row = 0; rows != null && row < 2; row++) {
        int from = rows.offset(row);
        float[] padding = Arrays.copyOfRange(rows.values(), from + HIDDEN, from + rows.stride());
        assertThat(padding).containsOnly(0f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void bothHalvesAtOnceHaveTheBitsOfOneAfterTheOther(
      int gates, Function<LayerWeights, RecurrentLayer> make) {
    for (int hidden : new int[] {HIDDEN, 256}) {
      RecurrentLayer layer = make.apply(random(gates, hidden, WeightPrecision.FP32));
      for (int count : new int[] {1, 2}) {
        LayerScratch apart = layer.newScratch(count);
        LayerScratch atOnce = layer.newScratch(count);
        Rows input = new Rows(count, INPUT);
        Arrays.fill(input.values(), 0.5f);
        for (int step = 0; step < 3; step++) {
          layer.project(input, apart, count);
          layer.step(apart, count);
          layer.step(input, atOnce, count);
        }
        assertThat(atOnce.h().values()).isEqualTo(apart.h().values());
        if (apart.c() != null) {
          assertThat(atOnce.c().values()).isEqualTo(apart.c().values());
        }
      }
    }
  }

  @Test
  void anEmbeddingIsFoldedUpToItsBudget() {
    RecurrentLayer layer = GruLayer.of(KERNELS, random(3, WeightPrecision.FP32));
    float[] embedding = new float[7 * INPUT];
    int table = 7 * 3 * 32 * Float.BYTES;
    assertThat(FoldedEmbedding.of(layer, embedding, 7, table).folded()).isTrue();
    assertThat(FoldedEmbedding.of(layer, embedding, 7, table - 1).folded()).isFalse();
    assertThat(FoldedEmbedding.of(layer, embedding, 7, 0).folded()).isFalse();
  }

  @Test
  void anEmbeddingThatIsNotFoldedIsCopied() {
    RecurrentLayer layer = GruLayer.of(KERNELS, random(3, WeightPrecision.FP32));
    float[] embedding = {1f, 2f, 3f};
    FoldedEmbedding kept = FoldedEmbedding.of(layer, embedding, 1, 0);
    Arrays.fill(embedding, Float.NaN);
    LayerScratch scratch = layer.newScratch(1);
    kept.project(new int[1], kept.newInput(1), scratch, 1);
    assertThat(KERNELS.allFinite(scratch.sums.values(), 0, scratch.sums.stride())).isTrue();
  }

  private static LayerWeights random(int gates, WeightPrecision precision) {
    return random(gates, HIDDEN, precision);
  }

  private static LayerWeights random(int gates, int hidden, WeightPrecision precision) {
    Random random = new Random(20260310L);
    int rows = gates * hidden;
    return new LayerWeights(
        INPUT,
        hidden,
        floats(random, rows * INPUT),
        floats(random, rows * hidden),
        floats(random, rows),
        floats(random, rows),
        precision);
  }

  private static float[] floats(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
