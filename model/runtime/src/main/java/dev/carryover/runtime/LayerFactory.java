package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.TensorShapes;
import dev.carryover.runtime.cells.ChoGruLayer;
import dev.carryover.runtime.cells.GruLayer;
import dev.carryover.runtime.cells.LayerWeights;
import dev.carryover.runtime.cells.LstmLayer;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.cells.RnnLayer;
import dev.carryover.runtime.kernels.Kernels;
import java.util.function.UnaryOperator;

/** Builds the stacks of a model from the tensors {@code rnn.*} of its file. */
final class LayerFactory {
  private LayerFactory() {}

  /** The layers that read from the beginning; all that a one-directional model has. */
  static RecurrentLayer[] forward(ModelFile file, Kernels kernels) {
    return stack(file, kernels, UnaryOperator.identity());
  }

  /** The layers that read from the end. */
  static RecurrentLayer[] backward(ModelFile file, Kernels kernels) {
    return stack(file, kernels, TensorShapes::reverse);
  }

  private static RecurrentLayer[] stack(
      ModelFile file, Kernels kernels, UnaryOperator<String> name) {
    ModelConfig config = file.config();
    RecurrentLayer[] layers = new RecurrentLayer[config.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      LayerWeights weights = weights(file, layer, name);
      layers[layer] =
          switch (config.cell()) {
            case RNN_TANH -> RnnLayer.tanh(kernels, weights);
            case RNN_RELU -> RnnLayer.relu(kernels, weights);
            case LSTM -> LstmLayer.of(kernels, weights);
            case GRU ->
                config.gruReset() == GruReset.AFTER
                    ? GruLayer.of(kernels, weights)
                    : ChoGruLayer.of(kernels, weights);
          };
    }
    return layers;
  }

  private static LayerWeights weights(ModelFile file, int layer, UnaryOperator<String> name) {
    ModelConfig config = file.config();
    int biasLength = config.cell().gates() * config.hiddenSize();
    return new LayerWeights(
        layer == 0 ? config.inputSize() : config.layerOutputSize(),
        config.hiddenSize(),
        file.tensor(name.apply(TensorShapes.inputWeight(layer))),
        file.tensor(name.apply(TensorShapes.hiddenWeight(layer))),
        config.bias()
            ? file.tensor(name.apply(TensorShapes.inputBias(layer)))
            : new float[biasLength],
        config.bias()
            ? file.tensor(name.apply(TensorShapes.hiddenBias(layer)))
            : new float[biasLength]);
  }
}
