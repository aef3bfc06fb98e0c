package dev.carryover.training.tensor;

/**
 * The elementwise maths of a step over {@code [B, H]} planes, {@code B} being the rows of the batch
 * at hand ({@link #begin}) and {@code H} fixed. In the formulas all planes are taken element by
 * element; {@code out} may be any of the inputs.
 *
 * <p>Belongs to one thread. Planes grow to the largest batch they have seen; after that nothing is
 * allocated. Planes of other {@code Planes} are a {@link ClassCastException}; the sizes are those
 * of {@link #begin}.
 */
public interface Planes {
  /**
   * The planes of a backend: loops over Java arrays for floats on a CPU, where one of ND4J's
   * operations costs more than the arithmetic of a step, and ND4J's operations elsewhere.
   *
   * @param width {@code H}
   */
  static Planes of(Precision precision, int width) {
    return precision == Precision.FLOAT && Backend.onCpu()
        ? new HostPlanes(width)
        : new OperationPlanes(precision, width);
  }

  /** A plane of zeros. */
  Plane plane();

  /** Begins a batch of {@code rows} rows whose lengths are {@code lengths [B]}. */
  void begin(int rows, int[] lengths);

  /** {@code out = from[:, column .. column + H - 1]}, from a matrix of B rows. */
  void load(Matrix from, int column, Plane out);

  /** {@code to[:, column .. column + H - 1] = plane}, into a matrix of B rows. */
  void store(Plane plane, Matrix to, int column);

  /** Every row of {@code out} becomes {@code row[0, column .. column + H - 1]}. */
  void tile(Matrix row, int column, Plane out);

  /** {@code out = 0}. */
  void clear(Plane out);

  /** {@code out = a + b}. */
  void add(Plane a, Plane b, Plane out);

  /** {@code out = a - b}. */
  void subtract(Plane a, Plane b, Plane out);

  /** {@code out = 1 - a}. */
  void complement(Plane a, Plane out);

  /** {@code out = a * b}. */
  void multiply(Plane a, Plane b, Plane out);

  /** {@code out = out + a * b}. */
  void addProduct(Plane a, Plane b, Plane out);

  /** {@code out = 1 / (1 + exp(-a))}. */
  void sigmoid(Plane a, Plane out);

  /** {@code out = tanh(a)}. */
  void tanh(Plane a, Plane out);

  /** {@code out = max(0, a)}. */
  void relu(Plane a, Plane out);

  /** {@code out = up * factor * y * (1 - y)}: back through {@code y = sigmoid(a)}. */
  void sigmoidBackward(Plane up, Plane factor, Plane y, Plane out);

  /** {@code out = up * factor * (1 - y * y)}: back through {@code y = tanh(a)}. */
  void tanhBackward(Plane up, Plane factor, Plane y, Plane out);

  /** {@code out = up where y > 0, else 0}: back through {@code y = relu(a)}. */
  void reluBackward(Plane up, Plane y, Plane out);

  /** {@code out[b] = sum over H of a[b, :] * b[b, :]}, for {@code out [B]}. */
  void dotRows(Plane a, Plane b, double[] out);

  /** {@code out[b, :] = out[b, :] + factors[b] * a[b, :]}, for {@code factors [B]}. */
  void addScaledRows(Plane a, double[] factors, Plane out);

  /** Rows that are over at a step ({@code step >= length}) take the values of {@code before}. */
  void carry(Plane before, Plane after, int step);

  /** Rows that are over at a step move from {@code plane}, where they become 0, to {@code over}. */
  void split(Plane plane, Plane over, int step);

  /** Rows that are set in {@code rows [B]} become 0. */
  void clearRows(Plane plane, boolean[] rows);
}
