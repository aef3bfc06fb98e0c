package dev.carryover.tests.bench.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.tests.bench.operator.OperatorPipelines.Backend;
import dev.carryover.tests.bench.operator.OperatorPipelines.Variant;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class OperatorBenchmarkITCase {
  private static final int KEYS = 300;
  private static final int EVENTS = 3_000;
  private static final int BATCH = 32;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"RECURRENT", "ONNX_RUNTIME"})
  void whatScoresAnswersAsAPlainLoop(Variant variant) throws Exception {
    ModelFile model = OperatorBenchmark.model();
    OperatorPipelines pipelines = new OperatorPipelines(model, folder.resolve("bench.safetensors"));

    OperatorAgreement.require(
        pipelines, variant, BATCH, model, OperatorBenchmark.events(model, KEYS), EVENTS);
  }

  @ParameterizedTest
  @EnumSource(names = {"RECURRENT", "ONNX_RUNTIME"})
  void anotherModelsAnswersAreNotTimed(Variant variant) throws Exception {
    ModelFile model = OperatorBenchmark.model();
    ModelFile other = OperatorModel.of(128, 36, 1);
    OperatorPipelines pipelines = new OperatorPipelines(other, folder.resolve("other.safetensors"));
    EventPool events = OperatorBenchmark.events(model, KEYS);

    assertThatThrownBy(
            () -> OperatorAgreement.require(pipelines, variant, BATCH, model, events, EVENTS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("where a plain loop gives")
        .hasMessageContaining("nothing was timed");
  }

  @Test
  void everyPipelineGivesEveryEventOneResult() throws Exception {
    ModelFile model = OperatorBenchmark.model();
    OperatorPipelines pipelines = new OperatorPipelines(model, folder.resolve("bench.safetensors"));
    EventPool events = OperatorBenchmark.events(model, KEYS);

    for (Backend backend : Backend.values()) {
      for (Variant variant : Variant.values()) {
        assertThat(pipelines.run(variant, backend, BATCH, events, 1_000, EVENTS).cpuNanos())
            .as("%s, %s", variant, backend)
            .isPositive();
      }
    }
    assertThat(new KernelLoop(model, BATCH).run(EVENTS).cpuNanos()).isPositive();
  }
}
