package dev.carryover.training.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.layers.LayerState;
import dev.carryover.training.layers.Network;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** The LSTM against ND4J's own, whose native operation is written by others. */
class NativeLstmTest {
  private static final long SEED = 4;
  private static final int ROWS = 3;
  private static final int STEPS = 6;
  private static final int INPUTS = 5;
  private static final int HIDDEN = 7;
  private static final int OUTPUTS = 4;

  private final Random random = new Random(SEED);

  private void randomize(Matrix matrix) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        matrix.set(row, column, (float) (0.5 * random.nextGaussian()));
      }
    }
  }

  @Test
  void everyGradientIsThatOfTheNativeLstm() {
    NetworkShape shape =
        new NetworkShape(0, INPUTS, Cell.LSTM, GruReset.AFTER, HIDDEN, 1, false, true, OUTPUTS);
    Parameters weights = Parameters.zeros(Precision.DOUBLE, shape);
    weights.matrices().values().forEach(this::randomize);
    weights.matrix("rnn.bias_hh_l0").fill(0);
    Network network = new Network(shape, weights, 0);
    float[] features = new float[ROWS * STEPS * INPUTS];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    int[] lengths = new int[ROWS];
    Arrays.fill(lengths, STEPS);
    List<LayerState> initial = network.newStates(ROWS);
    randomize(initial.get(0).h());
    randomize(initial.get(0).c());
    network.forward(new SequenceInput(ROWS, STEPS, lengths, null, features), initial, null);
    Matrix outputGradient = Matrix.zeros(Precision.DOUBLE, ROWS * STEPS, OUTPUTS);
    randomize(outputGradient);
    List<LayerState> initialGradient = network.newStates(ROWS);
    network.backward(outputGradient, null, initialGradient);

    Matrix x = Matrix.zeros(Precision.DOUBLE, ROWS * STEPS, INPUTS);
    x.write(features, 0);
    INDArray stateGradient =
        outputGradient
            .array()
            .mmul(weights.matrix("head.weight").array())
            .reshape('c', STEPS, ROWS, HIDDEN);
    INDArray inputWeight = weights.matrix("rnn.weight_ih_l0").array().transpose().dup('c');
    INDArray hiddenWeight = weights.matrix("rnn.weight_hh_l0").array().transpose().dup('c');
    INDArray bias = weights.matrix("rnn.bias_ih_l0").array().reshape(4L * HIDDEN);
    INDArray[] gradients = {
      zeros(STEPS, ROWS, INPUTS),
      zeros(INPUTS, 4 * HIDDEN),
      zeros(HIDDEN, 4 * HIDDEN),
      zeros(4 * HIDDEN),
      zeros(ROWS, HIDDEN),
      zeros(ROWS, HIDDEN)
    };
    // Time-major, forward, gates by sigmoid, the rest by tanh; bias, initial h and c, full
    // sequence.
    Nd4j.exec(
        DynamicCustomOp.builder("lstmLayer_bp")
            .addInputs(
                x.array().reshape('c', STEPS, ROWS, INPUTS),
                inputWeight,
                hiddenWeight,
                bias,
                initial.get(0).h().array(),
                initial.get(0).c().array(),
                stateGradient)
            .addOutputs(gradients)
            .addIntegerArguments(0, 0, 2, 0, 0)
            .addFloatingPointArguments(0.0)
            .addBooleanArguments(true, false, true, true, false, true, false, false)
            .build());

    Parameters claimed = network.gradients();
    assertEqual("weight_ih", claimed.matrix("rnn.weight_ih_l0").array(), gradients[1].transpose());
    assertEqual("weight_hh", claimed.matrix("rnn.weight_hh_l0").array(), gradients[2].transpose());
    assertEqual(
        "bias", claimed.matrix("rnn.bias_ih_l0").array(), gradients[3].reshape(1, 4L * HIDDEN));
    assertEqual("initial h", initialGradient.get(0).h().array(), gradients[4]);
    assertEqual("initial c", initialGradient.get(0).c().array(), gradients[5]);
  }

  private static INDArray zeros(long... shape) {
    return Nd4j.create(DataType.DOUBLE, shape, 'c');
  }

  private static void assertEqual(String what, INDArray claimed, INDArray wanted) {
    assertThat(wanted.amaxNumber().doubleValue()).as("%s is not all zero", what).isPositive();
    assertThat(claimed.sub(wanted).amaxNumber().doubleValue())
        .as("seed=%d, largest difference of %s", SEED, what)
        .isLessThan(1e-10);
  }
}
