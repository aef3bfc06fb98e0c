package dev.carryover.tests.bench.ceilings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The loops do what they claim; how fast is not asked here. */
class CeilingsTest {
  private static final CeilingLoops LOOPS = CeilingLoops.load();

  private final float[] sums = new float[CeilingLoops.CHAINS * LOOPS.lanes()];

  @Test
  void everySumOfTheRegisterLoopTakesEveryMultiplyAdd() {
    float expected = 0;
    for (int i = 0; i < 13; i++) {
      expected = Math.fma(expected, 0.75f, 1.5f);
    }
    LOOPS.multiplyAdd(13, 0.75f, 1.5f, sums);
    assertThat(sums).containsOnly(expected);
  }

  @Test
  void oneStreamReadsEveryFloatOfItsPartAndNoOther() {
    float[] values = wholeNumbers(8 + 1024 + 100);
    LOOPS.read(values, 8, 1024, 3, sums);
    assertThat(total()).isEqualTo(3 * sum(values, 8, 8 + 1024));
  }

  @Test
  void fourStreamsReadEveryFloatOnceInBothDirections() {
    float[] values = wholeNumbers(2048);
    for (boolean inTurns : new boolean[] {false, true}) {
      Arrays.fill(sums, 0);
      LOOPS.readFourStreams(values, 0, 2048, 2, inTurns, sums);
      assertThat(total()).as("in turns: %s", inTurns).isEqualTo(2 * sum(values, 0, 2048));
    }
  }

  @Test
  void aMeasurementHasEverySizeThatWasAskedFor() {
    Ceilings ceilings = new CeilingMeasurement(100_000, 1).measure(List.of(16_384L, 131_072L));
    assertThat(ceilings.floatingPointPerSecond()).isPositive();
    assertThat(ceilings.readPerSecond()).containsOnlyKeys(16_384L, 131_072L);
    assertThat(ceilings.readPerSecond().values()).allMatch(rate -> rate > 0);
  }

  @Test
  void anUnevenSizeIsRefused() {
    assertThatThrownBy(() -> new CeilingMeasurement(1, 1).measure(List.of(1000L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1000 bytes cannot be read evenly; give a multiple of 1024");
  }

  @Test
  void betweenTwoSizesTheBandwidthLiesBetweenTheirs() {
    Ceilings ceilings = new Ceilings(16, 200, new TreeMap<>(Map.of(1_000L, 400.0, 4_000L, 100.0)));
    assertThat(ceilings.readPerSecond(1_000)).isEqualTo(400);
    assertThat(ceilings.readPerSecond(2_000)).isCloseTo(250, within(1e-9));
    assertThat(ceilings.readPerSecond(500)).isEqualTo(400);
    assertThat(ceilings.readPerSecond(9_000)).isEqualTo(100);
  }

  @Test
  void aProductTakesAsLongAsTheSlowerOfReadingAndComputing() {
    Ceilings ceilings = new Ceilings(16, 200, new TreeMap<>(Map.of(1_000L, 100.0)));
    assertThat(ceilings.leastNanos(1_000, 400)).isEqualTo(10e9);
    assertThat(ceilings.boundByReading(1_000, 400)).isTrue();
    assertThat(ceilings.leastNanos(1_000, 4_000)).isEqualTo(20e9);
    assertThat(ceilings.boundByReading(1_000, 4_000)).isFalse();
  }

  private static float[] wholeNumbers(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i % 7;
    }
    return values;
  }

  private static double sum(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  private double total() {
    return sum(sums, 0, sums.length);
  }
}
