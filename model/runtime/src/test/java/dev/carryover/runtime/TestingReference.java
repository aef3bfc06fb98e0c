package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import java.util.function.UnaryOperator;

/**
 * A model in double precision, one unit at a time, written from the published equations: {@code
 * torch.nn.RNN}, {@code LSTM} and {@code GRU}, and the GRU of Cho et al. 2014. It knows nothing of
 * kernels, panels or folding.
 */
public final class TestingReference {
  private final ModelFile file;
  private final ModelConfig config;
  private final UnaryOperator<String> name;
  private final int hidden;

  /** {@code h[layer][unit]}, from zero. */
  public final double[][] h;

  /** {@code c[layer][unit]}, from zero; the LSTM's alone. */
  public final double[][] c;

  TestingReference(ModelFile file) {
    this(file, UnaryOperator.identity());
  }

  private TestingReference(ModelFile file, UnaryOperator<String> name) {
    this(file, name, file.config().hiddenSize());
  }

  /**
   * One of several stacks of a file, to be stepped by layers.
   *
   * @param name what the stack's tensor is called for the name of one of {@code rnn.*}
   */
  public TestingReference(ModelFile file, UnaryOperator<String> name, int hidden) {
    this.file = file;
    this.name = name;
    this.config = file.config();
    this.hidden = hidden;
    this.h = new double[config.layers()][hidden];
    this.c = new double[config.layers()][hidden];
  }

  /** The outputs {@code [T, O]} of a bidirectional model for a whole sequence of tokens. */
  static double[][] ofTokens(ModelFile file, int[] tokens) {
    TestingReference inputs = new TestingReference(file);
    double[][] x = new double[tokens.length][];
    for (int step = 0; step < x.length; step++) {
      x[step] = inputs.embed(tokens[step]);
    }
    return bothDirections(file, x);
  }

  /** The outputs {@code [T, O]} of a bidirectional model for a whole sequence of features. */
  static double[][] ofFeatures(ModelFile file, float[][] features) {
    TestingReference inputs = new TestingReference(file);
    double[][] x = new double[features.length][];
    for (int step = 0; step < x.length; step++) {
      x[step] = inputs.normalize(features[step]);
    }
    return bothDirections(file, x);
  }

  private static double[][] bothDirections(ModelFile file, double[][] inputs) {
    TestingReference forward = new TestingReference(file);
    TestingReference backward = new TestingReference(file, TensorShapes::reverse);
    int hidden = forward.hidden;
    double[][] x = inputs;
    for (int layer = 0; layer < file.config().layers(); layer++) {
      double[][] joined = new double[x.length][2 * hidden];
      for (int step = 0; step < x.length; step++) {
        int back = x.length - 1 - step;
        System.arraycopy(forward.stepLayer(layer, x[step]), 0, joined[step], 0, hidden);
        System.arraycopy(backward.stepLayer(layer, x[back]), 0, joined[back], hidden, hidden);
      }
      x = joined;
    }
    double[][] logits = new double[x.length][];
    for (int step = 0; step < x.length; step++) {
      logits[step] = forward.logits(x[step]);
    }
    return logits;
  }

  void stepToken(int token) {
    step(embed(token));
  }

  private double[] embed(int token) {
    float[] embedding = file.tensor(TensorShapes.EMBEDDING);
    double[] x = new double[config.inputSize()];
    for (int i = 0; i < x.length; i++) {
      x[i] = embedding[token * x.length + i];
    }
    return x;
  }

  void stepFeatures(float[] features) {
    step(normalize(features));
  }

  private double[] normalize(float[] features) {
    double[] x = new double[features.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = ((double) features[i] - config.features().mean()[i]) / config.features().scale()[i];
    }
    return x;
  }

  double[] logits() {
    return logits(h[h.length - 1]);
  }

  private double[] logits(double[] top) {
    double[] logits = new double[config.outputSize()];
    float[] weight = file.tensor(TensorShapes.HEAD_WEIGHT);
    float[] bias = file.tensor(TensorShapes.HEAD_BIAS);
    for (int o = 0; o < logits.length; o++) {
      logits[o] = bias[o] + dot(weight, o, top);
    }
    return logits;
  }

