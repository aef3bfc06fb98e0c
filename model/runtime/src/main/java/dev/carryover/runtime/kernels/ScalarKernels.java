package dev.carryover.runtime.kernels;

import java.util.Arrays;

/**
 * The specification in plain Java, and the fallback where the Vector API module is absent.
 *
 * <p>Shapes, aliasing and errors: {@link Kernels}. Allocates nothing; safe for all threads.
 */
public final class ScalarKernels implements Kernels {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public void multiplyAdd(PackedMatrix w, Rows in, Rows out, int column, int rows) {
    assert column + w.paddedOutputs() <= out.stride() : "columns beyond the row";
    assert w.inputs() <= in.stride() && rows <= in.capacity() && rows <= out.capacity();
    int inputs = w.inputs();
    for (int row = 0; row < rows; row++) {
      for (int panel = 0; panel < w.paddedOutputs(); panel += PackedMatrix.PANEL) {
        int width = Math.min(PackedMatrix.PANEL, w.paddedOutputs() - panel);
        int sums = out.offset(row) + column + panel;
        for (int k = 0; k < inputs; k++) {
          float x = in.values()[in.offset(row) + k];
          int weights = panel * inputs + k * width;
          if (w.precision() == WeightPrecision.BF16) {
            multiplyAdd(x, w.words(), weights / 2, out.values(), sums, width / 2);
          } else {
            multiplyAdd(x, w.values(), weights, out.values(), sums, width);
          }
        }
      }
    }
  }

  private static void multiplyAdd(float x, float[] w, int from, float[] sums, int to, int width) {
    for (int j = 0; j < width; j++) {
      sums[to + j] = Math.fma(x, w[from + j], sums[to + j]);
    }
  }

  /** Two weights a word: those of the outputs {@code half} apart. */
  private static void multiplyAdd(float x, int[] w, int from, float[] sums, int to, int half) {
    for (int j = 0; j < half; j++) {
      float lower = Float.intBitsToFloat(w[from + j] << 16);
      float upper = Float.intBitsToFloat(w[from + j] & WeightPrecision.UPPER_HALF);
      sums[to + j] = Math.fma(x, lower, sums[to + j]);
      sums[to + half + j] = Math.fma(x, upper, sums[to + half + j]);
    }
  }

