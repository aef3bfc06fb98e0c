package dev.carryover.deploy.training;

import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.training.evaluation.ClassificationMetrics;
import dev.carryover.training.evaluation.Detection;
import dev.carryover.training.evaluation.DetectionReport;
import dev.carryover.training.evaluation.Evaluation;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.report.Table;
import java.util.Locale;
import java.util.Map;

/** What an evaluation gave, as tables for the terminal and for a report. */
public final class EvaluationTables {

  private static final int WIDEST_CONFUSION = 12;

  private EvaluationTables() {}

  /**
   * The metrics, a line each; of a model that tells labels also those of every label, and, of up to
   * {@value #WIDEST_CONFUSION} labels, which was taken for which.
   */
  public static String text(Evaluation evaluation) {
    TextTable metrics = new TextTable("metric", "value");
    evaluation.metrics().forEach((name, value) -> metrics.row(words(name), number(value)));
    if (evaluation instanceof ClassificationMetrics classes) {
      String told = metrics + "\n" + labels(classes);
      return classes.labels().size() > WIDEST_CONFUSION ? told : told + "\n" + confusion(classes);
    }
    if (evaluation instanceof TransductionMetrics answers) {
      return metrics + "\n" + quarters(answers);
    }
    return metrics.toString();
  }

  private static TextTable confusion(ClassificationMetrics classes) {
    long[][] confusion = classes.confusion();
    String[] head = new String[1 + confusion.length];
    head[0] = "is \\ said";
    for (int said = 0; said < confusion.length; said++) {
      head[1 + said] = classes.labels().get(said);
    }
    TextTable table = new TextTable(head);
    for (int actual = 0; actual < confusion.length; actual++) {
      String[] row = new String[head.length];
      row[0] = classes.labels().get(actual);
      for (int said = 0; said < confusion.length; said++) {
        row[1 + said] = Long.toString(confusion[actual][said]);
      }
      table.row(row);
    }
    return table;
  }

  private static TextTable quarters(TransductionMetrics answers) {
    TextTable table = new TextTable("source length", "count", "WER %", "PER %");
    for (TransductionMetrics.Part part : answers.quarters()) {
      table.row(
          lengths(part),
          Long.toString(part.count()),
          percent(part.wordErrorRate()),
          percent(part.tokenErrorRate()));
    }
    return table.row(
        "all",
        Long.toString(answers.all().count()),
        percent(answers.all().wordErrorRate()),
        percent(answers.all().tokenErrorRate()));
  }

  private static String lengths(TransductionMetrics.Part part) {
    return part.shortest() == part.longest()
        ? Integer.toString(part.shortest())
        : part.shortest() + " to " + part.longest();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f", 100 * share);
  }

  private static TextTable labels(ClassificationMetrics classes) {
    TextTable labels = new TextTable("label", "count", "precision", "recall", "F1");
    for (int label = 0; label < classes.labels().size(); label++) {
      labels.row(
          classes.labels().get(label),
          Long.toString(classes.actual(label)),
          number(classes.precision(label)),
          number(classes.recall(label)),
          number(classes.f1(label)));
    }
    return labels;
  }

  /** Detections, and which was best with the labels at hand. */
  public static String text(DetectionReport report) {
    StringBuilder text = new StringBuilder(report.table());
    if (report.calibrated().isEmpty()) {
      text.append("The model holds no calibrated thresholds.\n");
    }
    Detection best = report.bestTopG();
    text.append(
        String.format(
            Locale.ROOT,
            "Best top-g: %s with F1 %.3f, which only the labels can tell.%n",
            best.detector(),
            best.f1()));
    if (report.unlabelled() > 0) {
      text.append("%,d keys have no label and do not count.%n".formatted(report.unlabelled()));
    }
    if (report.absent() > 0) {
      text.append(
          "%,d labelled keys have no event and count as not reported.%n"
              .formatted(report.absent()));
    }
    return text.toString();
  }

  /** The metrics as a table with one row. */
  public static Table table(String model, Evaluation evaluation) {
    Map<String, Double> metrics = evaluation.metrics();
    return Table.of(
            "Held back from training",
            metrics.keySet().stream().map(EvaluationTables::words).toArray(String[]::new))
        .own(model, metrics.values().stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Wrong answers by the length of the source as a table. */
  public static Table quarters(String title, TransductionMetrics answers) {
    Table table = Table.of(title, "count", "WER %", "PER %");
    for (TransductionMetrics.Part part : answers.quarters()) {
      table =
          table.row(
              lengths(part), part.count(), 100 * part.wordErrorRate(), 100 * part.tokenErrorRate());
    }
    return table;
  }

  /** Detections as a table. */
  static Table table(DetectionReport report) {
    Table table =
        Table.of("Labelled stream", "found", "false alarms", "missed", "precision", "recall", "F1");
    for (Detection detection : report.all()) {
      double[] values = {
        detection.found(),
        detection.falseAlarms(),
        detection.missed(),
        detection.precision(),
        detection.recall(),
        detection.f1()
      };
      boolean own = report.calibrated().filter(detection::equals).isPresent();
      table =
          own ? table.own(detection.detector(), values) : table.row(detection.detector(), values);
    }
    return table;
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
