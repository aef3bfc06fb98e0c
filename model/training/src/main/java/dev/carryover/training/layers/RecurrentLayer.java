package dev.carryover.training.layers;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;
import dev.carryover.training.tensor.Precision;
import java.util.Arrays;

/**
 * One recurrent layer over {@code T} steps of {@code B} rows, in one direction, forward and back.
 *
 * <p>Shapes: reads {@code [T*B, I]}, gives {@code [T*B, H]}, step by step. A row that is over keeps
 * its state to the end of the batch, so the last step of every row holds its final state; read
 * backwards, a row begins at its own last step.
 *
 * <p>A pass goes over all steps at once ({@link #forward}, {@link #backward}), or, where a step
 * reads what the one before it gave, step by step: {@link #begin} and {@link #advance}, then {@link
 * #beginBackward}, {@link #retreat} in falling order, {@link #endBackward}.
 *
 * <p>Buffers grow to the largest batch and are used again: what {@link #forward} gives is good
 * until the next forward pass. Belongs to one thread; shares its weights with other threads.
 */
public abstract class RecurrentLayer {
  /*
   * The input half of all steps is one product before the first step, and the gradients of the
   * weights are one product each after the last: only the product with the state is left inside the
   * loop. States stand in one matrix of T+1 blocks of B rows, so the states before (or after) all
   * steps are a contiguous matrix, and a block is a product's operand as it lies.
   */
  final LayerParameters weights;
  final LayerParameters gradients;
  final Precision precision;
  final Planes planes;
  final int hiddenSize;
  final Plane stateGradient;
  private final boolean reverse;
  private final Plane over;
  private final Plane outputGradient;
  private final Buffer sums;
  private final Buffer sumsGradient;
  private final Buffer states;
  private final Buffer stateGradientRows;
  private final Buffer ones;
  private LayerInput input;
  private int rows;
  private int steps;
  private int shortest;

  RecurrentLayer(LayerParameters weights, LayerParameters gradients, boolean reverse) {
    this.weights = weights;
    this.gradients = gradients;
    this.reverse = reverse;
    precision = weights.hiddenWeight().precision();
    hiddenSize = weights.hiddenWeight().columns();
    planes = Planes.of(precision, hiddenSize);
    planes.begin(1, new int[1]);
    stateGradient = planes.plane();
    over = planes.plane();
    outputGradient = planes.plane();
    int gateRows = weights.hiddenWeight().rows();
    sums = new Buffer(precision, gateRows);
    sumsGradient = new Buffer(precision, gateRows);
    states = new Buffer(precision, hiddenSize);
    stateGradientRows = new Buffer(precision, hiddenSize);
    ones = new Buffer(precision, 1);
  }

  /**
   * The layer of a cell.
   *
   * @param reset where a GRU applies its reset gate
   * @param weights shared, never written
   * @param gradients what the backward passes add to
   * @param reverse whether the steps are read from the last to the first
   */
  public static RecurrentLayer of(
      Cell cell,
      GruReset reset,
      LayerParameters weights,
      LayerParameters gradients,
      boolean reverse) {
    return switch (cell) {
      case RNN_TANH -> new RnnLayer(weights, gradients, reverse, false);
      case RNN_RELU -> new RnnLayer(weights, gradients, reverse, true);
      case LSTM -> new LstmLayer(weights, gradients, reverse);
      case GRU ->
          reset == GruReset.AFTER
              ? new GruLayer(weights, gradients, reverse)
              : new ChoGruLayer(weights, gradients, reverse);
    };
  }

  /** Reads biases into planes, once per batch. */
  abstract void beginForward(Matrix initialCell);

  /**
   * Step {@code order} of the pass.
   *
   * @param sums the input half {@code [B, G*H]}, free to be overwritten
   * @param before the state before the step {@code [B, H]}
   * @param after becomes the state after it
   * @param overStep the step of the sequence when some row is over at it, otherwise -1
   */
  abstract void step(int order, Matrix sums, Matrix before, Matrix after, int overStep);

  /** Copies the cell state after the last step; nothing for cells without. */
  abstract void finalCell(int steps, Matrix cell);

  /** The gradient of the final cell state; {@code null} is 0. */
  abstract void beginBackwardCell(Matrix finalCellGradient);

