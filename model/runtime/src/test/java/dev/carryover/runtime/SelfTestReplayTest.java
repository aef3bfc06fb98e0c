package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model whose weights do not give what its trainer recorded is not loaded. */
class SelfTestReplayTest {
  private static final long SEED = 20260306L;
  private static final RuntimeOptions BF16 =
      RuntimeOptions.DEFAULTS.withWeights(WeightPrecision.BF16);

  @ParameterizedTest
  @EnumSource
  void aModelThatReproducesItsRecordingIsLoaded(Equations equations) {
    ModelFile tokens = recorded(equations.nextToken(9, 4, 7).layers(2).build());
    assertThat(RecurrentModel.load(tokens).config()).isEqualTo(tokens.config());
    ModelFile features =
        recorded(equations.features(5, 7).task(Task.CLASSIFY).outputSize(3).build());
    assertThat(RecurrentModel.load(features).config()).isEqualTo(features.config());
  }

  @ParameterizedTest
  @EnumSource
  void weightsThatAreOnePercentOffAreRefused(Equations equations) {
    ModelFile file = recorded(equations.nextToken(9, 4, 7).layers(2).build());
    for (String tensor : file.config().tensorShapes().names()) {
      Map<String, float[]> tensors = TestingModels.tensors(file);
      float[] values = tensors.get(tensor);
      for (int i = 0; i < values.length; i++) {
        values[i] *= 1.01f;
      }
      ModelFile changed = ModelFile.of(file.config(), tensors, file.selfTests());
      assertThatThrownBy(() -> RecurrentModel.load(changed))
          .as("seed=%d, %s, %s", SEED, equations, tensor)
          .isInstanceOf(SelfTestFailedException.class)
          .hasMessageMatching(
              "model 'testing' gives \\S+ where its trainer recorded \\S+: self-test \\d,"
                  + " step \\d+, output \\d; export it again,"
                  + " the weights and the self-test are not of one model");
    }
  }

  @Test
  void theMessageSaysWhichOutputOfWhichStepIsOff() {
    ModelConfig config = Equations.GRU.features(2, 3).task(Task.REGRESS).outputSize(2).build();
    ModelFile file = recorded(config);
    SelfTest good = file.selfTests().get(0);
    float[][] features = new float[good.steps()][];
    float[][] logits = new float[good.steps()][];
    Arrays.setAll(features, good::features);
    Arrays.setAll(logits, good::logits);
    float given = logits[2][1];
    logits[2][1] = given + 0.5f;
    SelfTest bad = SelfTest.ofFeatures(features, logits);
    ModelFile changed = ModelFile.of(config, TestingModels.tensors(file), List.of(good, bad));
    assertThatThrownBy(() -> RecurrentModel.load(changed))
        .hasMessage(
            "model 'testing' gives %s where its trainer recorded %s: self-test 1, step 2, output 1;"
                    .formatted(given, given + 0.5f)
                + " export it again, the weights and the self-test are not of one model");
  }

  @Test
  void aSingleOutputMayCrossZero() {
    ModelConfig config = Equations.LSTM.features(2, 3).task(Task.CLASSIFY).outputSize(1).build();
    ModelFile file = recorded(config);
    SelfTest good = file.selfTests().get(0);
    // The bias shifts the output of one step to zero, but for the rounding of another trainer.
    Map<String, float[]> tensors = TestingModels.tensors(file);
    float shift = good.logits(1)[0];
    tensors.get(TensorShapes.HEAD_BIAS)[0] -= shift;
    float[][] features = new float[good.steps()][];
    float[][] logits = new float[good.steps()][];
    Arrays.setAll(features, good::features);
    Arrays.setAll(logits, step -> new float[] {good.logits(step)[0] - shift});
    logits[1][0] = 1e-7f;
    RecurrentModel.load(
        ModelFile.of(config, tensors, List.of(SelfTest.ofFeatures(features, logits))));
  }

  @ParameterizedTest
  @EnumSource
  void roundedWeightsAreMeasuredAndLoadedWithinTheTolerance(Equations equations) {
    ModelFile file = recorded(equations.nextToken(9, 4, 7).layers(2).build());
    RecurrentModel model = RecurrentModel.load(file, BF16);
    assertThat(model.weights()).isEqualTo(WeightPrecision.BF16);
    assertThat(model.kernelReason())
        .matches(
            ".*, bf16 weights, which move the outputs of the self-tests by up to [0-9.e-]+,"
                + " [0-9.e-]+ % of the largest \\(allowed are 2\\.00 %\\)");
  }

  @Test
  void roundedWeightsThatMoveAnOutputFurtherAreRefused() {
    ModelFile file = recorded(Equations.GRU.nextToken(9, 4, 7).build());
    assertThatThrownBy(() -> RecurrentModel.load(file, BF16.withWeightTolerance(1e-5)))
        .isInstanceOf(SelfTestFailedException.class)
        .hasMessageMatching(
            "model 'testing' gives \\S+ with bf16 weights where its trainer recorded \\S+, off by"
                + " \\S+ % of the largest output, and 0\\.00100 % are allowed: self-test \\d, step"
                + " \\d+, output \\d; run it with fp32 weights, or allow more");
  }

  @Test
  void whatProvesTheFileIsItsOwnWeights() {
    ModelFile file = recorded(Equations.GRU.nextToken(9, 4, 7).build());
    Map<String, float[]> tensors = TestingModels.tensors(file);
    tensors.get(TensorShapes.HEAD_BIAS)[0] += 0.01f;
    ModelFile changed = ModelFile.of(file.config(), tensors, file.selfTests());
    assertThatThrownBy(() -> RecurrentModel.load(changed, BF16.withWeightTolerance(1)))
        .hasMessageEndingWith("the weights and the self-test are not of one model");
  }

  @Test
  void aFileWithoutSelfTestsSaysThatNothingWasMeasured() {
    ModelFile file = TestingModels.random(Equations.LSTM.nextToken(9, 4, 7).build(), SEED);
    assertThat(RecurrentModel.load(file, BF16).kernelReason())
        .endsWith(", bf16 weights, and no self-test to show what their rounding changes");
  }

  @Test
  void weightsThatAreBf16AlreadyGiveTheBitsOfFp32() {
    ModelFile file = TestingModels.random(Equations.GRU.nextToken(9, 4, 40).build(), SEED);
    Map<String, float[]> tensors = TestingModels.tensors(file);
    tensors.replaceAll((name, values) -> WeightPrecision.BF16.round(values));
    ModelFile rounded = ModelFile.of(file.config(), tensors);
    SelfTest tokens = recorded(file.config()).selfTests().get(0);
    assertThat(SelfTestReplay.step(RecurrentModel.load(rounded, BF16), tokens))
        .isDeepEqualTo(SelfTestReplay.step(RecurrentModel.load(rounded), tokens));
  }

  private static ModelFile recorded(ModelConfig config) {
    return TestingModels.withSelfTests(TestingModels.random(config, SEED), 2, 5, SEED);
  }
}
