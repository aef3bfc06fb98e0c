package dev.carryover.training.transduction;

import dev.carryover.model.spec.ModelConfig;
import dev.carryover.training.layers.Loss;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.layers.Targets;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairBatch;
import dev.carryover.training.seq2seq.Seq2SeqInput;
import dev.carryover.training.seq2seq.Seq2SeqNetwork;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.List;

/**
 * One thread's part of every batch of pairs: a network over the shared weights, with its own
 * buffers and gradients.
 */
final class PairWorker {
  private final Seq2SeqNetwork network;
  private final Loss smoothed;
  private final Loss plain;
  private final float[] gradient;

  PairWorker(ModelConfig config, Parameters weights, double dropout, double smoothing) {
    network = new Seq2SeqNetwork(config, weights, dropout);
    int outputs = config.outputSize();
    smoothed = Loss.softmaxCrossEntropy(Precision.FLOAT, outputs, smoothing);
    plain = Loss.softmaxCrossEntropy(Precision.FLOAT, outputs);
    gradient = new float[weights.size()];
  }

  /**
   * Forward and back over some rows; the gradient of {@code scale * loss} is in {@link #gradient}.
   *
   * @param sampling how likely the decoder reads what it wrote
   * @return the sum of the losses of all targets
   */
  double train(PairBatch rows, double scale, double sampling, long seed) {
    Targets targets = new Targets(rows.targets(), null, rows.mask());
    Matrix outputs = network.forward(input(rows), sampling, seed);
    double sum = smoothed.sum(outputs, targets);
    network.gradients().clear();
    network.backward(smoothed.gradient(targets, scale));
    network.gradients().read(gradient);
    return sum;
  }

  /** The sum of the losses of all targets under teacher forcing, without dropout and smoothing. */
  double loss(PairBatch rows) {
    return plain.sum(outputs(rows), new Targets(rows.targets(), null, rows.mask()));
  }

  /** What the network gives under teacher forcing, {@code [T*B, V]}. */
  Matrix outputs(PairBatch rows) {
    return network.forward(input(rows));
  }

  private static Seq2SeqInput input(PairBatch rows) {
    SequenceInput source =
        new SequenceInput(
            rows.size(), rows.sourceSteps(), rows.sourceLengths(), rows.sources(), null);
    return new Seq2SeqInput(source, rows.targetSteps(), rows.fed());
  }

  /** What the network writes for some sources, taking the likeliest token each time. */
  int[][] decode(List<Pair> pairs, int maximumLength) {
    int rows = pairs.size();
    int steps = pairs.stream().mapToInt(pair -> pair.source().length).max().orElseThrow();
    int[] lengths = new int[rows];
    int[] tokens = new int[rows * steps];
    for (int row = 0; row < rows; row++) {
      int[] source = pairs.get(row).source();
      lengths[row] = source.length;
      for (int step = 0; step < source.length; step++) {
        tokens[step * rows + row] = source[step];
      }
    }
    return network.decodeGreedily(
        new SequenceInput(rows, steps, lengths, tokens, null), maximumLength);
  }

  float[] gradient() {
    return gradient;
  }
}
