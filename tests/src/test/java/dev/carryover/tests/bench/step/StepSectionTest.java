package dev.carryover.tests.bench.step;

import static dev.carryover.tests.bench.step.contenders.StepRuntime.ONNX_RUNTIME;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.PRODUCTS;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.RECURRENT_PRODUCT;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD_BF16;
import static dev.carryover.tests.bench.step.contenders.StepRuntime.SIMD_FOLDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.ceilings.CeilingProbe.Reached;
import dev.carryover.tests.bench.ceilings.Ceilings;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.StepSamples.Sample;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the section says of given samples. */
class StepSectionTest {
  private static final StepMatrix MATRIX =
      new StepMatrix(
          List.of(Cell.GRU), List.of(128), List.of(1, 32), List.of(StepRuntime.values()));
  private static final Line ONE = new Line(Cell.GRU, 1, 128);
  private static final Line MANY = new Line(Cell.GRU, 32, 128);

  /** 200 operations and 400 bytes in a nanosecond. */
  private static final Ceilings CEILINGS =
      new Ceilings(16, 200e9, new TreeMap<>(Map.of(16_384L, 400e9)));

  private static StepSamples samples() {
    StepSamples samples = new StepSamples();
    for (double nanos : new double[] {900, 1000, 5000}) {
      add(samples, ONE, SIMD_FOLDED, nanos);
    }
    add(samples, ONE, SIMD_BF16, 500);
    add(samples, ONE, SIMD, 2_000);
    add(samples, ONE, ONNX_RUNTIME, 8_500);
    // The core at its usual speed, at twice that, and at half: what is compared goes along.
    add(samples, ONE, PRODUCTS, 1_200, 1);
    add(samples, ONE, PRODUCTS, 600, 2);
    add(samples, ONE, PRODUCTS, 2_400, 0.5);
    add(samples, ONE, RECURRENT_PRODUCT, 640, 1);
    add(samples, MANY, SIMD_FOLDED, 20_000);
    add(samples, MANY, SIMD, 40_000);
    add(samples, MANY, ONNX_RUNTIME, 39_000);
    add(samples, MANY, PRODUCTS, 35_000, 1);
    add(samples, MANY, RECURRENT_PRODUCT, 20_000, 1);
    return samples;
  }

  private static void add(StepSamples samples, Line line, StepRuntime runtime, double nanos) {
    add(samples, line, runtime, nanos, Double.NaN);
  }

  /** With ceilings of 200 operations and 400 bytes in a nanosecond, times the speed. */
  private static void add(
      StepSamples samples, Line line, StepRuntime runtime, double nanos, double speed) {
    samples.add(
        line,
        runtime,
        new Sample(
            nanos,
            new Reached(speed * 150e9, speed * 500e9),
            new Reached(speed * 250e9, speed * 300e9)));
  }

  @Test
  void sharesAreThoseOfTheWeightsBytesAndOfTheProductsOperations() {
    StepSamples samples = samples();
    // Two matrices [3 * 128, 128]: 393,216 bytes, 196,608 operations a row.
    assertThat(samples.readingShare(ONE, PRODUCTS))
        .isCloseTo(393_216 / 1_200.0 / 400, within(1e-9));
    assertThat(samples.readingShare(ONE, RECURRENT_PRODUCT))
        .isCloseTo(196_608 / 640.0 / 400, within(1e-9));
    assertThat(samples.multiplyAddShare(MANY, PRODUCTS))
        .isCloseTo(32 * 196_608 / 35_000.0 / 200, within(1e-9));
    assertThat(samples.multiplyAddShare(MANY, RECURRENT_PRODUCT))
        .isCloseTo(32 * 98_304 / 20_000.0 / 200, within(1e-9));
    assertThat(samples.readingShare(ONE, SIMD_FOLDED)).isNaN();
    assertThat(samples.readingShare(new Line(Cell.LSTM, 1, 128), PRODUCTS)).isNaN();
  }

  @Test
  void aShareIsTheMedianOfSharesOfTheSameIterationAndNotAShareOfMedians() {
    StepSamples samples = new StepSamples();
    add(samples, ONE, PRODUCTS, 1_000, 1);
    add(samples, ONE, PRODUCTS, 1_100, 0.5);
    add(samples, ONE, PRODUCTS, 4_000, 0.5);
    // By the iteration 0.98, 1.79 and 0.49.
    assertThat(samples.readingShare(ONE, PRODUCTS))
        .isCloseTo(393_216 / 1_000.0 / 400, within(1e-9));
  }

  @Test
  void productsOfOneHalfAndOfBothAreLinesOfTheirOwnBesideTheirCeilings() {
    SectionResult result = StepSection.result(MATRIX, samples(), CEILINGS);
    assertThat(result.tables().get(2).rows())
        .containsExactly(
            List.of("1", "128", "recurrent", "192", "200.0", "77 %", "400.0", "77 %"),
            List.of("1", "128", "both", "384", "200.0", "82 %", "400.0", "82 %"),
            List.of("32", "128", "recurrent", "192", "200.0", "79 %", "400.0", "2 %"),
            List.of("32", "128", "both", "384", "200.0", "90 %", "400.0", "3 %"));
    assertThat(result.bounds())
        .contains(
            "gru, H=128, the product of the recurrent half alone: one row reads 192 KiB of weights at 77 % of the bandwidth at that size; 32 rows run at 79 % of the multiply-add rate.",
            "gru, H=128, the products of both halves alone: one row reads 384 KiB of weights at 82 % of the bandwidth at that size; 32 rows run at 90 % of the multiply-add rate.");
  }

