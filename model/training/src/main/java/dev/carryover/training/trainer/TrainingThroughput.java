package dev.carryover.training.trainer;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.Task;
import dev.carryover.training.data.Batch;
import dev.carryover.training.data.BatchOptions;
import dev.carryover.training.data.Batches;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.optimizer.GradientNorm;
import dev.carryover.training.optimizer.Optimizer;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a training step costs, to be timed: forward and back through one layer whose input is as
 * wide as its state and a head of {@value #OUTPUTS} outputs with cross-entropy at every step,
 * clipping and Adam, over one batch again and again.
 *
 * <pre>{@code
 * try (TrainingThroughput run = new TrainingThroughput(Workload.of(Cell.GRU, 32, 128, 32), 1)) {
 *   run.step(); // until warm, then timed
 * }
 * }</pre>
 *
 * <p>On a machine that others use, time it by the CPU clock of the calling thread, which takes the
 * first part of the batch and all that is not shared: by the wall a step lasts until the last of
 * its threads was given a core.
 */
public final class TrainingThroughput implements AutoCloseable {
  /** {@code O} of the head. */
  public static final int OUTPUTS = 64;

  /** The largest norm of a gradient. */
  public static final double LARGEST_NORM = 5;

  /** The learning rate of Adam, whose other options are PyTorch's defaults. */
  public static final double LEARNING_RATE = 1e-3;

  private static final long SEED = 1;

  private final Batch batch;
  private final float[] weights;
  private final Parameters shared;
  private final Workers<Worker> workers;
  private final Optimizer optimizer;

  /**
   * A network, the weights it begins with, and a batch of random vectors and labels. Made without
   * ND4J, so that another library can be given the same.
   *
   * @param weights flat, in the order of {@link NetworkShape#parameterShapes()}
   */
  public record Workload(NetworkShape shape, Batch batch, float[] weights) {
    /**
     * The workload of some sizes, always the same.
     *
     * @param rows {@code B}
     * @param size {@code I} and {@code H}
     * @param steps {@code T}
     */
    public static Workload of(Cell cell, int rows, int size, int steps) {
      NetworkShape shape =
          new NetworkShape(0, size, cell, GruReset.AFTER, size, 1, false, true, OUTPUTS);
      TrainingData data = data(rows, size, steps);
      BatchOptions whole = new BatchOptions(rows, rows * steps, BatchOptions.WHOLE, 0);
      return new Workload(
          shape,
          Batches.inOrder(data, data.training(), whole).get(0),
          Parameters.initial(shape, SEED));
    }
  }

  /**
   * A network with buffers and an optimizer of its own.
   *
   * @param threads how many threads share a batch
   */
  public TrainingThroughput(Workload workload, int threads) {
    NetworkShape shape = workload.shape();
    batch = workload.batch();
    weights = workload.weights().clone();
    shared = Parameters.zeros(Precision.FLOAT, shape);
    shared.write(weights);
    optimizer = Optimizer.adam(weights.length, 0.9, 0.999, 1e-8);
    List<Worker> parts = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      parts.add(new Worker(shape, shared, 0, Task.LABEL, 0));
    }
    workers = Worker.threads(parts, weights.length);
  }

  private static TrainingData data(int rows, int size, int steps) {
    Random random = new Random(SEED);
    List<TrainingSequence> sequences = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < OUTPUTS; i++) {
      labels.add(Integer.toString(i));
    }
    for (int row = 0; row < rows; row++) {
      float[][] features = new float[steps][size];
      int[] wanted = new int[steps];
      for (int step = 0; step < steps; step++) {
        wanted[step] = random.nextInt(OUTPUTS);
        for (int i = 0; i < size; i++) {
          features[step][i] = (float) random.nextGaussian();
        }
      }
      sequences.add(
          TrainingSequence.ofFeatures(Integer.toString(row), features).withLabels(wanted));
    }
    return TrainingData.builder()
        .task(Task.LABEL)
        .features(FeatureSchema.unscaled(size))
        .labels(labels)
        .training(sequences)
        .digest("random")
        .build();
  }

  /**
   * Forward and back, without clipping or update.
   *
   * @return the gradient of the mean loss by the weights as they are
   */
  public float[] gradient() {
    Worker.train(workers, batch, 0);
    return workers.gradient().clone();
  }

  /**
   * Forward, back, clipping and update of the batch, which is {@code B * T} tokens.
   *
   * @return the mean loss before the update
   */
  public double step() {
    double loss = Worker.train(workers, batch, 0);
    GradientNorm.clip(workers.gradient(), LARGEST_NORM);
    optimizer.step(weights, workers.gradient(), LEARNING_RATE);
    shared.write(weights);
    return loss;
  }

  @Override
  public void close() {
    workers.close();
  }
}
