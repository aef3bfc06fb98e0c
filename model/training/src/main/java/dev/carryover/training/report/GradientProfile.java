package dev.carryover.training.report;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.Batch;
import dev.carryover.training.data.BatchOptions;
import dev.carryover.training.data.Batches;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.layers.Loss;
import dev.carryover.training.layers.Network;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.layers.Targets;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How much of a gradient is left on its way back through time: the loss of the last step alone, and
 * the norm of its gradient by the lowest layer's hidden state at every step before. A product of as
 * many Jacobians as there are steps between falls or rises exponentially (Pascanu et al. 2013);
 * gates are there to prevent it.
 *
 * <p>Computed in double, so that what vanishes can be seen vanishing.
 *
 * @param name what the legend says
 * @param norms {@code [D]}: at index d the mean over sequences of the norm d steps before the loss;
 *     NaN where no sequence reaches
 */
public record GradientProfile(String name, double[] norms) {
  private static final int ROWS = 8;
  private static final int LONGEST = 1000;

  /**
   * The profile of a trained model.
   *
   * @param data whose longest validation sequences are read, or training sequences if there are no
   *     others
   * @param steps D, how far back to look
   */
  public static GradientProfile of(ModelFile model, TrainingData data, int steps) {
    ModelConfig config = model.config();
    NetworkShape shape =
        new NetworkShape(
            config.tokenInput() ? config.vocabulary().size() : 0,
            config.inputSize(),
            config.cell(),
            config.gruReset(),
            config.hiddenSize(),
            config.layers(),
            false,
            config.bias(),
            config.outputSize());
    Parameters weights = Parameters.zeros(Precision.DOUBLE, shape);
    weights.matrices().forEach((name, matrix) -> matrix.write(model.tensor(name), 0));
    return measure(config.cell() + ", trained", shape, weights, data, steps);
  }

  /**
   * The profile of a network.
   *
   * @param name what the legend says
   * @param weights {@code [P]}, in the order of {@link NetworkShape#parameterShapes()}
   * @param data as of {@link #of(ModelFile, TrainingData, int)}
   * @param steps D, how far back to look
   */
  public static GradientProfile of(
      String name, NetworkShape shape, float[] weights, TrainingData data, int steps) {
    Parameters parameters = Parameters.zeros(Precision.DOUBLE, shape);
    parameters.write(weights);
    return measure(name, shape, parameters, data, steps);
  }

  /**
   * Untrained networks of one shape, one with each of RNN, GRU and LSTM. The RNN is drawn as
   * training draws it; the gates that keep the state of the others are biased to keep it between 1
   * and {@code steps} steps (after Tallec and Ollivier 2018).
   *
   * @param like the shape; its cell does not matter
   * @param seed of the weights
   * @param steps D, how far back to look
   */
  public static List<GradientProfile> ofCells(
      NetworkShape like, long seed, TrainingData data, int steps) {
    List<GradientProfile> profiles = new ArrayList<>();
    for (Cell cell : List.of(Cell.RNN_TANH, Cell.GRU, Cell.LSTM)) {
      NetworkShape shape =
          new NetworkShape(
              like.vocabularySize(),
              like.inputSize(),
              cell,
              GruReset.AFTER,
              like.hiddenSize(),
              like.layers(),
              false,
              true,
              like.outputSize());
      float[] weights = Parameters.initial(shape, seed);
      holdStates(shape, weights, steps, new Random(seed));
      profiles.add(of(cell + ", untrained", shape, weights, data, steps));
    }
    return profiles;
  }