  private void step(double[] input) {
    double[] x = input;
    for (int layer = 0; layer < h.length; layer++) {
      x = stepLayer(layer, x);
    }
  }

  /** Advances one layer by an input and gives its output. */
  public double[] stepLayer(int layer, double[] x) {
    Sums ih = new Sums(TensorShapes.inputWeight(layer), TensorShapes.inputBias(layer), x);
    h[layer] =
        switch (config.cell()) {
          case RNN_TANH -> elman(layer, ih, false);
          case RNN_RELU -> elman(layer, ih, true);
          case LSTM -> lstm(layer, ih);
          case GRU -> config.gruReset() == GruReset.AFTER ? gru(layer, ih) : choGru(layer, ih);
        };
    return h[layer];
  }

  /** {@code h' = f(W_ih x + b_ih + W_hh h + b_hh)}. */
  private double[] elman(int layer, Sums ih, boolean relu) {
    Sums hh = recurrent(layer, h[layer]);
    double[] result = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double sum = ih.of(0, j) + hh.of(0, j);
      result[j] = relu ? Math.max(0, sum) : Math.tanh(sum);
    }
    return result;
  }

  /** Gates i, f, g, o; {@code c' = f * c + i * g}, {@code h' = o * tanh(c')}. */
  private double[] lstm(int layer, Sums ih) {
    Sums hh = recurrent(layer, h[layer]);
    double[] result = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double i = sigmoid(ih.of(0, j) + hh.of(0, j));
      double f = sigmoid(ih.of(1, j) + hh.of(1, j));
      double g = Math.tanh(ih.of(2, j) + hh.of(2, j));
      double o = sigmoid(ih.of(3, j) + hh.of(3, j));
      c[layer][j] = f * c[layer][j] + i * g;
      result[j] = o * Math.tanh(c[layer][j]);
    }
    return result;
  }

  /** Gates r, z, n; {@code n = tanh(W x + b + r * (U h + d))}, {@code h' = (1-z) * n + z * h}. */
  private double[] gru(int layer, Sums ih) {
    Sums hh = recurrent(layer, h[layer]);
    double[] result = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double r = sigmoid(ih.of(0, j) + hh.of(0, j));
      double z = sigmoid(ih.of(1, j) + hh.of(1, j));
      double n = Math.tanh(ih.of(2, j) + r * hh.of(2, j));
      result[j] = (1 - z) * n + z * h[layer][j];
    }
    return result;
  }

  /** The same with {@code n = tanh(W x + b + U (r * h) + d)}. */
  private double[] choGru(int layer, Sums ih) {
    Sums hh = recurrent(layer, h[layer]);
    double[] resetH = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      resetH[j] = sigmoid(ih.of(0, j) + hh.of(0, j)) * h[layer][j];
    }
    Sums candidate = recurrent(layer, resetH);
    double[] result = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double z = sigmoid(ih.of(1, j) + hh.of(1, j));
      double n = Math.tanh(ih.of(2, j) + candidate.of(2, j));
      result[j] = (1 - z) * n + z * h[layer][j];
    }
    return result;
  }

  private Sums recurrent(int layer, double[] state) {
    return new Sums(TensorShapes.hiddenWeight(layer), TensorShapes.hiddenBias(layer), state);
  }

  /** {@code W v + b}, gate by gate. */
  private final class Sums {
    private final double[] values;

    Sums(String weightName, String biasName, double[] v) {
      float[] weight = file.tensor(name.apply(weightName));
      values = new double[config.cell().gates() * hidden];
      for (int row = 0; row < values.length; row++) {
        values[row] =
            dot(weight, row, v) + (config.bias() ? file.tensor(name.apply(biasName))[row] : 0);
      }
    }

    double of(int gate, int unit) {
      return values[gate * hidden + unit];
    }
  }

  private static double dot(float[] matrix, int row, double[] v) {
    double sum = 0;
    for (int k = 0; k < v.length; k++) {
      sum += matrix[row * v.length + k] * v[k];
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
