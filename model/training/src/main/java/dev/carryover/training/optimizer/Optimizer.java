package dev.carryover.training.optimizer;

import java.util.List;

/**
 * Moves a flat vector of weights {@code [P]} against its gradient, one step at a time.
 *
 * <p>Nothing is allocated per step. Belongs to one thread. The same gradients give the same bits.
 * Its whole memory is {@link #steps} and {@link #memory}, so that training can stop and go on.
 */
public abstract class Optimizer {
  private final List<float[]> memory;
  private long steps;

  Optimizer(float[]... memory) {
    this.memory = List.of(memory);
  }

  /**
   * Adam (Kingma and Ba 2015) with bias correction, as {@code torch.optim.Adam}.
   *
   * @param size {@code P}
   */
  public static Optimizer adam(int size, double beta1, double beta2, double epsilon) {
    return new Adam(size, beta1, beta2, epsilon, 0);
  }

  /** Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019). */
  public static Optimizer adamW(
      int size, double beta1, double beta2, double epsilon, double weightDecay) {
    return new Adam(size, beta1, beta2, epsilon, weightDecay);
  }

  /** Stochastic gradient descent with momentum, as {@code torch.optim.SGD}; 0 is none. */
  public static Optimizer sgd(int size, double momentum) {
    return new Sgd(size, momentum);
  }

  /**
   * Takes one step.
   *
   * @throws IllegalArgumentException when the vectors are of other lengths than this was made for
   */
  public final void step(float[] weights, float[] gradient, double learningRate) {
    int size = memory.get(0).length;
    if (weights.length != size || gradient.length != size) {
      throw new IllegalArgumentException(
          "there are %d weights, %d gradients and %d in the optimizer; they are of one network"
              .formatted(weights.length, gradient.length, size));
    }
    steps++;
    update(weights, gradient, learningRate, steps);
  }

  abstract void update(float[] weights, float[] gradient, double learningRate, long step);

  /** The number of steps taken. */
  public final long steps() {
    return steps;
  }

  /** What this remembers between steps, each {@code [P]}: to be saved, or to be filled. */
  public final List<float[]> memory() {
    return memory;
  }

  /** Goes on after {@code steps} steps, {@link #memory} having been filled. */
  public final void resume(long steps) {
    this.steps = steps;
  }
}
