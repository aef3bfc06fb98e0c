package dev.carryover.training.tensor;

import dev.carryover.runtime.kernels.Activations;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Planes as Java arrays.
 *
 * <p>Every loop runs over one index with at most four arrays: that is the form which the JIT
 * compiler turns into vector instructions (0.03 to 0.2 ns an element), where a product of one
 * offset more or one array more stays scalar at 0.4 to 0.9 ns. The tanh is the rational polynomial
 * of {@link Activations}, so training and serving agree to the last bits, and vectorizes too; the
 * method is repeated here inside the loop because a call that is not inlined would not.
 */
final class HostPlanes implements Planes {
  private final int width;
  private int rows;
  private int size;
  private int[] lengths;

  HostPlanes(int width) {
    this.width = width;
  }

  private static final class HostPlane extends Plane {
    private float[] values;

    private HostPlane(int size) {
      values = new float[size];
    }
  }

  private float[] values(Plane plane) {
    HostPlane host = (HostPlane) plane;
    if (host.values.length < size) {
      host.values = Arrays.copyOf(host.values, size);
    }
    return host.values;
  }

  @Override
  public Plane plane() {
    return new HostPlane(size);
  }

  @Override
  public void begin(int rows, int[] lengths) {
    this.rows = rows;
    this.size = Math.multiplyExact(rows, width);
    this.lengths = lengths;
  }

  @Override
  public void load(Matrix from, int column, Plane out) {
    FloatBuffer source = from.hostFloats();
    float[] target = values(out);
    if (from.columns() == width) {
      source.get(from.hostOffset(0), target, 0, size);
      return;
    }
    for (int row = 0; row < rows; row++) {
      source.get(from.hostOffset(row) + column, target, row * width, width);
    }
  }

  @Override
  public void store(Plane plane, Matrix to, int column) {
    FloatBuffer target = to.hostFloats();
    float[] source = values(plane);
    if (to.columns() == width) {
      target.put(to.hostOffset(0), source, 0, size);
      return;
    }
    for (int row = 0; row < rows; row++) {
      target.put(to.hostOffset(row) + column, source, row * width, width);
    }
  }

  @Override
  public void tile(Matrix row, int column, Plane out) {
    float[] target = values(out);
    for (int at = 0; at < size; at += width) {
      row.hostFloats().get(row.hostOffset(0) + column, target, at, width);
    }
  }

  @Override
  public void clear(Plane out) {
    Arrays.fill(values(out), 0, size, 0f);
  }

  @Override
  public void add(Plane a, Plane b, Plane out) {
    add(values(a), values(b), values(out), size);
  }

