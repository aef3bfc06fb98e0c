package dev.carryover.tests.bench.training;

import dev.carryover.model.spec.Cell;
import dev.carryover.training.trainer.TrainingThroughput;
import java.util.List;

/**
 * What is trained: one layer with a head, over one batch again and again.
 *
 * @param cell the layer's cell
 * @param rows {@code B}
 * @param size {@code I} and {@code H}
 * @param steps {@code T}
 */
record TrainingSizes(Cell cell, int rows, int size, int steps) {
  private static final int COUNT = 4;

  TrainingThroughput.Workload workload() {
    return TrainingThroughput.Workload.of(cell, rows, size, steps);
  }

  /** Tokens of one step of training. */
  long tokens() {
    return (long) rows * steps;
  }

  List<String> arguments() {
    return List.of(
        cell.name(), Integer.toString(rows), Integer.toString(size), Integer.toString(steps));
  }

  static TrainingSizes parse(List<String> arguments) {
    if (arguments.size() < COUNT) {
      throw new IllegalArgumentException(
          "the sizes are %s; give a cell, B, H and T".formatted(arguments));
    }
    return new TrainingSizes(
        Cell.valueOf(arguments.get(0)),
        Integer.parseInt(arguments.get(1)),
        Integer.parseInt(arguments.get(2)),
        Integer.parseInt(arguments.get(3)));
  }

  @Override
  public String toString() {
    return "%s, B=%d, H=%d, T=%d".formatted(cell.configName(), rows, size, steps);
  }
}
