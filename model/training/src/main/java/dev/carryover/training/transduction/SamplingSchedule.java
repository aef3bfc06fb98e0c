package dev.carryover.training.transduction;

import dev.carryover.training.trainer.TrainingPlan;

/**
 * How likely a decoder reads the target at a step, and not what it wrote itself (scheduled
 * sampling, Bengio et al. 2015), for updates i counted from 0:
 *
 * <pre>
 * linear           1 - (1 - lowest) i / n
 * exponential      k^i                 k^n = 1/2
 * inverse sigmoid  k / (k + exp(i/k))  k ln k = n, where it is 1/2
 * </pre>
 *
 * <p>never below the lowest.
 */
@FunctionalInterface
public interface SamplingSchedule {
  /** The probability of the target's token at an update. */
  double target(long step);

  /**
   * The schedule of a plan.
   *
   * @param epochSteps how many updates an epoch has
   */
  static SamplingSchedule of(TrainingPlan plan, int epochSteps) {
    double steps = Math.max(1, plan.samplingEpochs() * epochSteps);
    double lowest = plan.samplingLowest();
    return switch (plan.scheduledSampling()) {
      case NONE -> step -> 1;
      case LINEAR -> step -> Math.max(lowest, 1 - (1 - lowest) * step / steps);
      case EXPONENTIAL -> step -> Math.max(lowest, Math.pow(0.5, step / steps));
      case INVERSE_SIGMOID -> {
        double k = steepness(steps);
        yield step -> Math.max(lowest, k / (k + Math.exp(step / k)));
      }
    };
  }

  /** The k, 1 or more, of which {@code k ln k} is a number, by Newton's method. */
  private static double steepness(double product) {
    double k = 1 + product / Math.log(2 + product);
    for (int i = 0; i < 50; i++) {
      k -= (k * Math.log(k) - product) / (Math.log(k) + 1);
    }
    return k;
  }
}
