package dev.carryover.runtime.seq2seq;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.TestingReference;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * A seq2seq model in double precision, one source and one step at a time, written from the
 * equations of Bahdanau et al. 2015 and Luong et al. 2015. It knows nothing of kernels, folding or
 * beams.
 */
final class TestingTransduction {
  private final ModelFile file;
  private final ModelConfig config;
  private final EncoderDecoder parts;
  private final TestingReference decoder;

  /** The encoder's outputs, {@code [S, D*He]}. */
  final double[][] keys;

  /** What the decoder gave at its last step; null before it. */
  double[] logits;

  /** The weights of its last step; null without attention. */
  double[] weights;

  TestingTransduction(ModelFile file, int[] source) {
    this.file = file;
    this.config = file.config();
    this.parts = config.encoderDecoder();
    this.decoder =
        new TestingReference(
            file, name -> name.replace("rnn.", TensorShapes.DECODER_PREFIX), config.hiddenSize());
    UnaryOperator<String> forwardName = name -> name.replace("rnn.", TensorShapes.ENCODER_PREFIX);
    int size = parts.encoderHiddenSize();
    TestingReference forward = new TestingReference(file, forwardName, size);
    TestingReference backward =
        parts.bidirectionalEncoder()
            ? new TestingReference(
                file, name -> TensorShapes.reverse(forwardName.apply(name)), size)
            : null;
    double[][] x = new double[source.length][];
    for (int s = 0; s < x.length; s++) {
      x[s] = embed(TensorShapes.SOURCE_EMBEDDING, source[s]);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      x = encodeLayer(forward, backward, layer, x);
    }
    keys = x;
    for (int layer = 0; layer < config.layers(); layer++) {
      decoder.h[layer] =
          cross(
              TensorShapes.BRIDGE_H_WEIGHT,
              TensorShapes.BRIDGE_H_BIAS,
              forward.h[layer],
              backward == null ? null : backward.h[layer]);
      if (config.cell().stateVectors() == 2) {
        decoder.c[layer] =
            cross(
                TensorShapes.BRIDGE_C_WEIGHT,
                TensorShapes.BRIDGE_C_BIAS,
                forward.c[layer],
                backward == null ? null : backward.c[layer]);
      }
    }
  }

  private static double[][] encodeLayer(
      TestingReference forward, TestingReference backward, int layer, double[][] x) {
    double[][] outputs = new double[x.length][];
    for (int s = 0; s < x.length; s++) {
      outputs[s] = forward.stepLayer(layer, x[s]).clone();
    }
    for (int s = x.length - 1; s >= 0 && backward != null; s--) {
      outputs[s] = join(outputs[s], backward.stepLayer(layer, x[s]));
    }
    return outputs;
  }

  private double[] cross(String weight, String bias, double[] forward, double[] backward) {
    if (!file.hasTensor(weight)) {
      return forward.clone();
    }
    double[] sums = product(weight, backward == null ? forward : join(forward, backward));
    for (int j = 0; j < sums.length; j++) {
      sums[j] = Math.tanh(sums[j] + file.tensor(bias)[j]);
    }
    return sums;
  }

  /** One step of the decoder, fed a target token. */
  void step(int token) {
    double[] x = embed(TensorShapes.TARGET_EMBEDDING, token);
    double[] context = null;
    if (parts.attention().feedsDecoder()) {
      context = attend(decoder.h[config.layers() - 1]);
      x = join(x, context);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      x = decoder.stepLayer(layer, x);
    }
    if (parts.attention().hasContext() && context == null) {
      context = attend(x);
    }
    logits = product(TensorShapes.HEAD_WEIGHT, context == null ? x : join(x, context));
    for (int j = 0; j < logits.length; j++) {
      logits[j] += file.tensor(TensorShapes.HEAD_BIAS)[j];
    }
  }

  private double[] attend(double[] query) {
    weights = new double[keys.length];
    double sum = 0;
    for (int s = 0; s < keys.length; s++) {
      weights[s] = Math.exp(score(query, keys[s]));
      sum += weights[s];
    }
    double[] context = new double[keys[0].length];
    for (int s = 0; s < keys.length; s++) {
      weights[s] /= sum;
      for (int j = 0; j < context.length; j++) {
        context[j] += weights[s] * keys[s][j];
      }
    }
    return context;
  }

  private double score(double[] query, double[] key) {
    return switch (parts.attention()) {
      case NONE -> throw new AssertionError("no attention");
      case DOT -> dot(query, key);
      case GENERAL -> dot(query, product(TensorShapes.ATTENTION_KEY, key));
      case ADDITIVE -> {
        double[] hidden = product(TensorShapes.ATTENTION_QUERY, query);
        double[] compared = product(TensorShapes.ATTENTION_KEY, key);
        for (int j = 0; j < hidden.length; j++) {
          hidden[j] =
              Math.tanh(hidden[j] + compared[j] + file.tensor(TensorShapes.ATTENTION_KEY_BIAS)[j]);
        }
        yield product(TensorShapes.ATTENTION_ENERGY, hidden)[0];
      }
    };
  }

  private double[] embed(String tensor, int token) {
    float[] embedding = file.tensor(tensor);
    double[] x = new double[config.inputSize()];
    Arrays.setAll(x, i -> embedding[token * x.length + i]);
    return x;
  }

  private double[] product(String tensor, double[] v) {
    float[] matrix = file.tensor(tensor);
    double[] product = new double[matrix.length / v.length];
    for (int row = 0; row < product.length; row++) {
      for (int k = 0; k < v.length; k++) {
        product[row] += matrix[row * v.length + k] * v[k];
      }
    }
    return product;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static double[] join(double[] a, double[] b) {
    double[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
