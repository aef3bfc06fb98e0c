package dev.carryover.training.trainer;

import dev.carryover.model.spec.Task;
import dev.carryover.training.data.Batch;
import dev.carryover.training.layers.LayerState;
import dev.carryover.training.layers.Loss;
import dev.carryover.training.layers.Network;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.layers.SequenceInput;
import dev.carryover.training.layers.Targets;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Precision;
import java.util.List;

/**
 * One thread's part of every batch: a network over the shared weights, with its own buffers,
 * gradients and carried states of its rows.
 */
final class Worker {
  private final Network network;
  private final Loss loss;
  private final List<LayerState> carried;
  private final List<LayerState> validationCarried;
  private final float[] gradient;
  private final float[] zeros;

  /**
   * @param rows the most rows of this thread whose state is carried from window to window; 0 when
   *     every batch begins from zero
   */
  Worker(NetworkShape shape, Parameters weights, double dropout, Task task, int rows) {
    network = new Network(shape, weights, dropout);
    loss =
        task == Task.REGRESS
            ? Loss.meanSquaredError(Precision.FLOAT, shape.outputSize())
            : Loss.softmaxCrossEntropy(Precision.FLOAT, shape.outputSize());
    carried = rows == 0 ? null : network.newStates(rows);
    validationCarried = rows == 0 ? null : network.newStates(rows);
    gradient = new float[weights.size()];
    zeros = new float[shape.hiddenSize()];
  }

  /** Threads of such workers. */
  static Workers<Worker> threads(List<Worker> workers, int size) {
    return new Workers<>(workers, Worker::gradient, size);
  }

  /**
   * Forward and back over a batch on all threads.
   *
   * @return the mean loss of its targets; their gradient is in {@link Workers#gradient}
   */
  static double train(Workers<Worker> workers, Batch batch, long seed) {
    double scale = 1.0 / Math.max(1, batch.targetCount());
    double loss =
        workers.learn(
            batch.size(),
            (worker, index, from, to) ->
                worker.train(rows(batch, from, to), scale, seed * 31 + index));
    return loss * scale;
  }

  /** The sum of the losses of all targets of a batch, on all threads. */
  static double validate(Workers<Worker> workers, Batch batch) {
    return workers.sum(
        batch.size(), (worker, index, from, to) -> worker.validate(rows(batch, from, to)));
  }

  private static Batch rows(Batch batch, int from, int to) {
    return to - from == batch.size() ? batch : batch.rows(from, to);
  }

  /**
   * Forward and back over some rows; the gradient of {@code scale * loss} is in {@link #gradient}.
   *
   * @return the sum of the losses of all targets
   */
  double train(Batch batch, double scale, long dropoutSeed) {
    SequenceInput input = input(batch);
    Targets targets = targets(batch);
    restart(carried, batch);
    Matrix outputs = network.forwardWithDropout(input, carried, carried, dropoutSeed);
    double sum = loss.sum(outputs, targets);
    network.gradients().clear();
    network.backward(loss.gradient(targets, scale), null, null);
    network.gradients().read(gradient);
    return sum;
  }

  /** The sum of the losses of all targets, without dropout. */
  double validate(Batch batch) {
    restart(validationCarried, batch);
    Matrix outputs = network.forward(input(batch), validationCarried, validationCarried);
    return loss.sum(outputs, targets(batch));
  }

  private void restart(List<LayerState> states, Batch batch) {
    if (states == null) {
      return;
    }
    for (int row = 0; row < batch.size(); row++) {
      if (batch.restarts()[row]) {
        for (LayerState state : states) {
          state.h().rows(row, 1).write(zeros, 0);
          if (state.c() != null) {
            state.c().rows(row, 1).write(zeros, 0);
          }
        }
      }
    }
  }

  static SequenceInput input(Batch batch) {
    return new SequenceInput(
        batch.size(), batch.steps(), batch.lengths(), batch.tokens(), batch.features());
  }

  private static Targets targets(Batch batch) {
    return new Targets(batch.targets(), batch.values(), batch.mask());
  }

  float[] gradient() {
    return gradient;
  }

  /** The carried states as one vector; empty when nothing is carried. */
  float[] carriedStates() {
    if (carried == null) {
      return new float[0];
    }
    int size = 0;
    for (LayerState state : carried) {
      size += state.h().rows() * state.h().columns() * (state.c() == null ? 1 : 2);
    }
    float[] flat = new float[size];
    int at = 0;
    for (LayerState state : carried) {
      state.h().read(flat, at);
      at += state.h().rows() * state.h().columns();
      if (state.c() != null) {
        state.c().read(flat, at);
        at += state.c().rows() * state.c().columns();
      }
    }
    return flat;
  }

  /** Takes up what {@link #carriedStates} gave. */
  void carry(float[] flat) {
    if (carried == null) {
      return;
    }
    int at = 0;
    for (LayerState state : carried) {
      state.h().write(flat, at);
      at += state.h().rows() * state.h().columns();
      if (state.c() != null) {
        state.c().write(flat, at);
        at += state.c().rows() * state.c().columns();
      }
    }
  }
}
