package dev.carryover.tests.bench.step.contenders;

import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.carryover.model.spec.Cell;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class StepAgreementTest {
  private static final long SEED = 20261120;

  @ParameterizedTest
  @EnumSource(
      value = Cell.class,
      names = {"RNN_TANH", "GRU", "LSTM"})
  void everyRuntimeStepsToTheSameStates(Cell cell) {
    for (int hiddenSize : new int[] {64, 128}) {
      for (int batch : new int[] {1, 5, 32}) {
        StepWorkload workload = StepWorkload.of(cell, hiddenSize, batch, SEED);
        for (StepRuntime runtime : StepRuntime.values()) {
          assertThatNoException()
              .as("%s, H=%d, B=%d, seed=%d", runtime, hiddenSize, batch, SEED)
              .isThrownBy(() -> runtime.check(workload));
        }
      }
    }
  }
}