  /** Draws the bias of the LSTM's forget gate and of the GRU's update gate: both come second. */
  private static void holdStates(NetworkShape shape, float[] weights, int steps, Random random) {
    if (shape.cell().gates() == 1) {
      return;
    }
    int at = 0;
    int hidden = shape.hiddenSize();
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      for (int unit = 0; entry.getKey().contains("bias_ih") && unit < hidden; unit++) {
        float bias = (float) Math.log(1 + random.nextDouble() * Math.max(1, steps - 2));
        weights[at + hidden + unit] = bias;
      }
      at += entry.getValue()[0] * entry.getValue()[1];
    }
  }

  private static GradientProfile measure(
      String name, NetworkShape shape, Parameters weights, TrainingData data, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("the profile has " + steps + " steps; it is at least 1");
    }
    Batch batch = longest(data, steps);
    int rows = batch.size();
    int[] last = lastTargets(batch);
    float[] mask = new float[rows * batch.steps()];
    for (int row = 0; row < rows; row++) {
      if (last[row] >= 0) {
        mask[last[row] * rows + row] = 1f;
      }
    }
    double[] sums = new double[steps + 1];
    int[] counts = new int[steps + 1];
    Network network = new Network(shape, weights, 0);
    network.monitorGradients(
        0,
        (step, gradient) -> {
          for (int row = 0; row < rows; row++) {
            int back = last[row] - step;
            if (last[row] >= 0 && back >= 0 && back <= steps) {
              sums[back] += norm(gradient, row);
              counts[back]++;
            }
          }
        });
    Loss loss =
        data.task() == Task.REGRESS
            ? Loss.meanSquaredError(Precision.DOUBLE, shape.outputSize())
            : Loss.softmaxCrossEntropy(Precision.DOUBLE, shape.outputSize());
    SequenceInput input =
        new SequenceInput(rows, batch.steps(), batch.lengths(), batch.tokens(), batch.features());
    Targets targets = new Targets(batch.targets(), batch.values(), mask);
    loss.sum(network.forward(input, null, null), targets);
    network.backward(loss.gradient(targets, 1), null, null);
    double[] norms = new double[steps + 1];
    for (int back = 0; back <= steps; back++) {
      norms[back] = counts[back] == 0 ? Double.NaN : sums[back] / counts[back];
    }
    return new GradientProfile(name, norms);
  }

  /**
   * The longest sequences as one batch: their first {@code steps + 1} steps where something is to
   * be learned in those, otherwise more of them.
   */
  private static Batch longest(TrainingData data, int steps) {
    List<TrainingSequence> from = data.validation().isEmpty() ? data.training() : data.validation();
    List<TrainingSequence> chosen =
        data.continuous()
            ? from
            : from.stream()
                .sorted(Comparator.comparingInt(TrainingSequence::length).reversed())
                .limit(ROWS)
                .toList();
    Batch first = firstWindow(data, chosen, steps + 1);
    if (first.targetCount() > 0) {
      return first;
    }
    Batch whole = firstWindow(data, chosen, Math.max(LONGEST, steps + 1));
    if (whole.targetCount() == 0) {
      throw new IllegalArgumentException(
          "nothing is to be learned in the first %d steps of the %d longest sequences; give shorter ones"
              .formatted(whole.steps(), whole.size()));
    }
    return whole;
  }

  private static Batch firstWindow(TrainingData data, List<TrainingSequence> chosen, int window) {
    return Batches.inOrder(data, chosen, new BatchOptions(ROWS, ROWS * window, window, 0)).get(0);
  }

  private static int[] lastTargets(Batch batch) {
    int[] last = new int[batch.size()];
    Arrays.fill(last, -1);
    for (int at = 0; at < batch.mask().length; at++) {
      if (batch.mask()[at] > 0) {
        last[at % batch.size()] = at / batch.size();
      }
    }
    return last;
  }

  private static double norm(Matrix gradient, int row) {
    double sum = 0;
    for (int column = 0; column < gradient.columns(); column++) {
      sum += gradient.get(row, column) * gradient.get(row, column);
    }
    return Math.sqrt(sum);
  }

  /** How many powers of ten the norm falls from the loss to the last step that is known. */
  public double decadesLost() {
    double last = norms[0];
    for (double norm : norms) {
      last = Double.isNaN(norm) ? last : norm;
    }
    return Math.log10(norms[0]) - Math.log10(last);
  }

  /** The curves of some profiles. */
  static Figure.Lines figure(List<GradientProfile> profiles) {
    return new Figure.Lines(
        "gradient-through-time",
        "Gradient norm per time step",
        "The gradient of the last step's loss by the hidden state of the lowest layer, from the step"
            + " of the loss backwards. A line that falls is a gradient that vanishes: what happened"
            + " that long ago is not learned from. A line that rises is one that explodes. A line"
            + " that ends has reached 0, or the beginning of every sequence.",
        "steps back from the loss",
        "norm of the gradient",
        true,
        profiles.stream().map(p -> Figure.Series.line(p.name(), p.norms())).toList());
  }
}
