package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingModels.Equations;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model whose weights do not give what its trainer recorded is not loaded. */
class SelfTestReplayTest {
  private static final long SEED = 20260306L;

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

  private static ModelFile recorded(ModelConfig config) {
    return TestingModels.withSelfTests(TestingModels.random(config, SEED), 2, 5, SEED);
  }
}
