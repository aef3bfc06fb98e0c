package dev.carryover.training.evaluation;

import java.util.Map;

/** What an evaluation gave: one kind of metrics for each task. */
public sealed interface Evaluation
    permits NextTokenMetrics, ClassificationMetrics, RegressionMetrics, TransductionMetrics {
  /** The metrics by name, in the order in which they are shown. */
  Map<String, Double> metrics();
}
