package dev.carryover.training.report;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * One step of one layer as the papers write it, in double, with every gate in the open. For
 * looking, not for serving: what the runtime computes is {@code runtime.cells}.
 *
 * <pre>
 * RNN   h' = f(W x + b + U h + d)                                       f = tanh or relu
 * LSTM  i, f, o = sigmoid(W x + b + U h + d)    g = tanh(W x + b + U h + d)
 *       c' = f c + i g                          h' = o tanh(c')
 * GRU   r, z = sigmoid(W x + b + U h + d)       n = tanh(W x + b + r (U h + d))
 *       h' = (1 - z) n + z h                    reset before: n = tanh(W x + b + U (r h) + d)
 * </pre>
 */
final class CellEquations {
  private static final DoubleUnaryOperator SIGMOID = x -> 1 / (1 + Math.exp(-x));
  private static final DoubleUnaryOperator RELU = x -> Math.max(0, x);

  private final Cell cell;
  private final boolean resetBefore;
  private final int hiddenSize;
  private final float[] inputWeight;
  private final float[] hiddenWeight;
  private final float[] inputBias;
  private final float[] hiddenBias;

  CellEquations(ModelFile model, int layer) {
    ModelConfig config = model.config();
    cell = config.cell();
    resetBefore = config.gruReset() == GruReset.BEFORE;
    hiddenSize = config.hiddenSize();
    inputWeight = model.tensor("rnn.weight_ih_l" + layer);
    hiddenWeight = model.tensor("rnn.weight_hh_l" + layer);
    float[] none = new float[cell.gates() * hiddenSize];
    inputBias = config.bias() ? model.tensor("rnn.bias_ih_l" + layer) : none;
    hiddenBias = config.bias() ? model.tensor("rnn.bias_hh_l" + layer) : none;
  }

  /** The gates of a cell in the order of its weights; none for an RNN. */
  static String[] gateNames(Cell cell) {
    return switch (cell) {
      case RNN_TANH, RNN_RELU -> new String[0];
      case LSTM -> new String[] {"i", "f", "g", "o"};
      case GRU -> new String[] {"r", "z", "n"};
    };
  }

  /**
   * The gates and the state after a step, each {@code [H]}, by name.
   *
   * @param x the layer's input {@code [I]}
   * @param h the state before {@code [H]}
   * @param c the cell state before {@code [H]}; {@code null} unless it is an LSTM
   */
  Map<String, float[]> step(float[] x, float[] h, float[] c) {
    Map<String, float[]> values = new LinkedHashMap<>();
    switch (cell) {
      case RNN_TANH -> values.put("h", gate(0, x, h, Math::tanh));
      case RNN_RELU -> values.put("h", gate(0, x, h, RELU));
      case LSTM -> stepLstm(x, h, c, values);
      case GRU -> stepGru(x, h, values);
    }
    return values;
  }

  private void stepLstm(float[] x, float[] h, float[] c, Map<String, float[]> values) {
    float[] i = gate(0, x, h, SIGMOID);
    float[] f = gate(1, x, h, SIGMOID);
    float[] g = gate(2, x, h, Math::tanh);
    float[] o = gate(3, x, h, SIGMOID);
    float[] nextC = new float[hiddenSize];
    float[] nextH = new float[hiddenSize];
    for (int unit = 0; unit < hiddenSize; unit++) {
      nextC[unit] = f[unit] * c[unit] + i[unit] * g[unit];
      nextH[unit] = (float) (o[unit] * Math.tanh(nextC[unit]));
    }
    values.put("i", i);
    values.put("f", f);
    values.put("g", g);
    values.put("o", o);
    values.put("c", nextC);
    values.put("h", nextH);
  }

  private void stepGru(float[] x, float[] h, Map<String, float[]> values) {
    float[] r = gate(0, x, h, SIGMOID);
    float[] z = gate(1, x, h, SIGMOID);
    float[] n = new float[hiddenSize];
    float[] nextH = new float[hiddenSize];
    float[] kept = h.clone();
    for (int unit = 0; resetBefore && unit < hiddenSize; unit++) {
      kept[unit] *= r[unit];
    }
    for (int unit = 0; unit < hiddenSize; unit++) {
      int row = 2 * hiddenSize + unit;
      double scale = resetBefore ? 1 : r[unit];
      n[unit] = (float) Math.tanh(inputSum(row, x) + scale * hiddenSum(row, kept));
      nextH[unit] = (1 - z[unit]) * n[unit] + z[unit] * h[unit];
    }
    values.put("r", r);
    values.put("z", z);
    values.put("n", n);
    values.put("h", nextH);
  }

  private float[] gate(int gate, float[] x, float[] h, DoubleUnaryOperator activation) {
    float[] values = new float[hiddenSize];
    for (int unit = 0; unit < hiddenSize; unit++) {
      int row = gate * hiddenSize + unit;
      values[unit] = (float) activation.applyAsDouble(inputSum(row, x) + hiddenSum(row, h));
    }
    return values;
  }

  private double inputSum(int row, float[] x) {
    return inputBias[row] + product(inputWeight, row, x);
  }

  private double hiddenSum(int row, float[] h) {
    return hiddenBias[row] + product(hiddenWeight, row, h);
  }

  private static double product(float[] matrix, int row, float[] vector) {
    double sum = 0;
    for (int i = 0; i < vector.length; i++) {
      sum += (double) matrix[row * vector.length + i] * vector[i];
    }
    return sum;
  }
}
