package dev.carryover.runtime.kernels;

/**
 * The loops of a step over the first {@code rows} rows of a micro-batch.
 *
 * <p><b>One arithmetic.</b> Every implementation gives the same bits for the same row, whatever the
 * other rows are: each output is one chain of fused multiply-adds over k in rising order;
 * activations are those of {@link Activations}; sums over a row run in {@value #VIRTUAL_LANES}
 * lanes that are folded in halves (lane i takes lane i + 8, then i + 4, i + 2, i + 1). {@link
 * ScalarKernels} is the specification.
 *
 * <p>Nothing is allocated. Implementations keep no state and are shared by all threads; the {@link
 * Rows} belong to the caller, and a step leaves its gates in an unspecified state. Input and output
 * rows must not be the same object unless said so. Sizes are checked by the callers that build
 * models and sessions; kernels only {@code assert}. Widths are multiples of 32, those of {@link
 * #max}, {@link #exp}, {@link #sum} and {@link #rank} of {@value #VIRTUAL_LANES}.
 */
public interface Kernels {
  /** Lanes of every reduction over a row. */
  int VIRTUAL_LANES = 16;

  /** Columns of a row whose values {@link #largest} compares with those of other rows at once. */
  int SHORT_ROW = 256;

  /** What is running, for logs: for example {@code scalar} or {@code simd512}. */
  String name();

  /**
   * {@code out[r, column + j] += sum over k of in[r, k] * w[j, k]} for all padded outputs j of
   * {@code w}, with the weights as they are packed; the chain of fused multiply-adds begins with
   * the value that stands in {@code out}.
   */
  void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int rows);

  /**
   * Both halves of the sums of a step, {@link #multiplyAdd} of {@code w} and {@code in}, then that
   * of {@code u} and {@code h}.
   *
   * @param first the column of {@code sums} where the outputs of {@code w} begin
   * @param second the column where those of {@code u} begin
   */
  default void multiplyAddBoth(
      PackedMatrix w, Rows in, int first, PackedMatrix u, Rows h, int second, Rows sums, int rows) {
    multiplyAdd(w, in, sums, first, rows);
    multiplyAdd(u, h, sums, second, rows);
  }

  /** Elman step: {@code h = tanh(gates)}, over {@code width} columns. */
  void tanh(Rows gates, Rows h, int width, int rows);

  /** Elman step with a rectifier: {@code h = max(0, gates)}; NaN stays NaN. */
  void relu(Rows gates, Rows h, int width, int rows);

  /**
   * LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): {@code gates}
   * holds the sums of i, f, o, g, each {@code width} wide; {@code c = f * c + i * g}, {@code h = o
   * * tanh(c)}.
   */
  void lstm(Rows gates, Rows h, Rows c, int width, int rows);

  /**
   * GRU with the reset gate after the recurrent product (PyTorch, cuDNN): {@code gates} holds the
   * input part of n, the sums of r and z, and the recurrent part of n, each {@code width} wide;
   * {@code n = tanh(nInput + r * nRecurrent)}, {@code h = n + z * (h - n)}.
   */
  void gru(Rows gates, Rows h, int width, int rows);

  /**
   * The recurrent half of an LSTM's step: {@link #multiplyAdd} of {@code w} and {@code h} into
   * {@code gates}, then {@link #lstm}.
   *
   * @param w {@code [4 * width, H]}, blocks in the order of {@code gates}, which is {@code 4 *
   *     width} wide and holds the input half of the sums
   */
  void lstmStep(PackedMatrix w, Rows gates, Rows h, Rows c, int width, int rows);

  /** {@link #lstmStep} where the input half of the sums is looked up. */
  default void lstmStep(
      PackedMatrix w, LookedUp input, Rows gates, Rows h, Rows c, int width, int rows) {
    input.copyTo(gates, rows);
    lstmStep(w, gates, h, c, width, rows);
  }

  /**
   * The recurrent half of a GRU's step: the last block of {@code gates} begins with {@code bias
   * [width]}, {@link #multiplyAdd} of {@code w} and {@code h} goes into the last three, then {@link
   * #gru}.
   *
   * @param w {@code [3 * width, H]}, blocks in the order r, z, n
   */
  void gruStep(PackedMatrix w, float[] bias, Rows gates, Rows h, int width, int rows);

  /** {@link #gruStep} where the input half of the sums is looked up. */
  default void gruStep(
      PackedMatrix w, float[] bias, LookedUp input, Rows gates, Rows h, int width, int rows) {
    input.copyTo(gates, rows);
    gruStep(w, bias, gates, h, width, rows);
  }

  /**
   * First half of the GRU of Cho et al. 2014: {@code gates} holds the input part of n and the sums
   * of r and z; {@code reset = sigmoid(r) * h} is what the recurrent product of n reads.
   */
  void gruReset(Rows gates, Rows h, Rows reset, int width, int rows);

  /**
   * Second half of the GRU of Cho et al. 2014, after {@link #gruReset} and after the recurrent
   * product was added to the first block: {@code h = n + z * (h - n)} with n the tanh of that
   * block.
   */
  void gruBlend(Rows gates, Rows h, int width, int rows);

  /** Largest of {@code width} values, NaN passed over. */
  float max(float[] values, int offset, int width);

  /**
   * {@code to = exp(from - shift)} over {@code width} values; zero below {@code exp(-87)}. Source
   * and target may be the same place.
   */
  void exp(float[] from, int source, float shift, float[] to, int target, int width);

  /** Sum of {@code width} values in 16 lanes. */
  float sum(float[] values, int offset, int width);

  /** {@code to = a + b} over {@code width} values; {@code to} may be {@code a} or {@code b}. */
  void add(float[] a, int atA, float[] b, int atB, float[] to, int target, int width);

  /**
   * {@code to = tanh(a + b)} over {@code width} values; {@code to} may be {@code a} or {@code b}.
   */
  void addTanh(float[] a, int atA, float[] b, int atB, float[] to, int target, int width);

  /** Sum of products of {@code width} values: chains of fused multiply-adds in 16 lanes. */
  float dot(float[] a, int atA, float[] b, int atB, int width);

  /**
   * {@code to[j] = sum over s < count of weights[s] * rows[s, j]} over {@code width} columns: a
   * chain of fused multiply-adds over s in rising order that begins with zero.
   */
  void weightedSum(
      float[] weights, int at, Rows rows, int count, float[] to, int target, int width);

  /**
   * The place of a value among {@code width} values in the order of {@link Largest}, from 0: how
   * many are greater, and how many of the same value stand before it.
   *
   * @param index of the value, from 0 to {@code width} - 1
   */
  int rank(float[] values, int offset, int width, int index);

  /**
   * The {@code k} largest of {@code width} values of each of {@code rows} rows from {@code from}
   * on: of the r-th of them in {@code largest} and {@code columns} from {@code r * k} on, in the
   * order of {@link Largest}. What pads a row is minus infinity.
   *
   * @param k not above {@code width}
   * @param scratch {@code (width + 6) * }{@value #VIRTUAL_LANES} floats where {@code width} is not
   *     above {@value #SHORT_ROW}
   */
  void largest(
      Rows values,
      int from,
      int rows,
      int width,
      int k,
      float[] scratch,
      float[] largest,
      int[] columns);

  /** Whether {@code width} values are all finite. */
  boolean allFinite(float[] values, int offset, int width);
}
