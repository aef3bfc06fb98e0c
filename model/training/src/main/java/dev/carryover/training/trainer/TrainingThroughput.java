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
import dev.carryover.training.tensor.Backend;
import dev.carryover.training.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How many tokens per second go through forward, backward and update: one layer whose input is as
 * wide as its state, a head of {@value #OUTPUTS} outputs with cross-entropy at every step, clipping
 * and Adam.
 *
 * <pre>{@code
 * try (TrainingThroughput run = new TrainingThroughput(Cell.GRU, 32, 128, 32, 1)) {
 *   run.step(); // until warm, then timed
 * }
 * }</pre>
 *
 * <p>{@code OMP_NUM_THREADS=1 java -cp ... dev.carryover.training.trainer.TrainingThroughput
 * [seconds]} prints a table; without an argument each figure takes the best of three spans of 2
 * seconds.
 */
public final class TrainingThroughput implements AutoCloseable {
  /** {@code O} of the head. */
  public static final int OUTPUTS = 64;

  private static final int STEPS = 32;
  private static final int[][] SIZES = {{32, 128}, {32, 256}, {64, 512}};
  private static final int SPANS = 3;

  private final Batch batch;
  private final float[] weights;
  private final Parameters shared;
  private final Workers workers;
  private final Optimizer optimizer;

  /**
   * A network and a batch of random vectors and labels.
   *
   * @param rows {@code B}
   * @param size {@code I} and {@code H}
   * @param steps {@code T}
   * @param threads how many threads share a batch
   */
  public TrainingThroughput(Cell cell, int rows, int size, int steps, int threads) {
    NetworkShape shape =
        new NetworkShape(0, size, cell, GruReset.AFTER, size, 1, false, true, OUTPUTS);
    TrainingData data = data(rows, size, steps);
    batch =
        Batches.inOrder(
                data, data.training(), new BatchOptions(rows, rows * steps, BatchOptions.WHOLE, 0))
            .get(0);
    weights = Parameters.initial(shape, 1);
    shared = Parameters.zeros(Precision.FLOAT, shape);
    shared.write(weights);
    optimizer = Optimizer.adam(weights.length, 0.9, 0.999, 1e-8);
    List<Worker> parts = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      parts.add(new Worker(shape, shared, 0, Task.LABEL, 0));
    }
    workers = new Workers(parts, weights.length);
  }

  private static TrainingData data(int rows, int size, int steps) {
    Random random = new Random(1);
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
   * Forward, backward and update of the batch, which is {@code B * T} tokens.
   *
   * @return the mean loss before the update
   */
  public double step() {
    double loss = workers.train(batch, 0);
    GradientNorm.clip(workers.gradient(), 5);
    optimizer.step(weights, workers.gradient(), 1e-3);
    shared.write(weights);
    return loss;
  }

  /** Tokens per second over about {@code seconds}, after as long a warm-up. */
  public double tokensPerSecond(double seconds) {
    run(seconds);
    return run(seconds);
  }

  private double run(double seconds) {
    long begun = System.nanoTime();
    long end = begun + (long) (seconds * 1e9);
    long tokens = 0;
    while (System.nanoTime() < end) {
      step();
      tokens += (long) batch.size() * batch.steps();
    }
    return tokens / ((System.nanoTime() - begun) / 1e9);
  }

  @Override
  public void close() {
    workers.close();
  }

  /** Prints the table. */
  public static void main(String[] arguments) {
    double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 2;
    System.out.println(Backend.description());
    if (!Backend.threadAdvice().isEmpty()) {
      System.out.println(Backend.threadAdvice());
    }
    System.out.println("| cell | B | H | threads | tokens/s |");
    System.out.println("|---|---|---|---|---|");
    for (Cell cell : new Cell[] {Cell.GRU, Cell.LSTM}) {
      for (int[] size : SIZES) {
        for (int threads = 1; threads <= 2; threads++) {
          try (TrainingThroughput run =
              new TrainingThroughput(cell, size[0], size[1], STEPS, threads)) {
            double best = 0;
            for (int span = 0; span < SPANS; span++) {
              best = Math.max(best, run.tokensPerSecond(seconds / 2));
            }
            System.out.printf(
                Locale.ROOT,
                "| %s | %d | %d | %d | %,.0f |%n",
                cell,
                size[0],
                size[1],
                threads,
                best);
          }
        }
      }
    }
  }
}
