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
 * <p>A seq2seq model has two stacks in the place of {@code rnn}. D is the encoder's.
 *
 * <pre>
 * source_embedding.weight  [Vs, E]
 * target_embedding.weight  [Vt, E]
 * encoder.*                as rnn.* for I = E and He in the place of H
 * decoder.*                as rnn.* for I = E, or E + D*He with additive attention; never reversed
 * bridge_h.weight, .bias   [H, D*He], [H]     with two directions, or where He is not H
 * bridge_c.weight, .bias   [H, D*He], [H]     the same for the LSTM's c
 * attention.query.weight   [A, H]             additive attention
 * attention.key.weight     [A, D*He]          additive; [H, D*He] general
 * attention.key.bias       [A]                additive
 * attention.energy.weight  [1, A]             additive
 * head.weight              [Vt, H]            [Vt, H + D*He] with any attention
 * head.bias                [Vt]
 * </pre>
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

  /** Name of a seq2seq model's embedding of source tokens, {@code [Vs, E]}. */
  public static final String SOURCE_EMBEDDING = "source_embedding.weight";

  /** Name of a seq2seq model's embedding of target tokens, {@code [Vt, E]}. */
  public static final String TARGET_EMBEDDING = "target_embedding.weight";

  /** What the names of all tensors of the encoder's stack begin with. */
  public static final String ENCODER_PREFIX = "encoder.";

  /** What the names of all tensors of the decoder's stack begin with. */
  public static final String DECODER_PREFIX = "decoder.";

  /** Name of the weights from the encoder's last h to the decoder's first, {@code [H, D*He]}. */
  public static final String BRIDGE_H_WEIGHT = "bridge_h.weight";

  /** Name of the bias beside {@link #BRIDGE_H_WEIGHT}, {@code [H]}. */
  public static final String BRIDGE_H_BIAS = "bridge_h.bias";

  /** Name of the weights from the encoder's last c to the decoder's first, {@code [H, D*He]}. */
  public static final String BRIDGE_C_WEIGHT = "bridge_c.weight";

  /** Name of the bias beside {@link #BRIDGE_C_WEIGHT}, {@code [H]}. */
  public static final String BRIDGE_C_BIAS = "bridge_c.bias";

  /** Name of additive attention's weights of the decoder's h, {@code [A, H]}. */
  public static final String ATTENTION_QUERY = "attention.query.weight";

  /** Name of attention's weights of the encoder's outputs, {@code [A or H, D*He]}. */
  public static final String ATTENTION_KEY = "attention.key.weight";

  /** Name of the bias beside {@link #ATTENTION_KEY}, {@code [A]}. */
  public static final String ATTENTION_KEY_BIAS = "attention.key.bias";

  /** Name of the vector that additive attention's scores are products with, {@code [1, A]}. */
  public static final String ATTENTION_ENERGY = "attention.energy.weight";

  private static final String REVERSE = "_reverse";

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Map<String, int[]> shapes = new LinkedHashMap<>();

  private TensorShapes(ModelConfig config) {
    if (config.encoderDecoder() != null) {
      putEncoderDecoder(config, config.encoderDecoder());
      return;
    }
    if (config.tokenInput()) {
      put(EMBEDDING, config.vocabulary().size(), config.inputSize());
    }
    putStack(STACK_PREFIX, config, config.inputSize(), config.hiddenSize(), config.bidirectional());
    put(HEAD_WEIGHT, config.outputSize(), config.layerOutputSize());
    put(HEAD_BIAS, config.outputSize());
  }

  private void putEncoderDecoder(ModelConfig config, EncoderDecoder parts) {
    int embedding = config.inputSize();
    int hidden = config.hiddenSize();
    int keys = parts.keySize();
    put(SOURCE_EMBEDDING, config.vocabulary().size(), embedding);
    put(TARGET_EMBEDDING, parts.targetVocabulary().size(), embedding);
    putStack(
        ENCODER_PREFIX, config, embedding, parts.encoderHiddenSize(), parts.bidirectionalEncoder());
    putStack(DECODER_PREFIX, config, parts.decoderInputSize(embedding), hidden, false);
    if (parts.hasBridge(hidden)) {
      put(BRIDGE_H_WEIGHT, hidden, keys);
      put(BRIDGE_H_BIAS, hidden);
      if (config.cell().stateVectors() == 2) {
        put(BRIDGE_C_WEIGHT, hidden, keys);
        put(BRIDGE_C_BIAS, hidden);
      }
    }
    if (parts.attention() == Attention.ADDITIVE) {
      put(ATTENTION_QUERY, parts.attentionSize(), hidden);
      put(ATTENTION_KEY, parts.attentionSize(), keys);
      put(ATTENTION_KEY_BIAS, parts.attentionSize());
      put(ATTENTION_ENERGY, 1, parts.attentionSize());
    } else if (parts.attention() == Attention.GENERAL) {
      put(ATTENTION_KEY, hidden, keys);
    }
    put(HEAD_WEIGHT, config.outputSize(), parts.headInputSize(hidden));
    put(HEAD_BIAS, config.outputSize());
  }

  private void putStack(
      String prefix, ModelConfig config, int inputSize, int hidden, boolean bidirectional) {
    long gateRows = (long) config.cell().gates() * hidden;
    for (int layer = 0; layer < config.layers(); layer++) {
      int input = layer == 0 ? inputSize : bidirectional ? 2 * hidden : hidden;
      put(inputWeight(prefix, layer), gateRows, input);
      put(hiddenWeight(prefix, layer), gateRows, hidden);
      if (config.bias()) {
        put(inputBias(prefix, layer), gateRows);
        put(hiddenBias(prefix, layer), gateRows);
      }
      if (bidirectional) {
        put(reverse(inputWeight(prefix, layer)), gateRows, input);
        put(reverse(hiddenWeight(prefix, layer)), gateRows, hidden);
        if (config.bias()) {
          put(reverse(inputBias(prefix, layer)), gateRows);
          put(reverse(hiddenBias(prefix, layer)), gateRows);
        }
      }
    }
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
    return inputWeight(STACK_PREFIX, layer);
  }

  /** {@link #inputWeight(int)} of the stack whose names begin with {@code prefix}. */
  public static String inputWeight(String prefix, int layer) {
    return prefix + "weight_ih_l" + layer;
  }

  /** Name of a layer's weights of the hidden state, {@code [G*H, H]}. */
  public static String hiddenWeight(int layer) {
    return hiddenWeight(STACK_PREFIX, layer);
  }

  /** {@link #hiddenWeight(int)} of the stack whose names begin with {@code prefix}. */
  public static String hiddenWeight(String prefix, int layer) {
    return prefix + "weight_hh_l" + layer;
  }

  /** Name of a layer's bias beside the weights of the input, {@code [G*H]}. */
  public static String inputBias(int layer) {
    return inputBias(STACK_PREFIX, layer);
  }

  /** {@link #inputBias(int)} of the stack whose names begin with {@code prefix}. */
  public static String inputBias(String prefix, int layer) {
    return prefix + "bias_ih_l" + layer;
  }

  /** Name of a layer's bias beside the weights of the hidden state, {@code [G*H]}. */
  public static String hiddenBias(int layer) {
    return hiddenBias(STACK_PREFIX, layer);
  }

  /** {@link #hiddenBias(int)} of the stack whose names begin with {@code prefix}. */
  public static String hiddenBias(String prefix, int layer) {
    return prefix + "bias_hh_l" + layer;
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

  /** All names, the embeddings first and the head last. */
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
