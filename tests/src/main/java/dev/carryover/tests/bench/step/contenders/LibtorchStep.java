package dev.carryover.tests.bench.step.contenders;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.recurrent.RNN;
import dev.carryover.model.spec.Cell;
import dev.carryover.runtime.cells.LayerWeights;

/**
 * Steps with libtorch through DJL, without gradients: {@code torch.rnn_tanh} or {@code torch.gru}
 * over one time step, or for the LSTM the operations of {@code torch.lstm_cell}. States stay in
 * libtorch's memory: what a step gives is what the next one takes.
 */
final class LibtorchStep implements StepContender {
  /*
   * torch.lstm hands its weights to oneDNN, which brings them into an order of its own in every call:
   * for one row at H = 256 that took ten times as long as the operations of the cell, which DJL does
   * not offer as one. Arrays between are closed at once; left to a manager they would pile up.
   */
  private final StepWorkload workload;
  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray input;
  private final NDArrayEx operations;
  private final NDList weights;
  private NDList states = new NDList();

  LibtorchStep(StepWorkload workload) {
    this.workload = workload;
    int h = workload.hiddenSize();
    int batch = workload.batch();
    float[] rows = new float[batch * h];
    for (int row = 0; row < batch; row++) {
      workload.copyInput(row, rows, row * h);
    }
    input = manager.create(rows, new Shape(1, batch, h));
    operations = input.getNDArrayInternal();
    LayerWeights layer = workload.weights();
    int gates = workload.cell().gates() * h;
    weights =
        new NDList(
            manager.create(layer.inputWeights(), new Shape(gates, h)),
            manager.create(layer.recurrentWeights(), new Shape(gates, h)),
            manager.create(layer.inputBias(), new Shape(gates)),
            manager.create(layer.recurrentBias(), new Shape(gates)));
    for (int vector = 0; vector < workload.cell().stateVectors(); vector++) {
      float[] state = new float[batch * h];
      for (int row = 0; row < batch; row++) {
        System.arraycopy(workload.states()[row], vector * h, state, row * h, h);
      }
      states.add(manager.create(state, new Shape(1, batch, h)));
    }
  }

  @Override
  public void step() {
    if (workload.cell() == Cell.LSTM) {
      lstm();
      return;
    }
    NDList result =
        switch (workload.cell()) {
          case RNN_TANH -> rnn(RNN.Activation.TANH);
          case RNN_RELU -> rnn(RNN.Activation.RELU);
          case GRU ->
              operations.gru(input, states.get(0), weights, true, 1, 0, false, false, false);
          case LSTM -> throw new AssertionError("an LSTM has two states");
        };
    // The first is the output of all time steps, which of one is the state once more.
    result.get(0).close();
    states.forEach(NDArray::close);
    states = result.subNDList(1);
  }

  /** {@code c = f * c + i * g; h = o * tanh(c)}. */
  private void lstm() {
    NDArray h = states.get(0);
    NDArray c = states.get(1);
    NDArray sums = linear(input, 0);
    try (NDArray recurrent = linear(h, 1)) {
      sums.addi(recurrent);
    }
    NDList gates = sums.split(4, 2);
    try (NDArray i = sigmoid(gates.get(0));
        NDArray f = sigmoid(gates.get(1));
        NDArray g = gates.get(2).tanh();
        NDArray o = sigmoid(gates.get(3))) {
      c.muli(f).addi(i.muli(g));
      try (NDArray squashed = c.tanh()) {
        NDArray next = o.mul(squashed);
        h.close();
        states.set(0, next);
      }
    }
    gates.close();
    sums.close();
  }

  private NDArray linear(NDArray rows, int half) {
    return rows.getNDArrayInternal()
        .linear(rows, weights.get(half), weights.get(2 + half))
        .singletonOrThrow();
  }

  private static NDArray sigmoid(NDArray gate) {
    return gate.getNDArrayInternal().sigmoid();
  }

  private NDList rnn(RNN.Activation activation) {
    return operations.rnn(
        input, states.get(0), weights, true, 1, activation, 0, false, false, false);
  }

  @Override
  public void readState(int row, float[] state) {
    int h = workload.hiddenSize();
    for (int vector = 0; vector < states.size(); vector++) {
      float[] all = states.get(vector).toFloatArray();
      System.arraycopy(all, row * h, state, vector * h, h);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