  /**
   * Back through step {@code order}: from {@link #stateGradient}, the gradient of the state after
   * the step, to that of the state before, in the same place, {@code sumsGradient}, that of the
   * input half, and whatever of it the cell keeps for {@link #hiddenWeightGradients}.
   *
   * @param before the state before the step
   * @param stateRows room for {@code [B, H]}
   */
  abstract void stepBackward(
      int order, Matrix before, Matrix sumsGradient, Matrix stateRows, int overStep);

  /** Copies the gradient of the initial cell state; nothing for cells without. */
  abstract void initialCellGradient(Matrix gradient);

  /**
   * Adds to the gradients of the hidden weights and of both biases.
   *
   * @param before the states before all steps, {@code [T*B, H]}
   * @param ones {@code [T*B, 1]}
   */
  abstract void hiddenWeightGradients(Matrix sumsGradient, Matrix before, Matrix ones);

  /** The step of the sequence that is taken as number {@code order}. */
  final int sequenceBlock(int order) {
    return reverse ? steps - 1 - order : order;
  }

  /** {@code T*B} of the batch at hand. */
  final int cells() {
    return rows * steps;
  }

  private Matrix block(Matrix of, int step) {
    return of.rows(step * rows, rows);
  }

  private Matrix allStates() {
    return states.rows((steps + 1) * rows);
  }

  private Matrix before(int order) {
    int step = sequenceBlock(order);
    return block(allStates(), reverse ? step + 1 : step);
  }

  private Matrix after(int order) {
    int step = sequenceBlock(order);
    return block(allStates(), reverse ? step : step + 1);
  }

  private int overStep(int order) {
    int step = sequenceBlock(order);
    return step >= shortest ? step : -1;
  }

  /**
   * The outputs of all steps.
   *
   * @param initial the state to begin with; {@code null} is 0
   * @param last becomes the state at the end, unless {@code null}
   */
  final Matrix forward(SequenceInput batch, LayerInput input, LayerState initial, LayerState last) {
    this.input = input;
    begin(batch.rows(), batch.steps(), batch.lengths(), batch.shortest(), initial);
    Matrix projected = sums.rows(cells());
    input.project(weights.inputWeight(), projected);
    for (int order = 0; order < steps; order++) {
      step(
          order,
          block(projected, sequenceBlock(order)),
          before(order),
          after(order),
          overStep(order));
    }
    if (last != null) {
      last.h().rows(0, rows).copyColumns(after(steps - 1), 0);
      if (last.c() != null) {
        finalCell(steps, last.c().rows(0, rows));
      }
    }
    return allStates().rows(reverse ? 0 : rows, cells());
  }

  private void begin(int rows, int steps, int[] lengths, int shortest, LayerState initial) {
    this.rows = rows;
    this.steps = steps;
    this.shortest = shortest;
    planes.begin(rows, lengths);
    Matrix first = before(0);
    if (initial == null) {
      first.fill(0);
    } else {
      first.copyColumns(initial.h().rows(0, rows), 0);
    }
    boolean initialCell = initial != null && initial.c() != null;
    beginForward(initialCell ? initial.c().rows(0, rows) : null);
  }

  /**
   * Begins a pass step by step over rows that are all as long as the batch; for a layer that is not
   * reversed.
   *
   * @param steps how many there are, at most: fewer may be taken when no backward pass follows
   * @param initial the state to begin with; {@code null} is 0
   */
  public final void begin(int rows, int steps, LayerState initial) {
    if (reverse) {
      throw new IllegalStateException(
          "the layer is reversed and a pass step by step is forward; use one that is not");
    }
    int[] lengths = new int[rows];
    Arrays.fill(lengths, steps);
    begin(rows, steps, lengths, steps, initial);
  }

  /** The state before a step of a pass step by step, {@code [B, H]}. */
  public final Matrix stateBefore(int step) {
    return before(step);
  }

  /** The states before all steps, {@code [T*B, H]}. */
  public final Matrix statesBefore() {
    return allStates().rows(0, cells());
  }

  /** The states after all steps, {@code [T*B, H]}. */
  public final Matrix statesAfter() {
    return allStates().rows(rows, cells());
  }

  /**
   * Takes the next step of a pass step by step.
   *
   * @param values what the layer reads, {@code [B, I]}
   * @return the state after the step, {@code [B, H]}
   */
  public final Matrix advance(int step, Matrix values) {
    Matrix projected = block(sums.rows(cells()), step);
    projected.product(values, false, weights.inputWeight(), true, false);
    step(step, projected, before(step), after(step), -1);
    return after(step);
  }