  @Override
  public void tanh(Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        h.values()[h.offset(row) + j] = Activations.tanh(gates.values()[gates.offset(row) + j]);
      }
    }
  }

  @Override
  public void relu(Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        float sum = gates.values()[gates.offset(row) + j];
        h.values()[h.offset(row) + j] = sum < 0f ? 0f : sum;
      }
    }
  }

  @Override
  public void lstm(Rows gates, Rows h, Rows c, int width, int rows) {
    float[] sums = gates.values();
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        int gate = gates.offset(row) + j;
        float input = Activations.sigmoid(sums[gate]);
        float forget = Activations.sigmoid(sums[gate + width]);
        float output = Activations.sigmoid(sums[gate + 2 * width]);
        float candidate = Activations.tanh(sums[gate + 3 * width]);
        int cell = c.offset(row) + j;
        float carried = Math.fma(forget, c.values()[cell], input * candidate);
        c.values()[cell] = carried;
        h.values()[h.offset(row) + j] = output * Activations.tanh(carried);
      }
    }
  }

  @Override
  public void gru(Rows gates, Rows h, int width, int rows) {
    float[] sums = gates.values();
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        int gate = gates.offset(row) + j;
        float reset = Activations.sigmoid(sums[gate + width]);
        float update = Activations.sigmoid(sums[gate + 2 * width]);
        float candidate = Activations.tanh(Math.fma(reset, sums[gate + 3 * width], sums[gate]));
        blend(h, h.offset(row) + j, update, candidate);
      }
    }
  }

  @Override
  public void lstmStep(PackedMatrix w, Rows gates, Rows h, Rows c, int width, int rows) {
    multiplyAdd(w, h, gates, 0, rows);
    lstm(gates, h, c, width, rows);
  }

  @Override
  public void gruStep(PackedMatrix w, float[] bias, Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, gates.values(), gates.offset(row) + 3 * width, width);
    }
    multiplyAdd(w, h, gates, width, rows);
    gru(gates, h, width, rows);
  }

  @Override
  public void gruReset(Rows gates, Rows h, Rows reset, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        int gate = gates.offset(row) + j + width;
        float r = Activations.sigmoid(gates.values()[gate]);
        gates.values()[gate + width] = Activations.sigmoid(gates.values()[gate + width]);
        reset.values()[reset.offset(row) + j] = r * h.values()[h.offset(row) + j];
      }
    }
  }

  @Override
  public void gruBlend(Rows gates, Rows h, int width, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        int gate = gates.offset(row) + j;
        float candidate = Activations.tanh(gates.values()[gate]);
        float update = gates.values()[gate + 2 * width];
        blend(h, h.offset(row) + j, update, candidate);
      }
    }
  }

  private static void blend(Rows h, int at, float update, float candidate) {
    h.values()[at] = Math.fma(update, h.values()[at] - candidate, candidate);
  }

  @Override
  public float max(float[] values, int offset, int width) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < width; j++) {
      max = values[offset + j] > max ? values[offset + j] : max;
    }
    return max;
  }

  @Override
  public void exp(float[] from, int source, float shift, float[] to, int target, int width) {
    for (int j = 0; j < width; j++) {
      to[target + j] = Activations.exp(from[source + j] - shift);
    }
  }

  @Override
  public float sum(float[] values, int offset, int width) {
    return fold(values, offset, width, 0, 1);
  }

  /** What lane {@code lane} holds once the lanes are folded down to {@code lanes}. */
  private static float fold(float[] values, int offset, int width, int lane, int lanes) {
    if (lanes == VIRTUAL_LANES) {
      return lane(values, offset + lane, width);
    }
    return fold(values, offset, width, lane, 2 * lanes)
        + fold(values, offset, width, lane + lanes, 2 * lanes);
  }

  private static float lane(float[] values, int offset, int width) {
    float sum = 0f;
    for (int j = 0; j < width; j += VIRTUAL_LANES) {
      sum += values[offset + j];
    }
    return sum;
  }

  @Override
  public void add(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    for (int j = 0; j < width; j++) {
      to[target + j] = a[atA + j] + b[atB + j];
    }
  }

  @Override
  public void addTanh(float[] a, int atA, float[] b, int atB, float[] to, int target, int width) {
    for (int j = 0; j < width; j++) {
      to[target + j] = Activations.tanh(a[atA + j] + b[atB + j]);
    }
  }

  @Override
  public float dot(float[] a, int atA, float[] b, int atB, int width) {
    return foldProducts(a, atA, b, atB, width, 0, 1);
  }

  /** {@link #fold} over the products of two rows. */
  private static float foldProducts(
      float[] a, int atA, float[] b, int atB, int width, int lane, int lanes) {
    if (lanes < VIRTUAL_LANES) {
      return foldProducts(a, atA, b, atB, width, lane, 2 * lanes)
          + foldProducts(a, atA, b, atB, width, lane + lanes, 2 * lanes);
    }
    float sum = 0f;
    for (int j = lane; j < width; j += VIRTUAL_LANES) {
      sum = Math.fma(a[atA + j], b[atB + j], sum);
    }
    return sum;
  }

  @Override
  public void weightedSum(
      float[] weights, int at, Rows rows, int count, float[] to, int target, int width) {
    assert count <= rows.capacity() && width <= rows.stride();
    Arrays.fill(to, target, target + width, 0f);
    for (int s = 0; s < count; s++) {
      multiplyAdd(weights[at + s], rows.values(), rows.offset(s), to, target, width);
    }
  }

  @Override
  public int rank(float[] values, int offset, int width, int index) {
    float value = values[offset + index];
    int before = 0;
    for (int j = 0; j < width; j++) {
      if (values[offset + j] > value || (j < index && values[offset + j] == value)) {
        before++;
      }
    }
    return before;
  }

  @Override
  public void largest(
      Rows values,
      int from,
      int rows,
      int width,
      int k,
      float[] scratch,
      float[] largest,
      int[] columns) {
    for (int row = 0; row < rows; row++) {
      int at = values.offset(from + row);
      Largest.clear(largest, columns, row * k, k);
      for (int j = 0; j < width && k > 0; j++) {
        Largest.insert(values.values()[at + j], j, largest, columns, row * k, k);
      }
      Largest.complete(columns, row * k, k);
    }
  }

  @Override
  public boolean allFinite(float[] values, int offset, int width) {
    // x * 0 is zero for finite values and NaN otherwise; NaN survives the sum.
    float sum = 0f;
    for (int j = 0; j < width; j++) {
      sum += values[offset + j] * 0f;
    }
    return sum == 0f;
  }
}
