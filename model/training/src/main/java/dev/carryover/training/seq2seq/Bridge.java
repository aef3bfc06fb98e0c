package dev.carryover.training.seq2seq;

import dev.carryover.training.layers.Buffer;
import dev.carryover.training.layers.LinearHead;
import dev.carryover.training.layers.Parameters;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;
import java.util.List;

/**
 * From what an encoder ends with to what a decoder begins with, the same weights for every layer:
 * {@code y = tanh(W [forward; backward] + b)}. One of an LSTM's two is for h, the other for c.
 *
 * <p>Shapes: D matrices {@code [B, He]} for each of L layers become {@code [L*B, H]}, layer by
 * layer. Belongs to one thread.
 */
final class Bridge {
  private final int encoderSize;
  private final int directions;
  private final LinearHead linear;
  private final Planes planes;
  private final Plane output;
  private final Plane gradient;
  private final Plane ones;
  private final Buffer inputs;
  private final Buffer outputs;

  /**
   * @param name {@code bridge_h} or {@code bridge_c}
   * @param encoderSize {@code He}
   */
  Bridge(Parameters weights, Parameters gradients, String name, int encoderSize) {
    this.encoderSize = encoderSize;
    Matrix weight = weights.matrix(name + ".weight");
    directions = weight.columns() / encoderSize;
    linear = new LinearHead(weights, gradients, name);
    planes = Planes.of(weights.precision(), weight.rows());
    planes.begin(1, new int[1]);
    output = planes.plane();
    gradient = planes.plane();
    ones = planes.plane();
    inputs = new Buffer(weights.precision(), weight.columns());
    outputs = new Buffer(weights.precision(), weight.rows());
  }

  /**
   * The states to begin with, {@code [L*B, H]}.
   *
   * @param last of layer 0, its reverse direction if it has one, of layer 1, and so on; the first
   *     {@code B} rows of each are read
   */
  Matrix forward(List<Matrix> last, int rows) {
    int layers = last.size() / directions;
    Matrix joined = inputs.rows(layers * rows);
    for (int i = 0; i < last.size(); i++) {
      joined
          .rows(i / directions * rows, rows)
          .setColumns(i % directions * encoderSize, last.get(i).rows(0, rows));
    }
    planes.begin(layers * rows, new int[layers * rows]);
    planes.load(linear.forward(joined), 0, output);
    planes.tanh(output, output);
    Matrix states = outputs.rows(layers * rows);
    planes.store(output, states, 0);
    return states;
  }

  /**
   * Back through the last forward pass.
   *
   * @param states the gradient of what it gave, {@code [L*B, H]}; overwritten
   * @param last becomes that of what it read
   */
  void backward(Matrix states, List<Matrix> last, int rows) {
    planes.load(states, 0, gradient);
    planes.clear(ones);
    planes.complement(ones, ones);
    planes.tanhBackward(gradient, ones, output, gradient);
    planes.store(gradient, states, 0);
    Matrix joined = linear.backward(states);
    for (int i = 0; i < last.size(); i++) {
      last.get(i)
          .rows(0, rows)
          .copyColumns(joined.rows(i / directions * rows, rows), i % directions * encoderSize);
    }
  }
}
