package dev.carryover.training.tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Planes as ND4J arrays, every formula a few of ND4J's operations: runs in float and double and on
 * any device. Gradients are checked against finite differences on these, and {@link HostPlanes} is
 * held to them.
 */
final class OperationPlanes implements Planes {
  private final Precision precision;
  private final int width;
  private final Map<Matrix, Map<Integer, INDArray>> blocks = new WeakHashMap<>();
  private final OperationPlane scratch;
  private int rows = 1;
  private int[] lengths;
  private Matrix over;
  private Matrix running;

  OperationPlanes(Precision precision, int width) {
    this.precision = precision;
    this.width = width;
    this.scratch = new OperationPlane();
  }

  private final class OperationPlane extends Plane {
    private Matrix values = Matrix.zeros(precision, rows, width);

    private INDArray array() {
      if (values.rows() < rows) {
        values = Matrix.zeros(precision, rows, width);
      }
      return values.rows(0, rows).array();
    }
  }

  private static INDArray array(Plane plane) {
    return ((OperationPlane) plane).array();
  }

  /** A block of columns of a matrix, made once: the matrices of a stack live as long as this. */
  private INDArray block(Matrix matrix, int column) {
    return blocks
        .computeIfAbsent(matrix, m -> new HashMap<>())
        .computeIfAbsent(column, c -> matrix.columnBlock(c, width));
  }

  @Override
  public Plane plane() {
    return new OperationPlane();
  }

  @Override
  public void begin(int rows, int[] lengths) {
    this.rows = rows;
    this.lengths = lengths;
    if (over == null || over.rows() < rows) {
      over = Matrix.zeros(precision, rows, 1);
      running = Matrix.zeros(precision, rows, 1);
    }
  }

  @Override
  public void load(Matrix from, int column, Plane out) {
    array(out).assign(block(from, column));
  }

  @Override
  public void store(Plane plane, Matrix to, int column) {
    block(to, column).assign(array(plane));
  }

  @Override
  public void tile(Matrix row, int column, Plane out) {
    INDArray target = array(out);
    target.assign(0);
    target.addiRowVector(block(row, column));
  }

  @Override
  public void clear(Plane out) {
    array(out).assign(0);
  }

  @Override
  public void add(Plane a, Plane b, Plane out) {
    array(a).addi(array(b), array(out));
  }

  @Override
  public void subtract(Plane a, Plane b, Plane out) {
    array(a).subi(array(b), array(out));
  }

  @Override
  public void complement(Plane a, Plane out) {
    array(a).rsubi(1.0, array(out));
  }

  @Override
  public void multiply(Plane a, Plane b, Plane out) {
    array(a).muli(array(b), array(out));
  }

  @Override
  public void addProduct(Plane a, Plane b, Plane out) {
    array(a).muli(array(b), scratch.array());
    array(out).addi(scratch.array());
  }

  @Override
  public void sigmoid(Plane a, Plane out) {
    Nd4j.getExecutioner().exec(new Sigmoid(array(a), array(out)));
  }

  @Override
  public void tanh(Plane a, Plane out) {
    Nd4j.getExecutioner().exec(new Tanh(array(a), array(out)));
  }

  @Override
  public void relu(Plane a, Plane out) {
    Nd4j.getExecutioner().exec(new RectifiedLinear(array(a), array(out), 0.0));
  }

  @Override
  public void sigmoidBackward(Plane up, Plane factor, Plane y, Plane out) {
    INDArray slope = scratch.array();
    array(y).rsubi(1.0, slope);
    slope.muli(array(y));
    slope.muli(array(up));
    slope.muli(array(factor), array(out));
  }

  @Override
  public void tanhBackward(Plane up, Plane factor, Plane y, Plane out) {
    INDArray slope = scratch.array();
    array(y).muli(array(y), slope);
    slope.rsubi(1.0);
    slope.muli(array(up));
    slope.muli(array(factor), array(out));
  }

  @Override
  public void reluBackward(Plane up, Plane y, Plane out) {
    INDArray slope = scratch.array();
    slope.assign(array(y));
    Nd4j.getExecutioner().exec(new Step(slope, slope, 0.0));
    slope.muli(array(up), array(out));
  }

  @Override
  public void dotRows(Plane a, Plane b, double[] out) {
    array(a).muli(array(b), scratch.array());
    double[] sums = scratch.array().sum(1).toDoubleVector();
    System.arraycopy(sums, 0, out, 0, rows);
  }

  @Override
  public void addScaledRows(Plane a, double[] factors, Plane out) {
    for (int row = 0; row < rows; row++) {
      running.set(row, 0, factors[row]);
    }
    scratch.array().assign(array(a));
    scratch.array().muliColumnVector(running.rows(0, rows).array());
    array(out).addi(scratch.array());
  }

  /** Sets both columns of ones and zeros for a step. */
  private void masks(int step) {
    for (int row = 0; row < rows; row++) {
      boolean isOver = step >= lengths[row];
      over.set(row, 0, isOver ? 1 : 0);
      running.set(row, 0, isOver ? 0 : 1);
    }
  }

  @Override
  public void carry(Plane before, Plane after, int step) {
    masks(step);
    scratch.array().assign(array(before));
    scratch.array().muliColumnVector(over.rows(0, rows).array());
    array(after).muliColumnVector(running.rows(0, rows).array());
    array(after).addi(scratch.array());
  }

  @Override
  public void split(Plane plane, Plane overPlane, int step) {
    masks(step);
    array(overPlane).assign(array(plane));
    array(overPlane).muliColumnVector(over.rows(0, rows).array());
    array(plane).muliColumnVector(running.rows(0, rows).array());
  }

  @Override
  public void clearRows(Plane plane, boolean[] which) {
    for (int row = 0; row < rows; row++) {
      running.set(row, 0, which[row] ? 0 : 1);
    }
    array(plane).muliColumnVector(running.rows(0, rows).array());
  }
}
