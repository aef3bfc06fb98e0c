package dev.carryover.tests.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.step.StepBenchmark.CpuTime;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an iteration reports, called as JMH calls it; how fast is not asked here. */
class StepBenchmarkTest {
  private static CpuTime iterate(StepBenchmark benchmark) {
    CpuTime time = new CpuTime();
    benchmark.turn();
    time.begin();
    benchmark.step(time);
    time.end(benchmark);
    return time;
  }

  private static StepBenchmark open(StepRuntime runtime) {
    StepBenchmark benchmark = new StepBenchmark();
    benchmark.cell = Cell.GRU;
    benchmark.hiddenSize = 64;
    benchmark.batches = "2";
    benchmark.runtime = runtime;
    benchmark.open();
    return benchmark;
  }

  @Test
  void productsAreTimedInTurnsWithTheCeilings() {
    StepBenchmark benchmark = open(StepRuntime.RECURRENT_PRODUCT);
    CpuTime first = iterate(benchmark);
    CpuTime second = iterate(benchmark);
    benchmark.close();
    assertThat(first.rows()).isEqualTo(2);
    assertThat(first.nanosPerStep()).isPositive();
    assertThat(first.floatingPointBefore()).isPositive();
    assertThat(first.readBefore()).isPositive();
    assertThat(second.floatingPointBefore()).isEqualTo(first.floatingPointAfter());
    assertThat(second.readBefore()).isEqualTo(first.readAfter());
    assertThat(List.of(second.floatingPointAfter(), second.readAfter()))
        .allMatch(rate -> rate > 0)
        .isNotEqualTo(List.of(second.floatingPointBefore(), second.readBefore()));
  }

  @Test
  void aStepHasNoCeilingsBesideIt() {
    StepBenchmark benchmark = open(StepRuntime.SIMD_FOLDED);
    CpuTime time = iterate(benchmark);
    benchmark.close();
    assertThat(time.floatingPointBefore()).isNaN();
    assertThat(time.readAfter()).isNaN();
  }
}