  @Test
  void aRunOfStepsAloneOrOfProductsAloneHasNoTableAndChartOfTheOthers() {
    SectionResult steps = StepSection.result(of(SIMD), samples(), CEILINGS);
    assertThat(steps.tables()).extracting(ResultTable::title).hasSize(3).noneMatch(ALONE);
    assertThat(steps.charts()).hasSize(3);
    SectionResult products = StepSection.result(of(PRODUCTS), samples(), CEILINGS);
    assertThat(products.tables()).extracting(ResultTable::title).hasSize(3).anyMatch(ALONE);
    assertThat(products.charts()).hasSize(1);
  }

  private static final Predicate<String> ALONE =
      title -> title.startsWith("gru: products alone, as shares");

  private static StepMatrix of(StepRuntime runtime) {
    return new StepMatrix(MATRIX.cells(), MATRIX.hiddenSizes(), MATRIX.batches(), List.of(runtime));
  }

  @Test
  void theFileOfResultsHasTheCeilingsOfEveryIterationOfProducts() {
    List<Map<String, Object>> raw = samples().raw();
    assertThat(raw)
        .filteredOn(entry -> entry.get("runtime").equals("PRODUCTS"))
        .hasSize(2)
        .allSatisfy(
            entry ->
                assertThat((List<?>) entry.get("before"))
                    .hasSameSizeAs((List<?>) entry.get("nanosPerStep")))
        .allSatisfy(
            entry ->
                assertThat((List<?>) entry.get("after"))
                    .hasSameSizeAs((List<?>) entry.get("nanosPerStep")));
    assertThat(raw)
        .filteredOn(entry -> entry.get("runtime").equals("RECURRENT_PRODUCT"))
        .hasSize(2)
        .allSatisfy(
            entry ->
                assertThat(entry)
                    .containsEntry(
                        "before",
                        List.of(Map.of("floatingPointPerSecond", 150e9, "readPerSecond", 500e9)))
                    .containsEntry(
                        "after",
                        List.of(Map.of("floatingPointPerSecond", 250e9, "readPerSecond", 300e9))));
    assertThat(raw)
        .filteredOn(entry -> entry.get("runtime").equals("SIMD_FOLDED"))
        .hasSize(2)
        .allSatisfy(entry -> assertThat(entry).doesNotContainKeys("before", "after"));
  }

  @Test
  void timesAreMediansByRow() {
    SectionResult result = StepSection.result(MATRIX, samples(), CEILINGS);
    assertThat(result.tables().get(0).rows())
        .containsExactly(
            List.of(
                "1", "128", "1.00", "0.50", "2.00", "–", "8.50", "–", "–", "1.20", "0.64", "8.50x",
                "17.0x", "4.25x"),
            List.of(
                "32", "128", "0.63", "–", "1.25", "–", "1.22", "–", "–", "1.09", "0.63", "1.95x",
                "–", "0.98x"));
  }

  @Test
  void theShareInBf16IsOfTheTimeOfHalfTheBytes() {
    Ceilings slowReading = new Ceilings(16, 200e9, new TreeMap<>(Map.of(16_384L, 100e9)));
    SectionResult result = StepSection.result(MATRIX, samples(), slowReading);
    // 196,608 bytes by 100 a nanosecond, of 1,000; half of them, of 500.
    assertThat(result.tables().get(1).rows().get(0).subList(5, 7))
        .containsExactly("197 %", "197 %");
  }

  @Test
  void targetsAreJudgedWhereThereAreSamplesAndOpenElsewhere() {
    List<Target> targets = StepSection.result(MATRIX, samples(), CEILINGS).targets();
    assertThat(targets).hasSize(16 + 3 + 4);
    assertThat(outcome(targets, "step, gru, B=1, H=128")).isEqualTo(Target.Outcome.MET);
    assertThat(outcome(targets, "step, gru, B=32, H=128")).isEqualTo(Target.Outcome.NOT_MET);
    assertThat(outcome(targets, "step, lstm, B=1, H=128")).isEqualTo(Target.Outcome.NOT_MEASURED);
    assertThat(targets)
        .filteredOn(target -> target.outcome() != Target.Outcome.NOT_MEASURED)
        .hasSize(4);
    // Both halves have 82 and 90 %.
    assertThat(
            target(targets, "GEMV as a share of the bandwidth at the size of its weights, H=128"))
        .returns(Target.Outcome.NOT_MET, Target::outcome)
        .returns("77 %", Target::measuredText);
    assertThat(target(targets, "GEMM as a share of the multiply-add ceiling, B=32, H=128"))
        .returns(Target.Outcome.NOT_MET, Target::outcome)
        .returns("79 %", Target::measuredText);
  }

  private static Target.Outcome outcome(List<Target> targets, String beginning) {
    return target(targets, beginning).outcome();
  }

  private static Target target(List<Target> targets, String beginning) {
    return targets.stream()
        .filter(target -> target.what().startsWith(beginning))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyCellAndBatchOfAFullRunHasItsSizesAndWeightsToRead() {
    StepMatrix all = StepMatrix.of(BenchSettings.of(false));
    assertThat(all.lines()).hasSize(3 * 4 * 4);
    assertThat(all.runtimes()).containsExactly(StepRuntime.values());
    assertThat(all.workingSets(false))
        .contains(16L << 10, 48L << 10, 96L << 10, 8L << 20, 64L << 20)
        .allMatch(bytes -> bytes % 1024 == 0);
    assertThat(StepMatrix.of(BenchSettings.of(true)).lines()).hasSize(3 * 4);
  }
}