  private static void add(float[] a, float[] b, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = a[i] + b[i];
    }
  }

  @Override
  public void subtract(Plane a, Plane b, Plane out) {
    subtract(values(a), values(b), values(out), size);
  }

  private static void subtract(float[] a, float[] b, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = a[i] - b[i];
    }
  }

  @Override
  public void complement(Plane a, Plane out) {
    complement(values(a), values(out), size);
  }

  private static void complement(float[] a, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = 1f - a[i];
    }
  }

  @Override
  public void multiply(Plane a, Plane b, Plane out) {
    multiply(values(a), values(b), values(out), size);
  }

  private static void multiply(float[] a, float[] b, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = a[i] * b[i];
    }
  }

  @Override
  public void addProduct(Plane a, Plane b, Plane out) {
    addProduct(values(a), values(b), values(out), size);
  }

  private static void addProduct(float[] a, float[] b, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = Math.fma(a[i], b[i], out[i]);
    }
  }

  @Override
  public void sigmoid(Plane a, Plane out) {
    sigmoid(values(a), values(out), size);
  }

  private static void sigmoid(float[] a, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      float x = Math.max(-Activations.TANH_CLAMP, Math.min(Activations.TANH_CLAMP, 0.5f * a[i]));
      float s = x * x;
      float p = Math.fma(s, Activations.TANH_P13, Activations.TANH_P11);
      p = Math.fma(s, p, Activations.TANH_P9);
      p = Math.fma(s, p, Activations.TANH_P7);
      p = Math.fma(s, p, Activations.TANH_P5);
      p = Math.fma(s, p, Activations.TANH_P3);
      p = Math.fma(s, p, Activations.TANH_P1);
      p = x * p;
      float q = Math.fma(s, Activations.TANH_Q6, Activations.TANH_Q4);
      q = Math.fma(s, q, Activations.TANH_Q2);
      q = Math.fma(s, q, Activations.TANH_Q0);
      out[i] = Math.fma(0.5f, p / q, 0.5f);
    }
  }

  @Override
  public void tanh(Plane a, Plane out) {
    tanh(values(a), values(out), size);
  }

  private static void tanh(float[] a, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      float x = Math.max(-Activations.TANH_CLAMP, Math.min(Activations.TANH_CLAMP, a[i]));
      float s = x * x;
      float p = Math.fma(s, Activations.TANH_P13, Activations.TANH_P11);
      p = Math.fma(s, p, Activations.TANH_P9);
      p = Math.fma(s, p, Activations.TANH_P7);
      p = Math.fma(s, p, Activations.TANH_P5);
      p = Math.fma(s, p, Activations.TANH_P3);
      p = Math.fma(s, p, Activations.TANH_P1);
      p = x * p;
      float q = Math.fma(s, Activations.TANH_Q6, Activations.TANH_Q4);
      q = Math.fma(s, q, Activations.TANH_Q2);
      q = Math.fma(s, q, Activations.TANH_Q0);
      out[i] = p / q;
    }
  }

  @Override
  public void relu(Plane a, Plane out) {
    relu(values(a), values(out), size);
  }

  private static void relu(float[] a, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = Math.max(0f, a[i]);
    }
  }

  @Override
  public void sigmoidBackward(Plane up, Plane factor, Plane y, Plane out) {
    sigmoidBackward(values(up), values(factor), values(y), values(out), size);
  }

  private static void sigmoidBackward(
      float[] up, float[] factor, float[] y, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      float s = y[i];
      out[i] = up[i] * factor[i] * (s - s * s);
    }
  }

  @Override
  public void tanhBackward(Plane up, Plane factor, Plane y, Plane out) {
    tanhBackward(values(up), values(factor), values(y), values(out), size);
  }

  private static void tanhBackward(float[] up, float[] factor, float[] y, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      float s = y[i];
      out[i] = up[i] * factor[i] * (1f - s * s);
    }
  }

  @Override
  public void reluBackward(Plane up, Plane y, Plane out) {
    reluBackward(values(up), values(y), values(out), size);
  }

  private static void reluBackward(float[] up, float[] y, float[] out, int size) {
    for (int i = 0; i < size; i++) {
      out[i] = y[i] > 0f ? up[i] : 0f;
    }
  }

  @Override
  public void dotRows(Plane a, Plane b, double[] out) {
    float[] left = values(a);
    float[] right = values(b);
    for (int row = 0; row < rows; row++) {
      out[row] = dot(left, right, row * width, (row + 1) * width);
    }
  }

  /** Eight sums side by side: one alone would wait for each addition before the next. */
  private static float dot(float[] a, float[] b, int from, int to) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = from;
    for (; i < to - 7; i += 8) {
      s0 = Math.fma(a[i], b[i], s0);
      s1 = Math.fma(a[i + 1], b[i + 1], s1);
      s2 = Math.fma(a[i + 2], b[i + 2], s2);
      s3 = Math.fma(a[i + 3], b[i + 3], s3);
      s4 = Math.fma(a[i + 4], b[i + 4], s4);
      s5 = Math.fma(a[i + 5], b[i + 5], s5);
      s6 = Math.fma(a[i + 6], b[i + 6], s6);
      s7 = Math.fma(a[i + 7], b[i + 7], s7);
    }
    for (; i < to; i++) {
      s0 = Math.fma(a[i], b[i], s0);
    }
    return ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
  }

  @Override
  public void addScaledRows(Plane a, double[] factors, Plane out) {
    float[] source = values(a);
    float[] target = values(out);
    for (int row = 0; row < rows; row++) {
      addScaled(source, (float) factors[row], target, row * width, (row + 1) * width);
    }
  }

  private static void addScaled(float[] a, float factor, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = Math.fma(a[i], factor, out[i]);
    }
  }

  @Override
  public void carry(Plane before, Plane after, int step) {
    float[] source = values(before);
    float[] target = values(after);
    for (int row = 0; row < rows; row++) {
      if (step >= lengths[row]) {
        System.arraycopy(source, row * width, target, row * width, width);
      }
    }
  }

  @Override
  public void split(Plane plane, Plane over, int step) {
    float[] source = values(plane);
    float[] target = values(over);
    for (int row = 0; row < rows; row++) {
      int at = row * width;
      if (step >= lengths[row]) {
        System.arraycopy(source, at, target, at, width);
        Arrays.fill(source, at, at + width, 0f);
      } else {
        Arrays.fill(target, at, at + width, 0f);
      }
    }
  }

  @Override
  public void clearRows(Plane plane, boolean[] which) {
    float[] values = values(plane);
    for (int row = 0; row < rows; row++) {
      if (which[row]) {
        Arrays.fill(values, row * width, (row + 1) * width, 0f);
      }
    }
  }
}
