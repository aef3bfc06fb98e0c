package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedMatrixTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 64, 65, 96, 97, 200})
  void everyWeightStandsInItsPanelAndPaddingIsZero(int outputs) {
    int inputs = 3;
    float[] weights = new float[outputs * inputs];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i + 1;
    }
    PackedMatrix packed = PackedMatrix.pack(weights, outputs, inputs);
    int padded = (outputs + 31) / 32 * 32;
    assertThat(packed.outputs()).isEqualTo(outputs);
    assertThat(packed.inputs()).isEqualTo(inputs);
    assertThat(packed.paddedOutputs()).isEqualTo(padded);
    assertThat(packed.values()).hasSize(padded * inputs);
    int at = 0;
    for (int panel = 0; panel < padded; panel += 64) {
      int width = Math.min(64, padded - panel);
      for (int k = 0; k < inputs; k++) {
        for (int output = panel; output < panel + width; output++) {
          assertThat(packed.values()[at++])
              .as("output %d, k %d", output, k)
              .isEqualTo(output < outputs ? weights[output * inputs + k] : 0f);
        }
      }
    }
  }

  /** As the class describes it: outputs half a panel apart share a word. */
  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 64, 65, 96, 97, 200})
  void inBf16EveryWordHoldsTheWeightsOfTwoOutputs(int outputs) {
    int inputs = 3;
    float[] weights = new float[outputs * inputs];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 1 / (i + 3f);
    }
    PackedMatrix packed = PackedMatrix.pack(weights, outputs, inputs, WeightPrecision.BF16);
    assertThat(packed.values()).isNull();
    assertThat(packed.words()).hasSize(packed.paddedOutputs() / 2 * inputs);
    int at = 0;
    for (int panel = 0; panel < packed.paddedOutputs(); panel += 64) {
      int half = Math.min(64, packed.paddedOutputs() - panel) / 2;
      for (int k = 0; k < inputs; k++) {
        for (int output = panel; output < panel + half; output++) {
          int word = packed.words()[at++];
          int[] shared = {output, output + half};
          float[] held = {
            Float.intBitsToFloat(word << 16), Float.intBitsToFloat(word & 0xffff0000)
          };
          for (int i = 0; i < 2; i++) {
            float weight = shared[i] < outputs ? weights[shared[i] * inputs + k] : 0f;
            assertThat(held[i])
                .as("output %d, k %d", shared[i], k)
                .isEqualTo(WeightPrecision.BF16.round(weight));
          }
        }
      }
    }
  }

  @Test
  void packingCopies() {
    float[] weights = {1f, 2f};
    PackedMatrix packed = PackedMatrix.pack(weights, 1, 2);
    weights[0] = 9f;
    assertThat(packed.values()[0]).isEqualTo(1f);
  }

  @Test
  void sizesThatDoNotFitTheWeightsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.pack(new float[5], 2, 3))
        .withMessage("cannot pack 5 floats as a matrix [2, 3]: that takes 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.pack(new float[0], 0, 3))
        .withMessage("cannot pack 0 floats as a matrix [0, 3]: that takes 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.pack(new float[1], -1, -1))
        .withMessage("cannot pack 1 floats as a matrix [-1, -1]: that takes 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.pack(new float[0], 1 << 16, 1 << 16))
        .withMessage("cannot pack 0 floats as a matrix [65536, 65536]: that takes 4294967296");
  }

  @Test
  void aMatrixThatOutgrowsAnArrayByItsPaddingIsRefused() {
    int inputs = 1 << 26;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.pack(new float[inputs], 1, inputs))
        .withMessage("a matrix [1, 67108864] exceeds the largest array of the JVM");
  }

  @Test
  void aBiasIsPaddedWithWhatIsAskedFor() {
    PackedMatrix packed = PackedMatrix.pack(new float[33], 33, 1);
    float[] bias = packed.padBias(new float[33], Float.NEGATIVE_INFINITY);
    assertThat(bias).hasSize(64);
    assertThat(bias[32]).isZero();
    assertThat(bias[33]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(bias[63]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> packed.padBias(new float[32], 0f))
        .withMessage("a bias of 32 floats does not fit 33 outputs");
  }
}
