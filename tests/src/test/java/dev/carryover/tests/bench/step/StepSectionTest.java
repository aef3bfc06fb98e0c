package dev.carryover.tests.bench.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.spec.Cell;
import dev.carryover.tests.bench.ceilings.Ceilings;
import dev.carryover.tests.bench.section.BenchSettings;
import dev.carryover.tests.bench.section.SectionResult;
import dev.carryover.tests.bench.section.Target;
import dev.carryover.tests.bench.step.StepMatrix.Line;
import dev.carryover.tests.bench.step.contenders.StepRuntime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
      samples.add(ONE, StepRuntime.SIMD_FOLDED, nanos);
    }
    samples.add(ONE, StepRuntime.SIMD_BF16, 500);
    samples.add(ONE, StepRuntime.SIMD, 2_000);
    samples.add(ONE, StepRuntime.ONNX_RUNTIME, 8_500);
    samples.add(ONE, StepRuntime.PRODUCTS, 1_200);
    samples.add(MANY, StepRuntime.SIMD_FOLDED, 20_000);
    samples.add(MANY, StepRuntime.SIMD, 40_000);
    samples.add(MANY, StepRuntime.ONNX_RUNTIME, 39_000);
    samples.add(MANY, StepRuntime.PRODUCTS, 35_000);
    return samples;
  }

  @Test
  void sharesAreThoseOfTheWeightsBytesAndOfTheProductsOperations() {
    StepFindings findings = new StepFindings(MATRIX, samples(), CEILINGS);
    // Two matrices [3 * 128, 128]: 393,216 bytes, 196,608 operations a row.
    assertThat(findings.gemvShare(ONE)).isCloseTo(393_216 / 1_200.0 / 400, within(1e-9));
    assertThat(findings.gemmShare(MANY)).isCloseTo(32 * 196_608 / 35_000.0 / 200, within(1e-9));
  }

  @Test
  void timesAreMediansByRow() {
    SectionResult result = StepSection.result(MATRIX, samples(), CEILINGS);
    assertThat(result.tables().get(0).rows())
        .containsExactly(
            List.of(
                "1", "128", "1.00", "0.50", "2.00", "–", "8.50", "–", "–", "1.20", "8.50x", "17.0x",
                "4.25x"),
            List.of(
                "32", "128", "0.63", "–", "1.25", "–", "1.22", "–", "–", "1.09", "1.95x", "–",
                "0.98x"));
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
  }

  private static Target.Outcome outcome(List<Target> targets, String beginning) {
    return targets.stream()
        .filter(target -> target.what().startsWith(beginning))
        .findFirst()
        .orElseThrow()
        .outcome();
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
