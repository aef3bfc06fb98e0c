package dev.carryover.training.seq2seq;

import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.training.layers.Buffer;
import dev.carryover.training.layers.Dropout;
import dev.carryover.training.layers.Embedding;
import dev.carryover.training.layers.LayerState;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.RecurrentStack;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.tensor.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * An encoder reads a source, a decoder writes a target (Sutskever et al. 2014, Cho et al. 2014),
 * looking back at the encoder's outputs (Bahdanau et al. 2015, Luong et al. 2015) or not: forward
 * over a batch, and back.
 *
 * <p>Shapes: sources {@code [S*B]}, targets {@code [T*B]}, outputs {@code [T*B, V]}; row {@code b}
 * at step {@code t} stands at {@code t * B + b}.
 *
 * <pre>{@code
 * Matrix outputs = network.forward(input);
 * double loss = criterion.sum(outputs, targets);
 * network.backward(criterion.gradient(targets, 1.0 / count));
 * }</pre>
 *
 * <p>Belongs to one thread, with its buffers and its gradients; the weights may be shared with
 * other networks that only read them. What a pass gives is good until the next pass.
 */
public final class Seq2SeqNetwork {
  private final ModelConfig config;
  private final EncoderDecoder parts;
  private final Parameters gradients;
  private final Embedding embedding;
  private final RecurrentStack encoder;
  private final AttentionLayer attention;
  private final Decoder decoder;
  private final Bridge bridgeH;
  private final Bridge bridgeC;
  private final Buffer sourceGradients;
  private final Buffer initialGradients;
  private final Buffer initialCellGradients;
  private List<LayerState> last = List.of();
  private List<LayerState> lastGradients = List.of();
  private SequenceInput source;

  /**
   * A network over given weights.
   *
   * @param config of the task seq2seq
   * @param weights of the shapes of {@link #parameterShapes}; shared, never written by this
   * @param dropout the share of values dropped after every layer in training
   */
  public Seq2SeqNetwork(ModelConfig config, Parameters weights, double dropout) {
    this.config = config;
    parts = config.encoderDecoder();
    Dropout.checked(dropout);
    gradients = Parameters.zeros(weights.precision(), parameterShapes(config));
    embedding =
        new Embedding(
            weights.matrix(TensorShapes.SOURCE_EMBEDDING),
            gradients.matrix(TensorShapes.SOURCE_EMBEDDING));
    encoder =
        new RecurrentStack(
            new RecurrentStack.Shape(
                TensorShapes.ENCODER_PREFIX,
                config.cell(),
                config.gruReset(),
                parts.encoderHiddenSize(),
                config.layers(),
                parts.bidirectionalEncoder(),
                config.bias()),
            weights,
            gradients,
            dropout);
    boolean bridged = parts.hasBridge(config.hiddenSize());
    bridgeH = bridged ? bridge(weights, "bridge_h") : null;
    bridgeC = bridged && config.cell().stateVectors() == 2 ? bridge(weights, "bridge_c") : null;
    attention = attention(weights);
    decoder = new Decoder(config, weights, gradients, attention, dropout);
    sourceGradients = new Buffer(weights.precision(), parts.keySize());
    initialGradients = new Buffer(weights.precision(), config.hiddenSize());
    initialCellGradients = new Buffer(weights.precision(), config.hiddenSize());
  }

  private Bridge bridge(Parameters weights, String name) {
    return new Bridge(weights, gradients, name, parts.encoderHiddenSize());
  }

  private AttentionLayer attention(Parameters weights) {
    if (parts.attention() == Attention.NONE) {
      return null;
    }
    Scoring scoring =
        parts.attention() == Attention.ADDITIVE
            ? new AdditiveScoring(weights, gradients)
            : new ProductScoring(
                weights, gradients, config.hiddenSize(), parts.attention() == Attention.GENERAL);
    return new AttentionLayer(weights.precision(), scoring, parts.keySize());
  }

