package dev.carryover.training.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops over Java arrays give what ND4J's operations give. */
class PlanesContractTest {
  private static final long SEED = 11;
  private static final int ROWS = 3;
  private static final float TOLERANCE = 2e-6f;
  private static final int[] LENGTHS = {4, 1, 2};

  private enum Formula {
    ADD((p, x, out) -> p.add(x[0], x[1], out)),
    SUBTRACT((p, x, out) -> p.subtract(x[0], x[1], out)),
    COMPLEMENT((p, x, out) -> p.complement(x[0], out)),
    MULTIPLY((p, x, out) -> p.multiply(x[0], x[1], out)),
    ADD_PRODUCT((p, x, out) -> p.addProduct(x[0], x[1], out)),
    SIGMOID((p, x, out) -> p.sigmoid(x[0], out)),
    TANH((p, x, out) -> p.tanh(x[0], out)),
    RELU((p, x, out) -> p.relu(x[0], out)),
    SIGMOID_BACKWARD((p, x, out) -> p.sigmoidBackward(x[0], x[1], x[2], out)),
    TANH_BACKWARD((p, x, out) -> p.tanhBackward(x[0], x[1], x[2], out)),
    RELU_BACKWARD((p, x, out) -> p.reluBackward(x[0], x[1], out)),
    DOT_ROWS(
        (p, x, out) -> {
          double[] sums = new double[ROWS];
          p.dotRows(x[0], x[1], sums);
          for (int row = 0; row < ROWS; row++) {
            sums[row] /= 32; // the terms of a sum are larger than the sum, and so are their errors
          }
          p.clear(out);
          p.addScaledRows(x[2], sums, out);
        }),
    ADD_SCALED_ROWS((p, x, out) -> p.addScaledRows(x[0], new double[] {0.5, -2, 3}, out)),
    CARRY((p, x, out) -> p.carry(x[0], out, 1)),
    SPLIT((p, x, out) -> p.split(x[0], out, 2)),
    CLEAR((p, x, out) -> p.clear(out));

    private final Application application;

    Formula(Application application) {
      this.application = application;
    }
  }

  @FunctionalInterface
  private interface Application {
    void apply(Planes planes, Plane[] in, Plane out);
  }

  @ParameterizedTest
  @EnumSource(Formula.class)
  void loopsGiveWhatOperationsGive(Formula formula) {
    for (int width : new int[] {1, 3, 8, 13, 16, 31, 64, 100}) {
      float[] loops = result(new HostPlanes(width), formula, width);
      float[] operations = result(new OperationPlanes(Precision.FLOAT, width), formula, width);
      for (int i = 0; i < loops.length; i++) {
        assertThat(loops[i])
            .as("seed=%d, %s, width %d, value %d", SEED, formula, width, i)
            .isCloseTo(
                operations[i], Offset.offset(TOLERANCE * Math.max(1, Math.abs(operations[i]))));
      }
    }
  }

  /** What comes out, and what becomes of the first input. */
  private static float[] result(Planes planes, Formula formula, int width) {
    Random random = new Random(SEED);
    planes.begin(ROWS, LENGTHS);
    Plane[] in = new Plane[4];
    Matrix matrix = Matrix.zeros(Precision.FLOAT, ROWS, width);
    for (int i = 0; i < in.length; i++) {
      float[] values = new float[ROWS * width];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) (2 * random.nextGaussian());
      }
      in[i] = planes.plane();
      matrix.write(values, 0);
      planes.load(matrix, 0, in[i]);
    }
    formula.application.apply(planes, in, in[3]);
    float[] result = new float[2 * ROWS * width];
    planes.store(in[3], matrix, 0);
    matrix.read(result, 0);
    planes.store(in[0], matrix, 0);
    matrix.read(result, ROWS * width);
    return result;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16})
  void columnsAreLoadedStoredAndTiled(int width) {
    for (Planes planes :
        new Planes[] {new HostPlanes(width), new OperationPlanes(Precision.FLOAT, width)}) {
      planes.begin(2, new int[] {1, 1});
      Matrix wide = Matrix.zeros(Precision.FLOAT, 4, 3 * width);
      for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 3 * width; column++) {
          wide.set(row, column, 100 * row + column);
        }
      }
      Plane plane = planes.plane();
      planes.load(wide.rows(1, 2), width, plane);
      planes.store(plane, wide.rows(2, 2), 2 * width);
      assertThat(wide.get(2, 2 * width)).isEqualTo(100 + width);
      assertThat(wide.get(3, 3 * width - 1)).isEqualTo(200 + 2 * width - 1);
      assertThat(wide.get(3, 0)).isEqualTo(300);
      planes.tile(wide.rows(0, 1), width, plane);
      planes.store(plane, wide.rows(0, 2), 0);
      assertThat(wide.get(1, width - 1)).isEqualTo(2 * width - 1);
    }
  }
}
