package dev.carryover.training.optimizer;

/** By what the learning rate is multiplied at a step, counted from 0. Has no memory. */
@FunctionalInterface
public interface Schedule {
  /** The factor at a step. */
  double factor(long step);

  /** 1 throughout. */
  static Schedule constant() {
    return step -> 1;
  }

  /** Multiplied by {@code factor} every {@code every} steps. */
  static Schedule step(long every, double factor) {
    return step -> Math.pow(factor, (double) (step / every));
  }

  /** Multiplied by {@code factor} over every {@code every} steps, a little at each. */
  static Schedule exponential(long every, double factor) {
    return step -> Math.pow(factor, (double) step / every);
  }

  /**
   * From 1 to {@code lowest} along half a cosine (Loshchilov and Hutter 2017), and there after
   * {@code total} steps.
   */
  static Schedule cosine(long total, double lowest) {
    return step -> {
      double done = Math.min(1, (double) step / total);
      return lowest + (1 - lowest) * 0.5 * (1 + Math.cos(Math.PI * done));
    };
  }

  /** This, rising in a line from near 0 over the first {@code steps} steps. */
  default Schedule warmUp(long steps) {
    return step -> factor(step) * (step < steps ? (step + 1.0) / (steps + 1.0) : 1);
  }
}
