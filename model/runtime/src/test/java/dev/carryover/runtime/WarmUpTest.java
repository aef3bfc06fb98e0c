package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingModels.Equations;
import dev.carryover.runtime.TestingWorkload.RowResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Warming a model up changes nothing but the time that its first steps take. */
class WarmUpTest {
  private static final long SEED = 20260312L;
  private static final Duration SHORT = Duration.ofMillis(50);

  @ParameterizedTest
  @EnumSource
  void resultsDoNotDependOnIt(Equations equations) {
    assertUnchanged(equations.nextToken(9, 4, 7).build());
    assertUnchanged(equations.tokens(9, 4, 7).task(Task.CLASSIFY).outputSize(2).build());
    assertUnchanged(equations.features(3, 7).task(Task.REGRESS).outputSize(2).build());
  }

  private static void assertUnchanged(ModelConfig config) {
    RecurrentModel model = RecurrentModel.load(TestingModels.random(config, SEED));
    TestingWorkload workload = TestingWorkload.random(config, 3, 4, SEED);
    RowResult[][] before = workload.run(model, workload.together());
    float[] initial = model.newState();
    model.warmUp(SHORT);
    assertThat(Arrays.deepToString(workload.run(model, workload.together())))
        .as("seed=%d, %s", SEED, config)
        .isEqualTo(Arrays.deepToString(before));
    assertThat(model.newState()).isEqualTo(initial);
  }

  @Test
  void noTimeIsNoStep() {
    ModelFile file = TestingModels.random(Equations.GRU.nextToken(9, 4, 7).build(), SEED);
    RecurrentModel.load(file).warmUp(Duration.ZERO);
  }

  @Test
  void aStateThatOverflowsOnMadeUpInputBeginsAnew() {
    ModelConfig config = Equations.ELMAN_RELU.nextToken(3, 1, 2).build();
    Map<String, float[]> weights = TestingModels.randomTensors(config, SEED);
    weights.put(TensorShapes.hiddenWeight(0), new float[] {1e10f, 1e10f, 1e10f, 1e10f});
    weights.put(TensorShapes.inputBias(0), new float[] {5f, 5f});
    RecurrentModel.load(ModelFile.of(config, weights)).warmUp(SHORT);
  }
}
