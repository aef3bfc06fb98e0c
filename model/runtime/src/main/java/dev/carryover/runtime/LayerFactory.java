package dev.carryover.runtime;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.cells.ChoGruLayer;
import dev.carryover.runtime.cells.GruLayer;
import dev.carryover.runtime.cells.LayerWeights;
import dev.carryover.runtime.cells.LstmLayer;
import dev.carryover.runtime.cells.RecurrentLayer;
import dev.carryover.runtime.cells.RnnLayer;
import dev.carryover.runtime.kernels.Kernels;

/** Builds the stack of a model from the tensors {@code rnn.*} of its file. */
final class LayerFactory {
  private LayerFactory() {}

  static RecurrentLayer[] stack(ModelFile file, Kernels kernels) {
    ModelConfig config = file.config();
    RecurrentLayer[] layers = new RecurrentLayer[config.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      LayerWeights weights = weights(file, layer);
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

  private static LayerWeights weights(ModelFile file, int layer) {
    ModelConfig config = file.config();
    int biasLength = config.cell().gates() * config.hiddenSize();
    return new LayerWeights(
        layer == 0 ? config.inputSize() : config.hiddenSize(),
        config.hiddenSize(),
        file.tensor("rnn.weight_ih_l" + layer),
        file.tensor("rnn.weight_hh_l" + layer),
        config.bias() ? file.tensor("rnn.bias_ih_l" + layer) : new float[biasLength],
        config.bias() ? file.tensor("rnn.bias_hh_l" + layer) : new float[biasLength]);
  }
}
