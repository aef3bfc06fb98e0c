package dev.carryover.model.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The tensors that a config demands: every name with its exact shape, in the names, order and gate
 * order of a PyTorch {@code state_dict}.
 *
 * <pre>
 * embedding.weight     [V, E]      token inputs only
 * rnn.weight_ih_l{n}   [G*H, I]    I is E or F in layer 0, and D*H above it
 * rnn.weight_hh_l{n}   [G*H, H]
 * rnn.bias_ih_l{n}     [G*H]       with bias only
 * rnn.bias_hh_l{n}     [G*H]       with bias only
 * head.weight          [O, D*H]
 * head.bias            [O]
 * </pre>
 *
 * <p>D is 1, or 2 for a bidirectional model, whose layers have the four {@code rnn} tensors a
 * second time, named with {@code _reverse}, for the direction that reads from the end.
 *
 * <p>Immutable. Every tensor fits one array: a config whose tensors do not cannot be built.
 */
public final class TensorShapes {
  /** Name of the embedding, {@code [V, E]}. */
  public static final String EMBEDDING = "embedding.weight";

  /** Name of the head's weights, {@code [O, D*H]}. */
  public static final String HEAD_WEIGHT = "head.weight";

  /** Name of the head's bias, {@code [O]}. */
  public static final String HEAD_BIAS = "head.bias";

  /** What the names of all tensors of the recurrent stack begin with. */
  public static final String STACK_PREFIX = "rnn.";

  private static final String REVERSE = "_reverse";

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Map<String, int[]> shapes = new LinkedHashMap<>();

  private TensorShapes(ModelConfig config) {
    int hidden = config.hiddenSize();
    long gateRows = (long) config.cell().gates() * hidden;
    if (config.tokenInput()) {
      put(EMBEDDING, config.vocabulary().size(), config.inputSize());
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      int input = layer == 0 ? config.inputSize() : config.layerOutputSize();
      put(inputWeight(layer), gateRows, input);
      put(hiddenWeight(layer), gateRows, hidden);
      if (config.bias()) {
        put(inputBias(layer), gateRows);
        put(hiddenBias(layer), gateRows);
      }
      if (config.bidirectional()) {
        put(reverse(inputWeight(layer)), gateRows, input);
        put(reverse(hiddenWeight(layer)), gateRows, hidden);
        if (config.bias()) {
          put(reverse(inputBias(layer)), gateRows);
          put(reverse(hiddenBias(layer)), gateRows);
        }
      }
    }
    put(HEAD_WEIGHT, config.outputSize(), config.layerOutputSize());
    put(HEAD_BIAS, config.outputSize());
  }

  /**
   * The tensors of a config.
   *
   * @throws IllegalArgumentException when a tensor would not fit one array
   */
  public static TensorShapes of(ModelConfig config) {
    return new TensorShapes(config);
  }

  /** Name of a layer's weights of the input, {@code [G*H, I]}. */
  public static String inputWeight(int layer) {
    return STACK_PREFIX + "weight_ih_l" + layer;
  }

  /** Name of a layer's weights of the hidden state, {@code [G*H, H]}. */
  public static String hiddenWeight(int layer) {
    return STACK_PREFIX + "weight_hh_l" + layer;
  }

  /** Name of a layer's bias beside the weights of the input, {@code [G*H]}. */
  public static String inputBias(int layer) {
    return STACK_PREFIX + "bias_ih_l" + layer;
  }

  /** Name of a layer's bias beside the weights of the hidden state, {@code [G*H]}. */
  public static String hiddenBias(int layer) {
    return STACK_PREFIX + "bias_hh_l" + layer;
  }

  /** Name of the tensor of the direction that reads from the end, beside {@code name}. */
  public static String reverse(String name) {
    return name + REVERSE;
  }

  private void put(String name, long... dimensions) {
    long length = 1;
    int[] shape = new int[dimensions.length];
    for (int i = 0; i < dimensions.length; i++) {
      // Two factors below 2^34 and 2^31 cannot wrap, and the first is checked before the second.
      length *= dimensions[i];
      if (length > LARGEST_ARRAY) {
        throw new IllegalArgumentException(
            "tensor "
                + name
                + " would have more than "
                + LARGEST_ARRAY
                + " values; use smaller sizes");
      }
      shape[i] = (int) dimensions[i];
    }
    shapes.put(name, shape);
  }

  /** All names, the embedding first and the head last. */
  public Set<String> names() {
    return Collections.unmodifiableSet(shapes.keySet());
  }

  /** Whether the config demands a tensor of this name. */
  public boolean contains(String name) {
    return shapes.containsKey(name);
  }

  /**
   * A copy of the shape of a tensor.
   *
   * @throws IllegalArgumentException when the config demands no tensor of this name
   */
  public int[] shape(String name) {
    return require(name).clone();
  }

  /**
   * The number of values of a tensor.
   *
   * @throws IllegalArgumentException when the config demands no tensor of this name
   */
  public int length(String name) {
    int length = 1;
    for (int dimension : require(name)) {
      length *= dimension;
    }
    return length;
  }

  /** The number of values of all tensors. */
  public long parameterCount() {
    return parameterCount("");
  }

  /** The number of values of all tensors whose name begins with {@code prefix}. */
  public long parameterCount(String prefix) {
    return shapes.keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .mapToLong(this::length)
        .sum();
  }

  private int[] require(String name) {
    int[] shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalArgumentException(
          "the config demands no tensor " + name + "; it demands " + shapes.keySet());
    }
    return shape;
  }
}
