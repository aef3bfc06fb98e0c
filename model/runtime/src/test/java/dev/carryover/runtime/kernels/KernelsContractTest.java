package dev.carryover.runtime.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel gives the bits of the scalar specification, at every width, block and size. */
class KernelsContractTest {
  private static final int[] SIZES = {1, 3, 7, 8, 13, 16, 31, 64, 100, 207, 256, 513};
  private static final int[] ROWS = {1, 2, 3, 4, 5, 7, 8, 13};
  private static final long SEED = 20260201L;

  private final Kernels scalar = new ScalarKernels();

  static Stream<Kernels> vectors() {
    return TestingLaneWidths.all().stream();
  }

  static Stream<Arguments> vectorsAndPrecisions() {
    return vectors()
        .flatMap(vector -> Stream.of(WeightPrecision.values()).map(in -> Arguments.of(vector, in)));
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void productsHaveTheBitsOfTheSpecification(Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int outputs : SIZES) {
      for (int inputs : new int[] {1, 7, 64, 129}) {
        PackedMatrix w =
            PackedMatrix.pack(floats(random, outputs * inputs, 1f), outputs, inputs, precision);
        for (int count : ROWS) {
          int column = 16 * random.nextInt(3);
          checkProduct(vector, random, w, column, count);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void blocksOfRowsHaveTheBitsOfTheSpecification(Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int inputs : new int[] {1, 2, 63, 300}) {
      PackedMatrix w = PackedMatrix.pack(floats(random, 130 * inputs, 1f), 130, inputs, precision);
      for (int count : new int[] {5, 6, 7, 9, 11, 12, 37}) {
        checkProduct(vector, random, w, 0, count);
      }
    }
  }

  private void checkProduct(Kernels vector, Random random, PackedMatrix w, int column, int count) {
    Rows in = rows(random, count, w.inputs(), 2f);
    Rows expected = rows(random, count, column + w.paddedOutputs(), 1f);
    Rows actual = copy(expected, count, column + w.paddedOutputs());
    Rows turned = copy(expected, count, column + w.paddedOutputs());
    turned.turn();
    scalar.multiplyAdd(w, in, expected, column, count);
    vector.multiplyAdd(w, in, actual, column, count);
    vector.multiplyAdd(w, in, turned, column, count);
    String what = "%d x %d, %d rows".formatted(w.outputs(), w.inputs(), count);
    assertBits(expected, actual, what);
    assertBits(expected, turned, what + ", backwards");
  }

  /** As a GRU and an LSTM have them, in blocks and not. */
  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void bothHalvesHaveTheBitsOfTheSpecification(Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int[] shape : new int[][] {{768, 256}, {512, 0}, {256, 0}, {96, 32}, {768, 64}}) {
      int outputs = shape[0];
      int second = shape[1];
      PackedMatrix w = PackedMatrix.pack(floats(random, outputs * 9, 1f), outputs, 9, precision);
      PackedMatrix u = PackedMatrix.pack(floats(random, outputs * 5, 1f), outputs, 5, precision);
      for (int count : new int[] {1, 2}) {
        Rows in = rows(random, count, 9, 2f);
        Rows h = rows(random, count, 5, 2f);
        int width = second + outputs;
        Rows expected = rows(random, count, width, 1f);
        Rows actual = copy(expected, count, width);
        Rows turned = copy(expected, count, width);
        turned.turn();
        scalar.multiplyAddBoth(w, in, 0, u, h, second, expected, count);
        vector.multiplyAddBoth(w, in, 0, u, h, second, actual, count);
        vector.multiplyAddBoth(w, in, 0, u, h, second, turned, count);
        assertBits(expected, actual, outputs + " from " + second);
        assertBits(expected, turned, outputs + " from " + second + ", backwards");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void productsLeaveOtherRowsAndColumnsAlone(Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (Kernels kernels : new Kernels[] {scalar, vector}) {
      for (int outputs : new int[] {5, 64, 90, 130}) {
        for (int count : ROWS) {
          PackedMatrix w =
              PackedMatrix.pack(floats(random, outputs * 7, 1f), outputs, 7, precision);
          int end = 32 + w.paddedOutputs();
          Rows out = rows(random, count + 1, end + 32, 1f);
          Rows before = copy(out, count + 1, end + 32);
          kernels.multiplyAdd(w, rows(random, count, 7, 1f), out, 32, count);
          for (int row = 0; row < count; row++) {
            System.arraycopy(
                out.values(),
                out.offset(row) + 32,
                before.values(),
                out.offset(row) + 32,
                end - 32);
          }
          assertBits(before, out, "%s, %d outputs, %d rows", kernels.name(), outputs, count);
        }
      }
    }
  }

  @Test
  void productsInBf16HaveTheBitsOfProductsWithTheRoundedWeights() {
    Random random = new Random(SEED);
    for (int outputs : SIZES) {
      float[] weights = floats(random, outputs * 9, 1f);
      Rows in = rows(random, 1, 9, 2f);
      Rows expected = rows(random, 1, outputs, 1f);
      Rows actual = copy(expected, 1, outputs);
      float[] rounded = WeightPrecision.BF16.round(weights);
      scalar.multiplyAdd(PackedMatrix.pack(rounded, outputs, 9), in, expected, 0, 1);
      PackedMatrix half = PackedMatrix.pack(weights, outputs, 9, WeightPrecision.BF16);
      scalar.multiplyAdd(half, in, actual, 0, 1);
      assertBits(expected, actual, "%d outputs", outputs);
    }
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void rowsThatArePartOfOthersHaveTheBitsOfTheSpecification(
      Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int size : new int[] {33, 64, 128}) {
      int width = PackedMatrix.padded(size);
      PackedMatrix w =
          PackedMatrix.pack(floats(random, 4 * width * size, 0.2f), 4 * width, size, precision);
      PackedMatrix u =
          PackedMatrix.pack(floats(random, 3 * width * size, 0.2f), 3 * width, size, precision);
      float[] bias = floats(random, width, 1f);
      for (int count : new int[] {1, 2, 3}) {
        Rows gates = rows(random, 2 + count, 4 * width, 1f);
        Rows state = rows(random, 2 + count, width, 1f);
        Rows cell = rows(random, 2 + count, width, 1f);
        Step lstm = (k, sums, h, c, columns, rows) -> k.lstmStep(w, sums, h, c, columns, rows);
        Step gru = (k, sums, h, c, columns, rows) -> k.gruStep(u, bias, sums, h, columns, rows);
        Step sum =
            (k, sums, h, c, columns, rows) ->
                k.weightedSum(bias, 0, sums, rows, h.values(), h.offset(0), columns);
        for (Step step : new Step[] {lstm, gru, sum}) {
          Step ofParts =
              (k, sums, h, c, columns, rows) ->
                  step.run(k, sums.part(2, rows), h.part(2, rows), c.part(2, rows), columns, rows);
          checkStep(vector, ofParts, gates, state, cell, width, count, "parts of " + size);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void gatesHaveTheBitsOfTheSpecification(Kernels vector) {
    Random random = new Random(SEED);
    for (int size : SIZES) {
      int width = PackedMatrix.padded(size);
      for (int count : new int[] {1, 3, 19}) {
        for (float spread : new float[] {0.001f, 1f, 20f, 1e30f}) {
          checkGates(vector, random, width, count, spread);
        }
      }
    }
  }

  private void checkGates(Kernels vector, Random random, int width, int count, float spread) {
    Rows gates = rows(random, count, 4 * width, spread);
    gates.values()[0] = Float.NaN;
    gates.values()[width - 1] = Float.POSITIVE_INFINITY;
    gates.values()[width / 2] = -0f;
    gates.values()[width / 3] = -Float.MAX_VALUE;
    // The NaN of the processor has its sign set; Java's has not.
    gates.values()[width / 4] = Float.intBitsToFloat(0xffc00000);
    Rows state = rows(random, count, width, spread);
    Rows cell = rows(random, count, width, spread);
    for (Step step : STEPS) {
      checkStep(vector, step, gates, state, cell, width, count, "spread " + spread);
    }
  }

  private void checkStep(
      Kernels vector,
      Step step,
      Rows gates,
      Rows state,
      Rows cell,
      int width,
      int count,
      String what) {
    Rows h1 = copy(state, state.capacity(), width);
    Rows h2 = copy(state, state.capacity(), width);
    Rows c1 = copy(cell, cell.capacity(), width);
    Rows c2 = copy(cell, cell.capacity(), width);
    step.run(scalar, copy(gates, gates.capacity(), 4 * width), h1, c1, width, count);
    step.run(vector, copy(gates, gates.capacity(), 4 * width), h2, c2, width, count);
    assertBits(h1, h2, "h, width %d, %d rows, %s", width, count, what);
    assertBits(c1, c2, "c, width %d, %d rows, %s", width, count, what);
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void recurrentHalvesHaveTheBitsOfTheSpecification(Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int size : new int[] {13, 31, 33, 50, 64, 100, 128, 207}) {
      int width = PackedMatrix.padded(size);
      PackedMatrix w =
          PackedMatrix.pack(floats(random, 4 * width * size, 0.2f), 4 * width, size, precision);
      PackedMatrix u =
          PackedMatrix.pack(floats(random, 3 * width * size, 0.2f), 3 * width, size, precision);
      float[] bias = floats(random, width, 1f);
      for (int count : new int[] {1, 2, 5}) {
        for (boolean turned : new boolean[] {false, true}) {
          Rows gates = rows(random, count, 4 * width, 1f);
          Rows state = rows(random, count, width, 1f);
          Rows cell = rows(random, count, width, 1f);
          Step lstm =
              (k, sums, h, c, columns, rows) -> {
                if (turned) {
                  sums.turn();
                }
                k.lstmStep(w, sums, h, c, columns, rows);
              };
          Step gru =
              (k, sums, h, c, columns, rows) -> {
                if (turned) {
                  sums.turn();
                }
                k.gruStep(u, bias, sums, h, columns, rows);
              };
          checkStep(vector, lstm, gates, state, cell, width, count, "LSTM of " + size);
          checkStep(vector, gru, gates, state, cell, width, count, "GRU of " + size);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("vectorsAndPrecisions")
  void stepsWhoseInputIsLookedUpHaveTheBitsOfTheSpecification(
      Kernels vector, WeightPrecision precision) {
    Random random = new Random(SEED);
    for (int size : new int[] {13, 63, 64, 128, 192}) {
      int width = PackedMatrix.padded(size);
      PackedMatrix w =
          PackedMatrix.pack(floats(random, 4 * width * size, 0.2f), 4 * width, size, precision);
      PackedMatrix u =
          PackedMatrix.pack(floats(random, 3 * width * size, 0.2f), 3 * width, size, precision);
      float[] bias = floats(random, width, 1f);
      float[] table = floats(random, 5 * 4 * width, 1f);
      int[] tokens = random.ints(20, 0, 5).toArray();
      LookedUp input = new LookedUp();
      for (int count : new int[] {1, 4, 5, 7, 10}) {
        for (boolean turned : new boolean[] {false, true}) {
          Rows gates = rows(random, count, 4 * width, 1f);
          Rows state = rows(random, count, width, 1f);
          Rows cell = rows(random, count, width, 1f);
          Step lstm =
              (k, sums, h, c, columns, rows) -> {
                if (turned) {
                  sums.turn();
                }
                input.point(table, 4 * width, tokens, 3);
                k.lstmStep(w, input, sums, h, c, columns, rows);
              };
          Step gru =
              (k, sums, h, c, columns, rows) -> {
                if (turned) {
                  sums.turn();
                }
                input.point(table, 3 * width, tokens, 3);
                k.gruStep(u, bias, input, sums, h, columns, rows);
              };
          checkStep(vector, lstm, gates, state, cell, width, count, "LSTM of " + size);
          checkStep(vector, gru, gates, state, cell, width, count, "GRU of " + size);
        }
      }
    }
  }

  private interface Step {
    void run(Kernels kernels, Rows gates, Rows h, Rows c, int width, int rows);
  }

  private static final Step[] STEPS = {
    (k, gates, h, c, width, rows) -> k.tanh(gates, h, width, rows),
    (k, gates, h, c, width, rows) -> k.relu(gates, h, width, rows),
    (k, gates, h, c, width, rows) -> k.lstm(gates, h, c, width, rows),
    (k, gates, h, c, width, rows) -> k.gru(gates, h, width, rows),
    (k, gates, h, c, width, rows) -> k.gruReset(gates, h, c, width, rows),
    (k, gates, h, c, width, rows) -> k.gruBlend(gates, h, width, rows),
  };

  @ParameterizedTest
  @MethodSource("vectors")
  void attentionHasTheBitsOfTheSpecification(Kernels vector) {
    Random random = new Random(SEED);
    for (int size : SIZES) {
      int width = PackedMatrix.padded(size);
      for (int count : new int[] {1, 2, 7, 40}) {
        Rows keys = rows(random, count, width, 1f);
        float[] query = floats(random, width + 5, 1f);
        float[] weights = floats(random, count + 2, 1f);
        float[] expected = new float[width + 3];
        float[] actual = new float[width + 3];
        scalar.weightedSum(weights, 2, keys, count, expected, 3, width);
        vector.weightedSum(weights, 2, keys, count, actual, 3, width);
        assertThat(actual).as("sum of %d rows of %d", count, size).isEqualTo(expected);
        int last = keys.offset(count - 1);
        scalar.addTanh(query, 5, keys.values(), last, expected, 3, width);
        vector.addTanh(query, 5, keys.values(), last, actual, 3, width);
        assertThat(actual).as("tanh of a sum of %d", size).isEqualTo(expected);
        scalar.add(query, 5, keys.values(), last, expected, 3, width);
        vector.add(query, 5, keys.values(), last, actual, 3, width);
        assertThat(actual).as("sum of %d", size).isEqualTo(expected);
        assertThat(vector.dot(query, 5, keys.values(), last, width))
            .as("product of %d", size)
            .isEqualTo(scalar.dot(query, 5, keys.values(), last, width));
      }
    }
  }

  @Test
  void attentionIsWhatItSays() {
    Rows keys = new Rows(2, 32);
    keys.values()[keys.offset(0)] = 3;
    keys.values()[keys.offset(1)] = 5;
    keys.values()[keys.offset(1) + 31] = 7;
    float[] to = new float[32];
    scalar.weightedSum(new float[] {9, 0.5f, 2}, 1, keys, 2, to, 0, 32);
    assertThat(to[0]).isEqualTo(0.5f * 3 + 2 * 5);
    assertThat(to[31]).isEqualTo(14);
    assertThat(scalar.dot(to, 0, keys.values(), keys.offset(1), 32)).isEqualTo(11.5f * 5 + 98);
    scalar.addTanh(to, 31, new float[] {-14, 1}, 0, to, 31, 1);
    assertThat(to[31]).isZero();
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void reductionsHaveTheBitsOfTheSpecification(Kernels vector) {
    Random random = new Random(SEED);
    for (int size : SIZES) {
      int width = (size + 15) / 16 * 16;
      float[] values = floats(random, width + 3, 30f);
      for (int j = size; j < width; j++) {
        values[3 + j] = Float.NEGATIVE_INFINITY;
      }
      float max = scalar.max(values, 3, width);
      assertThat(vector.max(values, 3, width)).as("max of %d", size).isEqualTo(max);
      float[] expected = new float[width];
      float[] actual = new float[width];
      scalar.exp(values, 3, max, expected, 0, width);
      vector.exp(values, 3, max, actual, 0, width);
      assertThat(actual).as("exp of %d", size).isEqualTo(expected);
      float[] inPlace = values.clone();
      vector.exp(inPlace, 3, max, inPlace, 3, width);
      assertThat(inPlace).as("exp of %d in place", size).endsWith(expected);
      assertThat(Float.floatToRawIntBits(vector.sum(actual, 0, width)))
          .as("sum of %d", size)
          .isEqualTo(Float.floatToRawIntBits(scalar.sum(expected, 0, width)));
      // Values of one magnitude: their sum shows the order in which they were added.
      float[] even = floats(random, width, 1f);
      assertThat(vector.sum(even, 0, width))
          .as("sum of %d even values", size)
          .isEqualTo(scalar.sum(even, 0, width));
    }
  }

  /** Equal values, infinities and NaN among them. */
  @ParameterizedTest
  @MethodSource("vectors")
  void aRankIsThatOfTheSpecification(Kernels vector) {
    Random random = new Random(SEED);
    float[] special = {Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN, 0f, -0f};
    for (int size : new int[] {1, 2, 36, 64, 207}) {
      int width = (size + 15) / 16 * 16;
      float[] values = floats(random, width + 3, 4f);
      for (int j = 0; j < size; j++) {
        int kind = random.nextInt(12);
        if (kind < special.length) {
          values[3 + j] = special[kind];
        } else if (kind < 8) {
          values[3 + j] = values[3 + random.nextInt(size)];
        }
      }
      Arrays.fill(values, 3 + size, 3 + width, Float.NEGATIVE_INFINITY);
      for (int index = 0; index < size; index++) {
        int before = 0;
        for (int j = 0; j < size; j++) {
          boolean first = values[3 + j] == values[3 + index] && j < index;
          before += values[3 + j] > values[3 + index] || first ? 1 : 0;
        }
        assertThat(scalar.rank(values, 3, width, index)).as("rank of %d", index).isEqualTo(before);
        assertThat(vector.rank(values, 3, width, index)).as("rank of %d", index).isEqualTo(before);
      }
    }
  }

  /** Equal values, infinities and NaN among them, in rows that are compared at once or alone. */
  @ParameterizedTest
  @MethodSource("vectors")
  void theLargestAreThoseOfTheSpecification(Kernels vector) {
    Random random = new Random(SEED);
    for (int size : new int[] {1, 2, 5, 36, 64, 207, Kernels.SHORT_ROW, 300, 1000}) {
      for (int count : new int[] {1, 3, 16, 37}) {
        Rows values = new Rows(count + 1, size);
        Arrays.fill(values.values(), Float.NEGATIVE_INFINITY);
        for (int row = 0; row <= count; row++) {
          float[] from = floats(random, size, 3f);
          int odd = random.nextInt(4);
          for (int j = 0; j < size; j++) {
            float value = odd == 1 ? Math.round(from[j]) : from[j];
            boolean replaced = odd > 1 && random.nextInt(3) > 0;
            values.values()[values.offset(row) + j] =
                !replaced ? value : odd == 2 ? Float.NEGATIVE_INFINITY : Float.NaN;
          }
        }
        for (int k = 0; k <= Math.min(7, size); k++) {
          checkLargest(vector, values, count, size, k);
        }
      }
    }
  }

  private void checkLargest(Kernels vector, Rows values, int count, int size, int k) {
    float[] scratch = new float[(size + 6) * Kernels.VIRTUAL_LANES];
    float[] expected = new float[count * k];
    float[] actual = new float[count * k];
    int[] expectedColumns = new int[count * k];
    int[] actualColumns = new int[count * k];
    scalar.largest(values, 1, count, size, k, scratch, expected, expectedColumns);
    vector.largest(values, 1, count, size, k, scratch, actual, actualColumns);
    String what = "seed=%d, %d of %d, %d rows".formatted(SEED, k, size, count);
    assertThat(actualColumns).as(what).isEqualTo(expectedColumns);
    assertThat(actual).as(what).isEqualTo(expected);
  }

  @Test
  void theLargestAreWhatTheySay() {
    float least = Float.NEGATIVE_INFINITY;
    assertLargest(new float[] {1, 7, 3, 7, 5}, 3, new int[] {1, 3, 4}, 7, 7, 5);
    assertLargest(new float[] {Float.NaN, 2, Float.NaN}, 2, new int[] {1, 0}, 2, least);
    assertLargest(new float[] {least, 2, least, least}, 4, new int[] {1, 0, 2, 3}, 2, least);
    assertLargest(new float[] {4}, 0, new int[] {});
  }

  private void assertLargest(float[] row, int k, int[] columns, float... values) {
    Rows rows = new Rows(1, row.length);
    Arrays.fill(rows.values(), Float.NEGATIVE_INFINITY);
    System.arraycopy(row, 0, rows.values(), 0, row.length);
    float[] largest = new float[k];
    int[] at = new int[k];
    scalar.largest(rows, 0, 1, row.length, k, null, largest, at);
    assertThat(at).isEqualTo(columns);
    assertThat(Arrays.copyOf(largest, values.length)).isEqualTo(values);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void oneValueThatIsNotFiniteIsFound(Kernels vector) {
    for (Kernels kernels : new Kernels[] {scalar, vector}) {
      float[] values = floats(new Random(SEED), 64, 1e30f);
      assertThat(kernels.allFinite(values, 0, 64)).isTrue();
      for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}) {
        for (int at : new int[] {0, 15, 16, 63}) {
          float kept = values[at];
          values[at] = bad;
          assertThat(kernels.allFinite(values, 0, 64)).as("%s at %d", bad, at).isFalse();
          values[at] = kept;
        }
      }
    }
  }

  private static float[] floats(Random random, int length, float spread) {
    float[] values = new float[length];
    for (int j = 0; j < length; j++) {
      values[j] = (float) (random.nextGaussian() * spread);
    }
    return values;
  }

  private static Rows rows(Random random, int count, int width, float spread) {
    Rows rows = new Rows(count, width);
    float[] values = floats(random, rows.values().length, spread);
    System.arraycopy(values, 0, rows.values(), 0, values.length);
    return rows;
  }

  private static Rows copy(Rows rows, int count, int width) {
    Rows copy = new Rows(count, width);
    System.arraycopy(rows.values(), 0, copy.values(), 0, copy.values().length);
    return copy;
  }

  private static void assertBits(Rows expected, Rows actual, String what, Object... arguments) {
    for (int j = 0; j < expected.values().length; j++) {
      // floatToIntBits: every NaN counts as one, its payload is not part of the contract.
      int e = Float.floatToIntBits(expected.values()[j]);
      int a = Float.floatToIntBits(actual.values()[j]);
      if (e != a) {
        assertThat(actual.values()[j])
            .as("seed=" + SEED + ", " + what + ", float " + j, arguments)
            .isEqualTo(expected.values()[j]);
      }
    }
  }
}
