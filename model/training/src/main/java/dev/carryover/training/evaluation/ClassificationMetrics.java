package dev.carryover.training.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How well labels are told. Immutable.
 *
 * <p>The confusion matrix {@code [O, O]} has a row for what is and a column for what was said.
 */
public final class ClassificationMetrics implements Evaluation {
  private final List<String> labels;
  private final long[][] confusion;

  /**
   * @param labels in the order of the matrix
   * @param confusion how often each label (row) was taken for each (column)
   */
  public ClassificationMetrics(List<String> labels, long[][] confusion) {
    this.labels = List.copyOf(labels);
    this.confusion = copy(confusion);
  }

  private static long[][] copy(long[][] rows) {
    long[][] copy = new long[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      copy[row] = rows[row].clone();
    }
    return copy;
  }

  /** The labels in the order of the matrix. */
  public List<String> labels() {
    return labels;
  }

  /** A copy of the matrix {@code [O, O]}: rows are what is, columns what was said. */
  public long[][] confusion() {
    return copy(confusion);
  }

  /** How many were told. */
  public long count() {
    return IntStream.range(0, labels.size()).mapToLong(this::actual).sum();
  }

  /** How many really have a label. */
  public long actual(int label) {
    return IntStream.range(0, labels.size()).mapToLong(said -> confusion[label][said]).sum();
  }

  /** How many were said to have a label. */
  public long said(int label) {
    return IntStream.range(0, labels.size()).mapToLong(actual -> confusion[actual][label]).sum();
  }

  /** The share of all that was told right. */
  public double accuracy() {
    return ratio(IntStream.range(0, labels.size()).mapToLong(i -> confusion[i][i]).sum(), count());
  }

  /** The share of what was said to have a label that has it; 0 if nothing was said to. */
  public double precision(int label) {
    return ratio(confusion[label][label], said(label));
  }

  /** The share of what has a label that was said to; 0 if nothing has it. */
  public double recall(int label) {
    return ratio(confusion[label][label], actual(label));
  }

  /** The harmonic mean of precision and recall of a label; 0 if both are. */
  public double f1(int label) {
    return ratio(2 * confusion[label][label], said(label) + actual(label));
  }

  /** The mean F1 of all labels, each counting alike. */
  public double macroF1() {
    return IntStream.range(0, labels.size()).mapToDouble(this::f1).average().orElse(0);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", accuracy());
    metrics.put("macro_f1", macroF1());
    return metrics;
  }
}
