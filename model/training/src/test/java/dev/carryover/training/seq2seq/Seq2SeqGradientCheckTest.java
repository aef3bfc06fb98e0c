package dev.carryover.training.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.training.layers.Loss;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.layers.Targets;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole backward pass against central differences of fourth order, in double: every entry of
 * every weight, over sources and targets of different lengths.
 */
class Seq2SeqGradientCheckTest {
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-6;

  /** Gradients below this are compared absolutely: a difference of losses has no more digits. */
  private static final double SMALLEST = 1e-3;

  private static final long SEED = 20_261_120;

  static Stream<Arguments> networks() {
    List<Arguments> all = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      all.add(Arguments.of(config(cell, GruReset.AFTER, 1, 1, true, Attention.ADDITIVE)));
    }
    all.add(Arguments.of(config(Cell.GRU, GruReset.BEFORE, 1, 2, false, Attention.ADDITIVE)));
    for (Attention attention : Attention.values()) {
      // Two directions, joined, are as long as a query of dot attention.
      all.add(Arguments.of(config(Cell.LSTM, GruReset.AFTER, 2, 1, true, attention)));
    }
    // A bridge for the size alone, and no bridge at all.
    all.add(Arguments.of(config(Cell.GRU, GruReset.AFTER, 1, 3, false, Attention.GENERAL)));
    all.add(Arguments.of(config(Cell.LSTM, GruReset.AFTER, 1, 2, false, Attention.NONE)));
    return all.stream();
  }

  private static ModelConfig config(
      Cell cell, GruReset reset, int layers, int size, boolean bothWays, Attention attention) {
    return TestingNetworks.config(cell, reset, layers, size, bothWays, attention);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyGradientEqualsItsCentralDifference(ModelConfig config) {
    new Check(config, 0, 0, 0).run();
  }

  @Test
  void dropoutIsDifferentiated() {
    new Check(config(Cell.GRU, GruReset.AFTER, 2, 1, true, Attention.ADDITIVE), 0.4, 0, 0).run();
  }

  @Test
  void labelSmoothingIsDifferentiated() {
    new Check(config(Cell.GRU, GruReset.AFTER, 1, 1, true, Attention.ADDITIVE), 0, 0.3, 0).run();
  }

  @Test
  void tokensOfTheDecodersOwnAreDifferentiatedAsIfTheyWereGiven() {
    new Check(config(Cell.LSTM, GruReset.AFTER, 1, 2, false, Attention.DOT), 0.2, 0, 0.6).run();
  }

  /** A network, a batch of pairs of different lengths, and a loss. */
  private static final class Check {
    private static final int[] SOURCE_LENGTHS = {3, 1};
    private static final int[] TARGET_LENGTHS = {2, 3};
    private static final int ROWS = 2;
    private static final int STEPS = 3;

    private final Random random = new Random(SEED);
    private final ModelConfig config;
    private final double dropout;
    private final double sampling;
    private final Parameters weights;
    private final Seq2SeqNetwork network;
    private final Loss loss;
    private final Targets targets;
    private final Seq2SeqInput input;

    Check(ModelConfig config, double dropout, double smoothing, double sampling) {
      this.config = config;
      this.dropout = dropout;
      this.sampling = sampling;
      weights = Parameters.zeros(Precision.DOUBLE, Seq2SeqNetwork.parameterShapes(config));
      for (Matrix matrix : weights.matrices().values()) {
        float[] values = new float[matrix.rows() * matrix.columns()];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (0.7 * random.nextGaussian());
        }
        matrix.write(values, 0);
      }
      network = new Seq2SeqNetwork(config, weights, dropout);
      int outputs = config.outputSize();
      loss = Loss.softmaxCrossEntropy(Precision.DOUBLE, outputs, smoothing);
      int cells = ROWS * STEPS;
      int[] classes = new int[cells];
      int[] fed = new int[cells];
      float[] mask = new float[cells];
      for (int cell = 0; cell < cells; cell++) {
        classes[cell] = random.nextInt(outputs);
        fed[cell] = cell < ROWS ? 1 : classes[cell - ROWS];
        mask[cell] = cell / ROWS < TARGET_LENGTHS[cell % ROWS] ? 1 : 0;
      }
      targets = new Targets(classes, null, mask);
      int[] sources = random.ints(cells, 0, config.vocabulary().size()).toArray();
      input =
          new Seq2SeqInput(
              new SequenceInput(ROWS, STEPS, SOURCE_LENGTHS, sources, null), STEPS, fed);
    }

    private Matrix outputs() {
      return dropout > 0 || sampling > 0
          ? network.forward(input, sampling, SEED)
          : network.forward(input);
    }

    private double loss() {
      return loss.sum(outputs(), targets);
    }

    void run() {
      loss();
      network.gradients().clear();
      network.backward(loss.gradient(targets, 1));
      for (Map.Entry<String, Matrix> entry : weights.matrices().entrySet()) {
        compare(entry.getKey(), entry.getValue(), network.gradients().matrix(entry.getKey()));
      }
    }

    /**
     * {@code (f(x + h) - f(x - h)) / 2h} times {@code h / STEP}, for differences of fourth order.
     */
    private double slope(Matrix values, int row, int column, double step) {
      double value = values.get(row, column);
      values.set(row, column, value + step);
      double above = loss();
      values.set(row, column, value - step);
      double below = loss();
      values.set(row, column, value);
      return (above - below) / (2 * STEP);
    }

    private void compare(String name, Matrix values, Matrix gradient) {
      for (int row = 0; row < values.rows(); row++) {
        for (int column = 0; column < values.columns(); column++) {
          double difference =
              (8 * slope(values, row, column, STEP) - slope(values, row, column, 2 * STEP)) / 6;
          double claimed = gradient.get(row, column);
          double size = Math.max(SMALLEST, Math.max(Math.abs(difference), Math.abs(claimed)));
          assertThat(Math.abs(difference - claimed) / size)
              .as(
                  "seed=%d, %s, %s[%d, %d]: gradient %s, central difference %s",
                  SEED, config, name, row, column, claimed, difference)
              .isLessThanOrEqualTo(TOLERANCE);
        }
      }
    }
  }
}
