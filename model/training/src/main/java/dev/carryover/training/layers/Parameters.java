package dev.carryover.training.layers;

import dev.carryover.model.spec.Cell;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * One matrix for every parameter of a network: its weights, or their gradients. As a flat vector
 * the parameters stand one behind the other in the order of their shapes, for a {@link Network}
 * that of {@link NetworkShape#parameterShapes()}.
 *
 * <p>Weights are written by one thread and read by many; gradients belong to one thread.
 */
public final class Parameters {
  private final Map<String, Matrix> matrices = new LinkedHashMap<>();
  private final Precision precision;
  private final int size;

  private Parameters(Precision precision, Map<String, int[]> shapes) {
    long values = 0;
    for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
      int[] dimensions = entry.getValue();
      matrices.put(entry.getKey(), Matrix.zeros(precision, dimensions[0], dimensions[1]));
      values += (long) dimensions[0] * dimensions[1];
    }
    if (values > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "the network has %,d parameters and one vector holds 2^31; use smaller sizes"
              .formatted(values));
    }
    this.precision = precision;
    size = (int) values;
  }

  /** Parameters of a network, all zero. */
  public static Parameters zeros(Precision precision, NetworkShape shape) {
    return zeros(precision, shape.parameterShapes());
  }

  /**
   * Parameters of given shapes {@code [rows, columns]}, all zero.
   *
   * @param shapes by name, in the order of the flat vector
   */
  public static Parameters zeros(Precision precision, Map<String, int[]> shapes) {
    return new Parameters(precision, shapes);
  }

  /**
   * Weights to begin with, as PyTorch draws them: the recurrent stack and the head uniform within
   * one over the root of what they read ({@code H}, for the stack), the embedding standard normal.
   * The forget gate of an LSTM begins at 1 (Jozefowicz et al. 2015), so that a state lasts.
   *
   * @return a flat vector
   */
  public static float[] initial(NetworkShape shape, long seed) {
    Random random = new Random(seed);
    int total = 0;
    for (int[] dimensions : shape.parameterShapes().values()) {
      total += dimensions[0] * dimensions[1];
    }
    float[] flat = new float[total];
    int at = 0;
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      String name = entry.getKey();
      int length = entry.getValue()[0] * entry.getValue()[1];
      boolean stack = name.startsWith("rnn.");
      double bound = 1 / Math.sqrt(stack ? shape.hiddenSize() : shape.topSize());
      for (int i = 0; i < length; i++) {
        flat[at + i] =
            (float)
                (name.startsWith("embedding")
                    ? random.nextGaussian()
                    : (2 * random.nextDouble() - 1) * bound);
      }
      if (name.contains("bias_ih") && shape.cell() == Cell.LSTM) {
        Arrays.fill(flat, at + shape.hiddenSize(), at + 2 * shape.hiddenSize(), 1f);
      }
      at += length;
    }
    return flat;
  }

  /**
   * The matrix of a parameter.
   *
   * @throws IllegalArgumentException when the network has none of this name
   */
  public Matrix matrix(String name) {
    Matrix matrix = matrices.get(name);
    if (matrix == null) {
      throw new IllegalArgumentException(
          "the network has no parameter " + name + "; it has " + matrices.keySet());
    }
    return matrix;
  }

  /** All matrices by name, in the order of the flat vector. */
  public Map<String, Matrix> matrices() {
    return Collections.unmodifiableMap(matrices);
  }

  /** What the values are made of. */
  public Precision precision() {
    return precision;
  }

  /** The number of values of all parameters, {@code P}. */
  public int size() {
    return size;
  }

  /** Sets every value to 0. */
  public void clear() {
    matrices.values().forEach(matrix -> matrix.fill(0));
  }

  /** Copies all values to a flat vector {@code [P]}. */
  public void read(float[] flat) {
    check(flat);
    int at = 0;
    for (Matrix matrix : matrices.values()) {
      matrix.read(flat, at);
      at += matrix.rows() * matrix.columns();
    }
  }

  /** Sets all values from a flat vector {@code [P]}. */
  public void write(float[] flat) {
    check(flat);
    int at = 0;
    for (Matrix matrix : matrices.values()) {
      matrix.write(flat, at);
      at += matrix.rows() * matrix.columns();
    }
  }

  private void check(float[] flat) {
    if (flat.length != size) {
      throw new IllegalArgumentException(
          "the vector has %d values and the network %d parameters; they are of different shapes"
              .formatted(flat.length, size));
    }
  }
}
