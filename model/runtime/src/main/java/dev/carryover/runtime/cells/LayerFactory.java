package dev.carryover.runtime.cells;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.kernels.Kernels;
import dev.carryover.runtime.kernels.WeightPrecision;

/** Builds the stacks of a model from the tensors of its file. */
public final class LayerFactory {
  private LayerFactory() {}

  /** The layers that read from the beginning; {@code prefix} begins the names of their tensors. */
  public static RecurrentLayer[] forward(
      ModelFile file, Kernels kernels, String prefix, WeightPrecision precision) {
    return stack(file, kernels, prefix, false, precision);
  }

  /** The layers that read from the end. */
  public static RecurrentLayer[] backward(
      ModelFile file, Kernels kernels, String prefix, WeightPrecision precision) {
    return stack(file, kernels, prefix, true, precision);
  }

  private static RecurrentLayer[] stack(
      ModelFile file, Kernels kernels, String prefix, boolean backward, WeightPrecision precision) {
    RecurrentLayer[] layers = new RecurrentLayer[file.config().layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      LayerWeights weights = LayerWeights.of(file, prefix, layer, backward, precision);
      layers[layer] = layer(file.config(), kernels, weights);
    }
    return layers;
  }

  /** A layer of the cell that a config names. */
  public static RecurrentLayer layer(ModelConfig config, Kernels kernels, LayerWeights weights) {
    return switch (config.cell()) {
      case RNN_TANH -> RnnLayer.tanh(kernels, weights);
      case RNN_RELU -> RnnLayer.relu(kernels, weights);
      case LSTM -> LstmLayer.of(kernels, weights);
      case GRU ->
          config.gruReset() == GruReset.AFTER
              ? GruLayer.of(kernels, weights)
              : ChoGruLayer.of(kernels, weights);
    };
  }
}
