package dev.carryover.tests.bench.step.contenders;

import dev.carryover.model.spec.Cell;
import dev.carryover.runtime.cells.LayerWeights;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Steps with ND4J at its best: all arrays and views are made once, products go into given arrays,
 * activations work in place, and nothing is copied between Java and native memory.
 */
final class Nd4jStep implements StepContender {
  /*
   * Rows lie in columns: a state is [H, B], the sums of all gates [G * H, B]. So one product gives all
   * gates, and the block of each is contiguous at any B. A row-major [B, G * H] would need either a
   * product for each gate or views with gaps, which the elementwise operations walk slowly.
   *
   * Blocks: RNN [h]; LSTM [i, f, g, o]; GRU [r, z, input part of n], and the recurrent part of n by
   * itself, since the reset gate multiplies it alone. Sums begin with the biases.
   */
  private final StepWorkload workload;
  private final INDArray input;
  private final INDArray inputWeights;
  private final INDArray recurrentWeights;
  private final INDArray candidateWeights;
  private final INDArray biases;
  private final INDArray candidateBiases;
  private final INDArray sums;
  private final INDArray recurrentSums;
  private final INDArray candidate;
  private final INDArray[] blocks;
  private final INDArray gates;
  private final INDArray scratch;
  private final INDArray h;
  private final INDArray c;

  Nd4jStep(StepWorkload workload) {
    this.workload = workload;
    int size = workload.hiddenSize();
    int batch = workload.batch();
    int rows = workload.cell().gates() * size;
    LayerWeights layer = workload.weights();
    input = zeros(size, batch);
    float[] row = new float[size];
    for (int r = 0; r < batch; r++) {
      workload.copyInput(r, row, 0);
      writeColumn(input, r, row, 0);
    }
    inputWeights = matrix(layer.inputWeights(), 0, rows, size);
    boolean gru = workload.cell() == Cell.GRU;
    int together = gru ? 2 * size : rows;
    recurrentWeights = matrix(layer.recurrentWeights(), 0, together, size);
    biases = zeros(rows, batch);
    candidateBiases = gru ? zeros(size, batch) : null;
    FloatBuffer sumOfBiases = biases.data().asNioFloat();
    for (int i = 0; i < rows * batch; i++) {
      int output = i / batch;
      float recurrent = layer.recurrentBias()[output];
      sumOfBiases.put(i, layer.inputBias()[output] + (output < together ? recurrent : 0));
      if (output >= together) {
        candidateBiases.data().asNioFloat().put(i - together * batch, recurrent);
      }
    }
    candidateWeights = gru ? matrix(layer.recurrentWeights(), 2 * size, size, size) : null;
    candidate = gru ? zeros(size, batch) : null;
    sums = zeros(rows, batch);
    recurrentSums = block(sums, 0, together);
    blocks = new INDArray[workload.cell().gates()];
    for (int gate = 0; gate < blocks.length; gate++) {
      blocks[gate] = block(sums, gate * size, size);
    }
    gates = blocks.length == 1 ? sums : block(sums, 0, 2 * size);
    scratch = zeros(size, batch);
    h = zeros(size, batch);
    c = workload.cell().stateVectors() == 2 ? zeros(size, batch) : null;
    for (int r = 0; r < batch; r++) {
      writeColumn(h, r, workload.states()[r], 0);
      if (c != null) {
        writeColumn(c, r, workload.states()[r], size);
      }
    }
  }

  private static INDArray zeros(int rows, int columns) {
    return Nd4j.create(DataType.FLOAT, new long[] {rows, columns}, 'c');
  }

  private static INDArray matrix(float[] values, int firstRow, int rows, int columns) {
    INDArray matrix = zeros(rows, columns);
    matrix.data().asNioFloat().put(values, firstRow * columns, rows * columns);
    return matrix;
  }

  private static INDArray block(INDArray array, int from, int rows) {
    return array.get(NDArrayIndex.interval(from, from + rows), NDArrayIndex.all());
  }

  private static void writeColumn(INDArray to, int column, float[] values, int from) {
    FloatBuffer all = to.data().asNioFloat();
    int columns = to.columns();
    for (int i = 0; i < to.rows(); i++) {
      all.put(i * columns + column, values[from + i]);
    }
  }

  @Override
  public void step() {
    sums.assign(biases);
    Nd4j.gemm(inputWeights, input, sums, false, false, 1, 1);
    Nd4j.gemm(recurrentWeights, h, recurrentSums, false, false, 1, 1);
    switch (workload.cell()) {
      case RNN_TANH -> h.assign(Transforms.tanh(sums, false));
      case RNN_RELU -> h.assign(Transforms.relu(sums, false));
      case GRU -> gru();
      case LSTM -> lstm();
    }
  }

  /** {@code n = tanh(nInput + r * nRecurrent); h = n + z * (h - n)}. */
  private void gru() {
    candidate.assign(candidateBiases);
    Nd4j.gemm(candidateWeights, h, candidate, false, false, 1, 1);
    Transforms.sigmoid(gates, false);
    candidate.muli(blocks[0]).addi(blocks[2]);
    Transforms.tanh(candidate, false);
    h.subi(candidate).muli(blocks[1]).addi(candidate);
  }

  /** {@code c = f * c + i * g; h = o * tanh(c)}. */
  private void lstm() {
    Transforms.sigmoid(gates, false);
    Transforms.sigmoid(blocks[3], false);
    Transforms.tanh(blocks[2], false);
    blocks[0].muli(blocks[2]);
    c.muli(blocks[1]).addi(blocks[0]);
    scratch.assign(c);
    Transforms.tanh(scratch, false);
    blocks[3].muli(scratch, h);
  }

  @Override
  public void readState(int row, float[] state) {
    int size = workload.hiddenSize();
    int batch = workload.batch();
    for (int i = 0; i < size; i++) {
      state[i] = h.data().asNioFloat().get(i * batch + row);
      if (c != null) {
        state[size + i] = c.data().asNioFloat().get(i * batch + row);
      }
    }
  }
}
