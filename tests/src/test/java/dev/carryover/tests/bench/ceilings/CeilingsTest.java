package dev.carryover.tests.bench.ceilings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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
  void blocksReadEveryFloatOnceInBothDirectionsAlsoWhereTheLastOneIsShorter() {
    float[] values = wholeNumbers(8 + 1280 + 100);
    LOOPS.readBlocksInTurns(values, 8, 1280, 2, 512, sums);
    assertThat(total()).isEqualTo(2 * sum(values, 8, 8 + 1280));
  }

  @Test
  void aMeasurementHasEverySizeThatWasAskedFor() {
    Ceilings ceilings = new CeilingMeasurement(100_000, 1).measure(List.of(16_384L, 131_072L));
    assertThat(ceilings.floatingPointPerSecond()).isPositive();
    assertThat(ceilings.readPerSecond()).containsOnlyKeys(16_384L, 131_072L);
    assertThat(ceilings.readPerSecond().values()).allMatch(rate -> rate > 0);
  }

  @Test
  void aProbeHasBothCeilingsEveryTime() {
    for (long bytes : new long[] {16_384, 131_072}) {
      CeilingProbe probe = new CeilingProbe(bytes, 20_000);
      for (int time = 0; time < 2; time++) {
        CeilingProbe.Reached reached = probe.measure();
        assertThat(reached.floatingPointPerSecond()).isPositive();
        assertThat(reached.readPerSecond()).isPositive();
      }
    }
  }

  @Test
  void readingHasTheWaysThatMayBeTheFastestAtItsSize() {
    // From eight places, and from one: one stream, four streams in two ways, blocks.
    assertThat(TimedLoop.readings(LOOPS, 96 << 10)).hasSize(8 * 3);
    assertThat(TimedLoop.readings(LOOPS, 97 << 10)).hasSize(8 * 2);
    assertThat(TimedLoop.readings(LOOPS, 512 << 10)).hasSize(8 * 3);
    assertThat(TimedLoop.readings(LOOPS, 1025 << 10)).hasSize(3);
  }

  @Test
  void anUnevenSizeIsRefused() {
    String message = "1000 bytes cannot be read evenly; give a multiple of 1024";
    assertThatThrownBy(() -> new CeilingMeasurement(1, 1).measure(List.of(1000L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> new CeilingProbe(1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aLoopThatLeavesSomethingOutIsNotTimed() {
    CeilingLoops lazy =
        new CeilingLoops() {
          @Override
          public int lanes() {
            return 1;
          }

          @Override
          public void multiplyAdd(long times, float factor, float addend, float[] sums) {
            Arrays.fill(sums, times - 1);
          }

          @Override
          public void read(float[] values, int from, int floats, int times, float[] sums) {}

          @Override
          public void readFourStreams(
              float[] values, int from, int floats, int times, boolean inTurns, float[] sums) {}

          @Override
          public void readBlocksInTurns(
              float[] values, int from, int floats, int times, int block, float[] sums) {}
        };
    assertThatThrownBy(() -> TimedLoop.multiplyAdds(lazy).perSecond(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a loop of the ceilings gives %s where it must give %s; nothing was timed",
            16.0 * ((1 << 18) - 1), 16.0 * (1 << 18));
    assertThat(
            Stream.of(1 << 10, 1 << 20).flatMap(bytes -> TimedLoop.readings(lazy, bytes).stream()))
        .allSatisfy(
            way ->
                assertThatThrownBy(() -> way.perSecond(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("gives 0.0 where it must give "));
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
