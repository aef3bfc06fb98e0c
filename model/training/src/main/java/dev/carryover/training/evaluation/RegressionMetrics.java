package dev.carryover.training.evaluation;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well values are predicted, over all outputs together.
 *
 * @param count how many values were predicted
 * @param mse mean squared error
 * @param mae mean absolute error
 * @param r2 1 less the squared error over that of always saying each output's mean; NaN where no
 *     output varies
 */
public record RegressionMetrics(long count, double mse, double mae, double r2)
    implements Evaluation {
  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("mse", mse);
    metrics.put("mae", mae);
    metrics.put("r2", r2);
    return metrics;
  }
}
