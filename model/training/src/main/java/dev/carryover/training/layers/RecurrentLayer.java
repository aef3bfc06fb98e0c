package dev.carryover.training.layers;

import dev.carryover.model.spec.GruReset;
import dev.carryover.training.tensor.Matrix;
import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;
import dev.carryover.training.tensor.Precision;

/**
 * One recurrent layer over {@code T} steps of {@code B} rows, in one direction, forward and back.
 *
 * <p>Shapes: reads {@code [T*B, I]}, gives {@code [T*B, H]}, step by step. A row that is over keeps
 * its state to the end of the batch, so the last step of every row holds its final state; read
 * backwards, a row begins at its own last step.
 *
 * <p>Buffers grow to the largest batch and are used again: what {@link #forward} gives is good
 * until the next forward pass. Belongs to one thread; shares its weights with other threads.
 */
abstract class RecurrentLayer {
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
  private SequenceInput batch;
  private LayerInput input;
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

  /** The layer of a cell. */
  static RecurrentLayer of(
      NetworkShape shape, LayerParameters weights, LayerParameters gradients, boolean reverse) {
    return switch (shape.cell()) {
      case RNN_TANH -> new RnnLayer(weights, gradients, reverse, false);
      case RNN_RELU -> new RnnLayer(weights, gradients, reverse, true);
      case LSTM -> new LstmLayer(weights, gradients, reverse);
      case GRU ->
          shape.gruReset() == GruReset.AFTER
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
  abstract void beginBackward(Matrix finalCellGradient);

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
    return reverse ? batch.steps() - 1 - order : order;
  }

  /** {@code T*B} of the batch at hand. */
  final int cells() {
    return batch.cells();
  }

  private Matrix block(Matrix of, int step) {
    return of.rows(step * batch.rows(), batch.rows());
  }

  private Matrix allStates() {
    return states.rows((batch.steps() + 1) * batch.rows());
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
  Matrix forward(SequenceInput batch, LayerInput input, LayerState initial, LayerState last) {
    this.batch = batch;
    this.input = input;
    shortest = batch.shortest();
    planes.begin(batch.rows(), batch.lengths());
    Matrix projected = sums.rows(batch.cells());
    input.project(weights.inputWeight(), projected);
    Matrix first = before(0);
    if (initial == null) {
      first.fill(0);
    } else {
      first.copyColumns(initial.h().rows(0, batch.rows()), 0);
    }
    boolean initialCell = initial != null && initial.c() != null;
    beginForward(initialCell ? initial.c().rows(0, batch.rows()) : null);
    for (int order = 0; order < batch.steps(); order++) {
      step(
          order,
          block(projected, sequenceBlock(order)),
          before(order),
          after(order),
          overStep(order));
    }
    if (last != null) {
      last.h().rows(0, batch.rows()).copyColumns(after(batch.steps() - 1), 0);
      if (last.c() != null) {
        finalCell(batch.steps(), last.c().rows(0, batch.rows()));
      }
    }
    return allStates().rows(reverse ? 0 : batch.rows(), batch.cells());
  }

  /**
   * Back through the last forward pass: adds to the gradients of the weights and of the input.
   *
   * @param outputs the gradient of the outputs, {@code [T*B, H]}
   * @param last the gradient of the final state; {@code null} is 0
   * @param initial becomes the gradient of the initial state, unless {@code null}
   * @param monitor is told the gradient of the state at every step; may be {@code null}
   */
  void backward(Matrix outputs, LayerState last, LayerState initial, GradientMonitor monitor) {
    int rows = batch.rows();
    Matrix allGradients = sumsGradient.rows(batch.cells());
    Matrix stateRows = stateGradientRows.rows(rows);
    if (last == null) {
      planes.clear(stateGradient);
    } else {
      planes.load(last.h().rows(0, rows), 0, stateGradient);
    }
    beginBackward(last == null || last.c() == null ? null : last.c().rows(0, rows));
    for (int order = batch.steps() - 1; order >= 0; order--) {
      int step = sequenceBlock(order);
      planes.load(block(outputs, step), 0, outputGradient);
      planes.add(stateGradient, outputGradient, stateGradient);
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
      planes.store(stateGradient, initial.h().rows(0, rows), 0);
      if (initial.c() != null) {
        initialCellGradient(initial.c().rows(0, rows));
      }
    }
    Matrix one = ones.rows(batch.cells());
    one.fill(1);
    hiddenWeightGradients(allGradients, allStates().rows(reverse ? rows : 0, batch.cells()), one);
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
