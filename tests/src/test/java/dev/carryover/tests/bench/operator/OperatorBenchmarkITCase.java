package dev.carryover.tests.bench.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.tests.bench.operator.OperatorPipelines.Backend;
import dev.carryover.tests.bench.operator.OperatorPipelines.Variant;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark times gives the right answer; how fast is not asked here. */
class OperatorBenchmarkITCase {
  private static final int KEYS = 300;
  private static final int EVENTS = 3_000;
  private static final int BATCH = 32;
  private static final double STATE_BYTES = 528;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"RECURRENT, FP32", "ONNX_RUNTIME, FP32", "RECURRENT, BF16"})
  void whatScoresAnswersAsAPlainLoop(Variant variant, WeightPrecision weights) throws Exception {
    ModelFile model = OperatorBenchmark.model(weights);
    OperatorPipelines pipelines =
        new OperatorPipelines(
            model,
            folder.resolve("bench.safetensors"),
            RuntimeOptions.DEFAULTS.withWeights(weights));

    OperatorAgreement.require(
        pipelines, variant, BATCH, model, OperatorBenchmark.events(model, KEYS), EVENTS);
  }

  @ParameterizedTest
  @EnumSource(names = {"RECURRENT", "ONNX_RUNTIME"})
  void anotherModelsAnswersAreNotTimed(Variant variant) throws Exception {
    ModelFile model = OperatorBenchmark.model();
    ModelFile other = OperatorModel.of(128, 36, 1);
    OperatorPipelines pipelines =
        new OperatorPipelines(other, folder.resolve("other.safetensors"), RuntimeOptions.DEFAULTS);
    EventPool events = OperatorBenchmark.events(model, KEYS);

    assertThatThrownBy(
            () -> OperatorAgreement.require(pipelines, variant, BATCH, model, events, EVENTS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("where a plain loop gives")
        .hasMessageContaining("nothing was timed");
  }

  @ParameterizedTest
  @EnumSource
  void everyPipelineGivesEveryEventOneResultFromRocksdb(Variant variant) throws Exception {
    ModelFile model = OperatorBenchmark.model();
    OperatorPipelines pipelines =
        new OperatorPipelines(model, folder.resolve("bench.safetensors"), RuntimeOptions.DEFAULTS);
    EventPool events = OperatorBenchmark.events(model, KEYS);

    assertThat(pipelines.run(variant, Backend.ROCKSDB, BATCH, events, 1_000, EVENTS).cpuNanos())
        .isPositive();
  }

  /**
   * The pass-through emits a record of the same shape, so the difference is the operator's. A copy
   * of a state would be 528 bytes; vectors of the SIMD kernels are objects until they are compiled.
   */
  @Test
  void theOperatorAllocatesNoMoreThanItsRecord() throws Exception {
    ModelFile model = OperatorBenchmark.model();
    Path file = folder.resolve("bench.safetensors");
    OperatorPipelines pipelines =
        new OperatorPipelines(
            model, file, RuntimeOptions.DEFAULTS.withKernels(KernelChoice.SCALAR));
    EventPool events = OperatorBenchmark.events(model, KEYS);

    double without =
        pipelines.run(Variant.WITHOUT_MODEL, Backend.HEAP, BATCH, events, 15_000, 25_000).bytes();
    double with =
        pipelines.run(Variant.RECURRENT, Backend.HEAP, BATCH, events, 15_000, 25_000).bytes();

    assertThat(without).as("the record, and what Flink allocates to bring the event").isPositive();
    assertThat(with - without).isLessThan(STATE_BYTES / 4);
  }
}
