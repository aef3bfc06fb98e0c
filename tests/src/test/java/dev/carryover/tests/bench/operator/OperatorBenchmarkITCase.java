package dev.carryover.tests.bench.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class OperatorBenchmarkITCase {
  private static final int KEYS = 300;
  private static final int EVENTS = 3_000;

  @TempDir private Path folder;

  @Test
  void theOperatorAnswersAsAPlainLoop() throws Exception {
    ModelFile model = OperatorBenchmark.model();
    OperatorPipelines pipelines =
        OperatorBenchmark.pipelines(model, folder.resolve("bench.safetensors"));

    OperatorAgreement.require(pipelines, model, OperatorBenchmark.events(model, KEYS), EVENTS);
  }

  @Test
  void anotherModelsAnswersAreNotTimed() throws Exception {
    ModelFile model = OperatorBenchmark.model();
    ModelFile other = OperatorModel.of(128, 36, 1);
    OperatorPipelines pipelines =
        OperatorBenchmark.pipelines(other, folder.resolve("other.safetensors"));
    EventPool events = OperatorBenchmark.events(model, KEYS);

    assertThatThrownBy(() -> OperatorAgreement.require(pipelines, model, events, EVENTS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("where a plain loop gives")
        .hasMessageContaining("nothing was timed");
  }

  @Test
  void bothPipelinesGiveEveryEventOneResult() throws Exception {
    ModelFile model = OperatorBenchmark.model();
    OperatorPipelines pipelines =
        OperatorBenchmark.pipelines(model, folder.resolve("bench.safetensors"));
    EventPool events = OperatorBenchmark.events(model, KEYS);

    assertThat(pipelines.withoutModel(events, 1_000, EVENTS).cpuNanos()).isPositive();
    assertThat(pipelines.withModel(events, 1_000, EVENTS).cpuNanos()).isPositive();
    assertThat(new KernelLoop(model).run(EVENTS).cpuNanos()).isPositive();
  }
}
