package dev.carryover.tests.bench.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.carryover.model.spec.Cell;
import dev.carryover.training.data.Batch;
import dev.carryover.training.layers.NetworkShape;
import dev.carryover.training.trainer.TrainingThroughput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * libtorch through DJL: {@code torch.gru} or {@code torch.lstm} over the whole batch with its own
 * backward pass, a linear head, cross-entropy.
 *
 * <p>Clipping and Adam are the elementwise operations that PyTorch takes for them on a CPU, in
 * place where it works in place. What a step makes is freed with the manager of the step.
 */
final class LibtorchTraining implements TrainingContender {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final String HEAD = "head.";

  private final NetworkShape shape;
  private final NDManager manager;
  private final NDArray features;
  private final NDArray labels;
  private final NDArray zeroState;
  private final List<NDArray> stack = new ArrayList<>();
  private final List<NDArray> head = new ArrayList<>();
  private final List<NDArray> parameters = new ArrayList<>();
  private final List<NDArray> means = new ArrayList<>();
  private final List<NDArray> variances = new ArrayList<>();
  private boolean hasGradients;
  private long steps;

  LibtorchTraining(TrainingThroughput.Workload workload) {
    shape = workload.shape();
    Batch batch = workload.batch();
    manager = NDManager.newBaseManager();
    features =
        manager.create(batch.features(), new Shape(batch.steps(), batch.size(), shape.inputSize()));
    long[] targets = Arrays.stream(batch.targets()).asLongStream().toArray();
    labels = manager.create(targets, new Shape(targets.length, 1));
    zeroState = manager.zeros(new Shape(1, batch.size(), shape.hiddenSize()));
    int at = 0;
    for (Map.Entry<String, int[]> entry : shape.parameterShapes().entrySet()) {
      int rows = entry.getValue()[0];
      int columns = entry.getValue()[1];
      float[] values = Arrays.copyOfRange(workload.weights(), at, at + rows * columns);
      at += values.length;
      NDArray parameter =
          manager.create(values, rows == 1 ? new Shape(columns) : new Shape(rows, columns));
      parameter.setRequiresGradient(true);
      parameters.add(parameter);
      means.add(parameter.zerosLike());
      variances.add(parameter.zerosLike());
      (entry.getKey().startsWith(HEAD) ? head : stack).add(parameter);
    }
  }

  @Override
  public float[] gradient() {
    try (NDManager ofStep = manager.newSubManager()) {
      backward(ofStep);
      float[] flat = new float[0];
      for (NDArray gradient : gradients(ofStep)) {
        float[] values = gradient.toFloatArray();
        int at = flat.length;
        flat = Arrays.copyOf(flat, at + values.length);
        System.arraycopy(values, 0, flat, at, values.length);
      }
      return flat;
    }
  }

  @Override
  public double step() {
    try (NDManager ofStep = manager.newSubManager()) {
      double loss = backward(ofStep);
      List<NDArray> gradients = gradients(ofStep);
      clip(gradients);
      update(gradients, ofStep);
      return loss;
    }
  }

  private double backward(NDManager ofStep) {
    if (hasGradients) {
      for (NDArray gradient : gradients(ofStep)) {
        gradient.muli(0);
      }
    }
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray input = features.duplicate();
      input.attach(ofStep);
      NDArray outputs = recurrent(input).get(0);
      NDArray rows = outputs.reshape(-1, shape.hiddenSize());
      NDArray logits =
          rows.getNDArrayInternal().linear(rows, head.get(0), head.get(1)).singletonOrThrow();
      NDArray loss = logits.logSoftmax(1).gather(labels, 1).mean().neg();
      collector.backward(loss);
      hasGradients = true;
      return loss.getFloat();
    }
  }

  private NDList recurrent(NDArray input) {
    NDList weights = new NDList(stack);
    if (shape.cell() == Cell.LSTM) {
      NDList state = new NDList(zeroState, zeroState);
      return input.getNDArrayInternal().lstm(input, state, weights, true, 1, 0, true, false, false);
    }
    return input
        .getNDArrayInternal()
        .gru(input, zeroState, weights, true, 1, 0, true, false, false);
  }

  private List<NDArray> gradients(NDManager ofStep) {
    List<NDArray> gradients = new ArrayList<>();
    for (NDArray parameter : parameters) {
      NDArray gradient = parameter.getGradient();
      gradient.attach(ofStep);
      gradients.add(gradient);
    }
    return gradients;
  }

  private static void clip(List<NDArray> gradients) {
    double squares = 0;
    for (NDArray gradient : gradients) {
      double norm = gradient.norm().getFloat();
      squares += norm * norm;
    }
    double norm = Math.sqrt(squares);
    if (norm > TrainingThroughput.LARGEST_NORM) {
      for (NDArray gradient : gradients) {
        gradient.muli(TrainingThroughput.LARGEST_NORM / norm);
      }
    }
  }

  private void update(List<NDArray> gradients, NDManager ofStep) {
    steps++;
    double rate = TrainingThroughput.LEARNING_RATE / (1 - Math.pow(BETA1, steps));
    double root = Math.sqrt(1 - Math.pow(BETA2, steps));
    for (int i = 0; i < gradients.size(); i++) {
      NDArray gradient = gradients.get(i);
      means.get(i).muli(BETA1).addi(gradient.mul(1 - BETA1));
      variances.get(i).muli(BETA2).addi(gradient.mul(gradient).muli(1 - BETA2));
      NDArray size = variances.get(i).sqrt();
      size.attach(ofStep);
      NDArray change = means.get(i).div(size.divi(root).addi(EPSILON));
      change.attach(ofStep);
      parameters.get(i).subi(change.muli(rate));
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