  /** Begins the way back through a pass step by step, from a final state without a gradient. */
  public final void beginBackward() {
    planes.clear(stateGradient);
    beginBackwardCell(null);
  }

  /**
   * Goes back through a step.
   *
   * @param outputs the gradient of the state after the step by what reads it there, {@code [B, H]}
   * @param values becomes the gradient of what the layer read, {@code [B, I]}
   */
  public final void retreat(int step, Matrix outputs, Matrix values) {
    addStateGradient(outputs);
    Matrix gradient = block(sumsGradient.rows(cells()), step);
    stepBackward(step, before(step), gradient, stateGradientRows.rows(rows), -1);
    values.product(gradient, false, weights.inputWeight(), false, false);
  }

  /** Adds to the gradient of the state that the way back has come to, {@code [B, H]}. */
  public final void addStateGradient(Matrix gradient) {
    planes.load(gradient, 0, outputGradient);
    planes.add(stateGradient, outputGradient, stateGradient);
  }

  /**
   * Ends the way back through a pass step by step: adds to the gradients of the weights.
   *
   * @param values what the layer read at all steps, {@code [T*B, I]}
   * @param initial becomes the gradient of the initial state
   */
  public final void endBackward(Matrix values, LayerState initial) {
    Matrix allGradients = sumsGradient.rows(cells());
    initialGradient(initial);
    weightGradients(allGradients);
    gradients.inputWeight().product(allGradients, true, values, false, true);
  }

  private void initialGradient(LayerState initial) {
    planes.store(stateGradient, initial.h().rows(0, rows), 0);
    if (initial.c() != null) {
      initialCellGradient(initial.c().rows(0, rows));
    }
  }

  private void weightGradients(Matrix allGradients) {
    Matrix one = ones.rows(cells());
    one.fill(1);
    hiddenWeightGradients(allGradients, allStates().rows(reverse ? rows : 0, cells()), one);
  }

  /**
   * Back through the last forward pass: adds to the gradients of the weights and of the input.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, H]}
   * @param last the gradient of the final state; {@code null} is 0
   * @param initial becomes the gradient of the initial state, unless {@code null}
   * @param monitor is told the gradient of the state at every step; may be {@code null}
   */
  final void backward(
      Matrix outputs, LayerState last, LayerState initial, GradientMonitor monitor) {
    Matrix allGradients = sumsGradient.rows(cells());
    Matrix stateRows = stateGradientRows.rows(rows);
    if (last == null) {
      planes.clear(stateGradient);
    } else {
      planes.load(last.h().rows(0, rows), 0, stateGradient);
    }
    beginBackwardCell(last == null || last.c() == null ? null : last.c().rows(0, rows));
    for (int order = steps - 1; order >= 0; order--) {
      int step = sequenceBlock(order);
      addStateGradient(block(outputs, step));
      if (monitor != null) {
        planes.store(stateGradient, stateRows, 0);
        monitor.stateGradient(step, stateRows);
      }
      int overStep = overStep(order);
      if (overStep >= 0) {
        planes.split(stateGradient, over, overStep);
      }
      stepBackward(order, before(order), block(allGradients, step), stateRows, overStep);
      if (overStep >= 0) {
        planes.add(stateGradient, over, stateGradient);
      }
    }
    if (initial != null) {
      initialGradient(initial);
    }
    weightGradients(allGradients);
    input.backward(allGradients, weights.inputWeight(), gradients.inputWeight());
  }

  /** Both biases of a gate in every row of a plane; zero without biases. */
  final void tileBiases(int gate, Plane sum, Plane scratch) {
    tileBias(weights.inputBias(), gate, sum);
    tileBias(weights.hiddenBias(), gate, scratch);
    planes.add(sum, scratch, sum);
  }

  /** One bias of a gate in every row of a plane; zero without biases. */
  final void tileBias(Matrix bias, int gate, Plane out) {
    if (bias == null) {
      planes.clear(out);
    } else {
      planes.tile(bias, gate * hiddenSize, out);
    }
  }

  /** Adds the sums over all rows to a bias's gradient; nothing without biases. */
  static void addColumnSums(Matrix ones, Matrix values, Matrix biasGradient) {
    if (biasGradient != null) {
      biasGradient.product(ones, true, values, false, true);
    }
  }
}
