package dev.carryover.training.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backward pass against central differences, in double. */
class GradientCheckTest {
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-6;

  /** Gradients below this are compared absolutely: a difference of losses has no more digits. */
  private static final double SMALLEST = 1e-3;

  private static final long SEED = 20_240_607;

  static Stream<Arguments> networks() {
    List<Arguments> all = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      for (GruReset reset : GruReset.values()) {
        if (cell == Cell.GRU || reset == GruReset.AFTER) {
          // Tokens below and above the size of the batch, features; with and without biases.
          all.add(Arguments.of(new NetworkShape(5, 2, cell, reset, 3, 1, false, true, 5)));
          all.add(Arguments.of(new NetworkShape(9, 2, cell, reset, 2, 1, true, true, 2)));
          all.add(Arguments.of(new NetworkShape(0, 2, cell, reset, 2, 2, false, false, 2)));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyGradientEqualsItsCentralDifference(NetworkShape shape) {
    new Check(shape, 0).run();
  }

  @Test
  void dropoutBetweenLayersIsDifferentiated() {
    new Check(new NetworkShape(5, 3, Cell.LSTM, GruReset.AFTER, 2, 2, true, true, 3), 0.4).run();
  }

  @Test
  void gradientOfABatchWithoutPaddingEqualsItsCentralDifference() {
    Check check =
        new Check(new NetworkShape(5, 3, Cell.GRU, GruReset.AFTER, 4, 1, false, true, 3), 0);
    Arrays.fill(check.lengths, Check.STEPS);
    check.run();
  }

  /**
   * A network, a batch of rows of different lengths, and a loss that also reads the last states.
   */
  private static final class Check {
    private static final int ROWS = 2;
    private static final int STEPS = 3;

    private final Random random = new Random(SEED);
    private final NetworkShape shape;
    private final Parameters weights;
    private final Network network;
    private final boolean dropout;
    private final Loss loss;
    private final Targets targets;
    private final int[] lengths = {3, 1};
    private final SequenceInput input;
    private final List<LayerState> initial;
    private final List<LayerState> last;
    private final List<LayerState> lastGradient;
    private final List<LayerState> initialGradient;

    Check(NetworkShape shape, double dropout) {
      this.shape = shape;
      this.dropout = dropout > 0;
      weights = Parameters.zeros(Precision.DOUBLE, shape);
      weights.matrices().values().forEach(this::randomize);
      network = new Network(shape, weights, dropout);
      int cells = ROWS * STEPS;
      boolean tokenInput = shape.vocabularySize() > 0;
      int[] tokens = new int[cells];
      int[] classes = new int[cells];
      float[] stepWeights = new float[cells];
      float[] features = random(cells * shape.inputSize());
      float[] values = random(cells * shape.outputSize());
      for (int cell = 0; cell < cells; cell++) {
        tokens[cell] = tokenInput ? random.nextInt(shape.vocabularySize()) : 0;
        classes[cell] = random.nextInt(shape.outputSize());
        stepWeights[cell] = cell / ROWS < lengths[cell % ROWS] ? 1 + cell % 2 : 0;
      }
      input =
          new SequenceInput(
              ROWS, STEPS, lengths, tokenInput ? tokens : null, tokenInput ? null : features);
      targets =
          tokenInput
              ? new Targets(classes, null, stepWeights)
              : new Targets(null, values, stepWeights);
      loss =
          tokenInput
              ? Loss.softmaxCrossEntropy(Precision.DOUBLE, shape.outputSize())
              : Loss.meanSquaredError(Precision.DOUBLE, shape.outputSize());
      initial = network.newStates(ROWS);
      last = network.newStates(ROWS);
      lastGradient = network.newStates(ROWS);
      initialGradient = network.newStates(ROWS);
      matrices(initial).forEach(this::randomize);
      matrices(lastGradient).forEach(this::randomize);
    }

    private float[] random(int length) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) (0.7 * random.nextGaussian());
      }
      return values;
    }

    private void randomize(Matrix matrix) {
      matrix.write(random(matrix.rows() * matrix.columns()), 0);
    }

    private static List<Matrix> matrices(List<LayerState> states) {
      List<Matrix> matrices = new ArrayList<>();
      for (LayerState state : states) {
        matrices.add(state.h());
        if (state.c() != null) {
          matrices.add(state.c());
        }
      }
      return matrices;
    }

    private double forward() {
      Matrix outputs =
          dropout
              ? network.forwardWithDropout(input, initial, last, SEED)
              : network.forward(input, initial, last);
      double sum = loss.sum(outputs, targets);
      List<Matrix> ends = matrices(last);
      List<Matrix> factors = matrices(lastGradient);
      for (int i = 0; i < ends.size(); i++) {
        for (int row = 0; row < ROWS; row++) {
          for (int column = 0; column < shape.hiddenSize(); column++) {
            sum += ends.get(i).get(row, column) * factors.get(i).get(row, column);
          }
        }
      }
      return sum;
    }

    void run() {
      forward();
      network.gradients().clear();
      network.backward(loss.gradient(targets, 1), lastGradient, initialGradient);
      for (Map.Entry<String, Matrix> entry : weights.matrices().entrySet()) {
        compare(entry.getKey(), entry.getValue(), network.gradients().matrix(entry.getKey()));
      }
      List<Matrix> begin = matrices(initial);
      for (int i = 0; i < begin.size(); i++) {
        compare("initial state " + i, begin.get(i), matrices(initialGradient).get(i));
      }
    }

    /**
     * {@code (f(x + h) - f(x - h)) / 2h} times {@code h / STEP}, for differences of fourth order.
     */
    private double slope(Matrix values, int row, int column, double step) {
      double value = values.get(row, column);
      values.set(row, column, value + step);
      double above = forward();
      values.set(row, column, value - step);
      double below = forward();
      values.set(row, column, value);
      return (above - below) / (2 * STEP);
    }

    private void compare(String name, Matrix values, Matrix gradient) {
      for (int row = 0; row < values.rows(); row++) {
        for (int column = 0; column < values.columns(); column++) {
          double value = values.get(row, column);
          double difference =
              (8 * slope(values, row, column, STEP) - slope(values, row, column, 2 * STEP)) / 6;
          double claimed = gradient.get(row, column);
          double size = Math.max(SMALLEST, Math.max(Math.abs(difference), Math.abs(claimed)));
          assertThat(Math.abs(difference - claimed) / size)
              .as(
                  "seed=%d, %s, %s[%d, %d]: gradient %s, central difference %s",
                  SEED, shape, name, row, column, claimed, difference)
              .isLessThanOrEqualTo(TOLERANCE);
        }
      }
    }
  }
}