  /**
   * The shape of every parameter {@code [rows, columns]}, by its name in a PyTorch state_dict.
   * Biases are single rows.
   */
  public static Map<String, int[]> parameterShapes(ModelConfig config) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    for (String name : config.tensorShapes().names()) {
      int[] shape = config.tensorShapes().shape(name);
      shapes.put(name, shape.length == 1 ? new int[] {1, shape[0]} : shape);
    }
    return shapes;
  }

  /**
   * Weights to begin with, as PyTorch draws them: recurrent layers uniform within one over the root
   * of their hidden size, linear ones of what they read, embeddings standard normal. The forget
   * gate of an LSTM begins at 1 (Jozefowicz et al. 2015), so that a state lasts.
   *
   * @return a flat vector, in the order of {@link #parameterShapes}
   */
  public static float[] initialWeights(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, int[]> shapes = parameterShapes(config);
    float[] flat = new float[shapes.values().stream().mapToInt(shape -> shape[0] * shape[1]).sum()];
    int at = 0;
    for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
      String name = entry.getKey();
      int length = entry.getValue()[0] * entry.getValue()[1];
      double bound = 1 / Math.sqrt(reads(config, shapes, name));
      for (int i = 0; i < length; i++) {
        flat[at + i] =
            (float)
                (name.contains("embedding")
                    ? random.nextGaussian()
                    : (2 * random.nextDouble() - 1) * bound);
      }
      if (name.contains("bias_ih") && config.cell() == Cell.LSTM) {
        Arrays.fill(flat, at + length / 4, at + length / 2, 1f);
      }
      at += length;
    }
    return flat;
  }

  /** What the weights of a parameter are scaled by: the hidden size of its layer, or its inputs. */
  private static int reads(ModelConfig config, Map<String, int[]> shapes, String name) {
    if (name.startsWith(TensorShapes.ENCODER_PREFIX)) {
      return config.encoderDecoder().encoderHiddenSize();
    }
    if (name.startsWith(TensorShapes.DECODER_PREFIX)) {
      return config.hiddenSize();
    }
    return shapes.get(name.replace(".bias", ".weight"))[1];
  }

  /** What the network consists of. */
  public ModelConfig config() {
    return config;
  }

  /** The gradients that {@link #backward} adds to. */
  public Parameters gradients() {
    return gradients;
  }

  /** The outputs at all steps under teacher forcing, {@code [T*B, V]}, without dropout. */
  public Matrix forward(Seq2SeqInput input) {
    return forward(input, new TeacherForcing(input.fed()), false, 0);
  }

  /**
   * As {@link #forward(Seq2SeqInput)}, in training.
   *
   * @param sampling how likely the decoder reads a token of its own in the place of the target's
   * @param seed decides what is dropped and drawn
   */
  public Matrix forward(Seq2SeqInput input, double sampling, long seed) {
    Feeding feeding =
        sampling > 0
            ? new ScheduledSampling(input.fed(), sampling, ~seed)
            : new TeacherForcing(input.fed());
    return forward(input, feeding, true, seed);
  }

  private Matrix forward(Seq2SeqInput input, Feeding feeding, boolean dropped, long seed) {
    List<LayerState> initial = encode(input.source(), dropped, seed * 2);
    return decoder.forward(input.rows(), input.steps(), feeding, initial, dropped, seed * 2 + 1);
  }

  /**
   * What the network writes when it always takes the likeliest token, of equal ones the lowest id.
   *
   * @param maximumLength the most tokens of an answer
   * @return the tokens of every row, without begin and end
   */
  public int[][] decodeGreedily(SequenceInput sources, int maximumLength) {
    GreedyDecoding greedy =
        new GreedyDecoding(
            sources.rows(),
            parts.targetVocabulary().beginId(),
            parts.targetVocabulary().endId(),
            maximumLength);
    List<LayerState> initial = encode(sources, false, 0);
    decoder.forward(sources.rows(), maximumLength, greedy, initial, false, 0);
    return greedy.written();
  }

  /**
   * The weights with which the decoder looked at the source of a row in the last pass.
   *
   * @param steps how many steps of the row are wanted
   * @return {@code [steps, S]}, S being the length of the row's source
   * @throws IllegalStateException when the network has no attention
   */
  public double[][] alignment(int row, int steps) {
    if (attention == null) {
      throw new IllegalStateException(
          "the attention is none, and alignments are wanted; take a model with attention");
    }
    double[][] weights = new double[steps][source.lengths()[row]];
    for (int step = 0; step < steps; step++) {
      for (int place = 0; place < weights[step].length; place++) {
        weights[step][place] = attention.weight(step, place, row);
      }
    }
    return weights;
  }

  /** Reads the sources; the states that the decoder begins with. */
  private List<LayerState> encode(SequenceInput sources, boolean dropped, long seed) {
    source = sources;
    int rows = sources.rows();
    if (last.isEmpty() || last.get(0).h().rows() < rows) {
      last = encoder.newStates(rows);
      lastGradients = encoder.newStates(rows);
    }
    embedding.begin(sources.tokens(), sources.cells());
    Matrix outputs = encoder.forward(sources, embedding, null, last, dropped, seed);
    if (attention != null) {
      attention.begin(outputs, sources.lengths(), sources.steps());
    }
    if (bridgeH == null) {
      return last;
    }
    Matrix h = bridgeH.forward(hidden(last), rows);
    Matrix c = bridgeC == null ? null : bridgeC.forward(cells(last), rows);
    return byLayer(h, c, rows);
  }

  private static List<Matrix> hidden(List<LayerState> states) {
    return states.stream().map(LayerState::h).toList();
  }

  private static List<Matrix> cells(List<LayerState> states) {
    return states.stream().map(LayerState::c).toList();
  }

  /** Views of {@code [L*B, H]}, layer by layer. */
  private List<LayerState> byLayer(Matrix h, Matrix c, int rows) {
    List<LayerState> states = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      states.add(
          new LayerState(
              h.rows(layer * rows, rows), c == null ? null : c.rows(layer * rows, rows)));
    }
    return states;
  }

  /**
   * Back through the last {@link #forward} pass; adds to {@link #gradients}.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, V]}
   */
  public void backward(Matrix outputs) {
    int rows = source.rows();
    Matrix outputsOfEncoder = sourceGradients.rows(source.cells());
    if (attention == null) {
      outputsOfEncoder.fill(0);
    }
    if (bridgeH == null) {
      decoder.backward(outputs, lastGradients, outputsOfEncoder);
    } else {
      Matrix h = initialGradients.rows(config.layers() * rows);
      Matrix c = bridgeC == null ? null : initialCellGradients.rows(config.layers() * rows);
      decoder.backward(outputs, byLayer(h, c, rows), outputsOfEncoder);
      bridgeH.backward(h, hidden(lastGradients), rows);
      if (bridgeC != null) {
        bridgeC.backward(c, cells(lastGradients), rows);
      }
    }
    encoder.backward(outputsOfEncoder, lastGradients, null);
  }
}
