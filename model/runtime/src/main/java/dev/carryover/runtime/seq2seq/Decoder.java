package dev.carryover.runtime.seq2seq;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.cells.FoldedEmbedding;
import dev.carryover.runtime.cells.Head;
import dev.carryover.runtime.cells.LayerFactory;
import dev.carryover.runtime.cells.LayerWeights;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.PackedMatrix;
import dev.carryover.runtime.kernels.Rows;
import dev.carryover.runtime.kernels.WeightPrecision;
import java.util.Collections;
import java.util.List;

/**
 * The decoder's weights: bridge, layers, attention and head.
 *
 * <p>With additive attention layer 0 reads {@code [embedding; context]}. Its weights are divided
 * there: the columns of the embedding are folded into a table of the target vocabulary as with any
 * layer, and those of the context are multiplied with the encoder's outputs when a decoding begins.
 *
 * <p>Immutable and shared by all threads.
 */
final class Decoder {
  private final ModelConfig config;
  private final Kernels kernels;
  private final StateLayout encoderLayout;
  private final StateLayout layout;
  private final RecurrentLayer[] layers;
  private final FoldedEmbedding embedding;
  private final Aligner aligner;
  private final Head head;
  private final PackedMatrix bridgeH;
  private final float[] bridgeHBias;
  private final PackedMatrix bridgeC;
  private final float[] bridgeCBias;

  Decoder(ModelFile file, Kernels kernels, WeightPrecision precision, long foldedEmbeddingBytes) {
    this.config = file.config();
    this.kernels = kernels;
    EncoderDecoder parts = config.encoderDecoder();
    int hidden = config.hiddenSize();
    encoderLayout = config.stateLayout();
    layout = new StateLayout(config.layers(), hidden, config.cell().stateVectors());
    layers = LayerFactory.forward(file, kernels, TensorShapes.DECODER_PREFIX, precision);
    PackedMatrix contextWeights = null;
    if (parts.attention().feedsDecoder()) {
      LayerWeights lowest = LayerWeights.of(file, TensorShapes.DECODER_PREFIX, 0, false, precision);
      int embedded = config.inputSize();
      layers[0] = LayerFactory.layer(config, kernels, lowest.inputs(0, embedded));
      contextWeights =
          layers[0].packMore(
              lowest.inputs(embedded, lowest.inputSize()).inputWeights(), parts.keySize());
    }
    embedding =
        FoldedEmbedding.of(
            layers[0],
            file.tensor(TensorShapes.TARGET_EMBEDDING),
            config.outputSize(),
            foldedEmbeddingBytes);
    aligner = Aligner.of(file, kernels, precision, contextWeights);
    float[] headWeights = file.tensor(TensorShapes.HEAD_WEIGHT);
    float[] headBias = file.tensor(TensorShapes.HEAD_BIAS);
    head =
        aligner == null
            ? new Head(kernels, headWeights, headBias, hidden, precision)
            : Head.withContext(kernels, headWeights, headBias, hidden, parts.keySize(), precision);
    bridgeH = bridge(file, TensorShapes.BRIDGE_H_WEIGHT, precision);
    bridgeHBias = bridgeH == null ? null : bias(file, bridgeH, TensorShapes.BRIDGE_H_BIAS);
    bridgeC = bridge(file, TensorShapes.BRIDGE_C_WEIGHT, precision);
    bridgeCBias = bridgeC == null ? null : bias(file, bridgeC, TensorShapes.BRIDGE_C_BIAS);
  }

  private static PackedMatrix bridge(ModelFile file, String name, WeightPrecision precision) {
    if (!file.hasTensor(name)) {
      return null;
    }
    int[] shape = file.shape(name);
    return PackedMatrix.pack(file.tensor(name), shape[0], shape[1], precision);
  }

  private static float[] bias(ModelFile file, PackedMatrix weights, String name) {
    return weights.padBias(file.tensor(name), 0f);
  }

  ModelConfig config() {
    return config;
  }

  Kernels kernels() {
    return kernels;
  }

  /** How the state of a hypothesis is laid out. */
  StateLayout layout() {
    return layout;
  }

  RecurrentLayer[] layers() {
    return layers;
  }

  FoldedEmbedding embedding() {
    return embedding;
  }

  /** The attention; null where there is none. */
  Aligner aligner() {
    return aligner;
  }

  Head head() {
    return head;
  }

  /** What the decoder looks back at in each encoding; nulls without attention. */
  List<Aligner.Source> sources(List<Encoding> encodings) {
    return aligner == null
        ? Collections.nCopies(encodings.size(), null)
        : aligner.sources(encodings);
  }

  /**
   * The states that decodings begin with: the encoder's last, or, layer by layer, {@code
   * tanh(bridge [forward; backward])}.
   */
  float[][] firstStates(List<Encoding> encodings) {
    float[][] states = new float[encodings.size()][];
    for (int i = 0; i < states.length; i++) {
      states[i] = bridgeH == null ? encodings.get(i).state() : new float[layout.floats()];
    }
    if (bridgeH != null) {
      cross(bridgeH, bridgeHBias, encodings, 0, states, 0);
    }
    if (bridgeC != null) {
      int fromOffset = encoderLayout.hiddenSize();
      cross(bridgeC, bridgeCBias, encodings, fromOffset, states, layout.hiddenSize());
    }
    return states;
  }

  /** One of the two vectors of every layer, which stands at an offset from that layer's h. */
  private void cross(
      PackedMatrix bridge,
      float[] bias,
      List<Encoding> encodings,
      int fromOffset,
      float[][] to,
      int toOffset) {
    int size = encoderLayout.hiddenSize();
    int perEncoding = layout.layers();
    int rows = Math.multiplyExact(encodings.size(), perEncoding);
    Rows in = new Rows(rows, bridge.inputs());
    Rows sums = new Rows(rows, bridge.paddedOutputs());
    for (int row = 0; row < rows; row++) {
      float[] from = encodings.get(row / perEncoding).stateValues();
      int offset = encoderLayout.hOffset(row % perEncoding) + fromOffset;
      for (int direction = 0; direction * size < bridge.inputs(); direction++) {
        System.arraycopy(
            from,
            direction * encoderLayout.floats() + offset,
            in.values(),
            in.offset(row) + direction * size,
            size);
      }
      System.arraycopy(bias, 0, sums.values(), sums.offset(row), bias.length);
    }
    kernels.multiplyAdd(bridge, in, sums, 0, rows);
    Rows crossed = new Rows(rows, bridge.paddedOutputs());
    kernels.tanh(sums, crossed, bridge.paddedOutputs(), rows);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          crossed.values(),
          crossed.offset(row),
          to[row / perEncoding],
          layout.hOffset(row % perEncoding) + toOffset,
          layout.hiddenSize());
    }
  }
}
