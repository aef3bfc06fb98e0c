package dev.carryover.training.report;

import dev.carryover.model.spec.Task;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Turns what a trainer left into a report: curves, epochs, plan and provenance. */
public final class RunReport {
  private static final int POINTS = 600;

  private RunReport() {}

  /**
   * The report of a run, to which tables, gradients and traces may be added.
   *
   * @param task decides what the loss is called
   */
  public static ReportData.Builder of(TrainingPlan plan, Task task, TrainingResult result) {
    ReportData.Builder report = of(plan, task, result.history());
    result.model().ifPresent(model -> report.provenance(model.config().provenance()));
    if (result.interrupted()) {
      report.note("The run was stopped before its end; it can be resumed.");
    }
    return report;
  }

  /** As {@link #of(TrainingPlan, Task, TrainingResult)}, of a history alone. */
  public static ReportData.Builder of(TrainingPlan plan, Task task, RunHistory history) {
    ReportData.Builder report = ReportData.builder(plan.modelId());
    report.summary(
        "%s, %s of %d x %d, %,d parameters, seed %d, on %s with %d %s"
            .formatted(
                task,
                plan.cell(),
                plan.layers(),
                plan.hiddenSize(),
                history.parameters(),
                history.seed(),
                history.backend(),
                history.threads(),
                history.threads() == 1 ? "thread" : "threads"));
    String unit = task == Task.REGRESS ? "squared error" : "nats per target";
    facts(report, history, unit);
    if (!history.steps().isEmpty()) {
      curves(report, history, unit);
    }
    if (!history.epochs().isEmpty()) {
      report.details(epochs(history));
    }
    report.configuration(configuration(plan));
    return report;
  }

  private static void facts(ReportData.Builder report, RunHistory history, String unit) {
    history.epochs().stream()
        .filter(RunHistory.Epoch::best)
        .reduce((earlier, later) -> later)
        .ifPresent(
            best -> {
              boolean validated = !Double.isNaN(best.validationLoss());
              report.fact(
                  "best %s loss, %s".formatted(validated ? "validation" : "training", unit),
                  Table.number(validated ? best.validationLoss() : best.trainingLoss()));
              report.fact(
                  "reached in epoch", "%d of %d".formatted(best.epoch(), history.epochs().size()));
            });
    report.fact("updates", "%,d".formatted(history.steps().size()));
    report.fact("time", duration(history.seconds()));
    double rate =
        history.steps().stream().mapToDouble(RunHistory.Step::tokensPerSecond).average().orElse(0);
    report.fact("tokens per second, mean of updates", String.format(Locale.ROOT, "%,.0f", rate));
  }

  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    return whole < 3600
        ? "%d min %02d s".formatted(whole / 60, whole % 60)
        : "%d h %02d min".formatted(whole / 3600, whole % 3600 / 60);
  }

  private static void curves(ReportData.Builder report, RunHistory history, String unit) {
    int width = (history.steps().size() + POINTS - 1) / POINTS;
    String mean = width > 1 ? " Each point is the mean of %d updates.".formatted(width) : "";
    List<Figure.Series> losses = new ArrayList<>();
    losses.add(ofSteps(history, "training", RunHistory.Step::loss));
    List<RunHistory.Epoch> validated =
        history.epochs().stream().filter(e -> Double.isFinite(e.validationLoss())).toList();
    if (!validated.isEmpty()) {
      losses.add(
          new Figure.Series(
              "validation",
              validated.stream().mapToDouble(RunHistory.Epoch::step).toArray(),
              validated.stream().mapToDouble(RunHistory.Epoch::validationLoss).toArray(),
              true));
    }
    report.figure(
        new Figure.Lines(
            "loss",
            "Loss",
            "Loss of the batches before each update, and of the validation sequences after each"
                + " epoch. Training losses hold dropout; validation losses do not."
                + mean,
            "update",
            unit,
            false,
            losses));
    errorRates(report, history);
    report.figure(
        new Figure.Lines(
            "gradient-norm",
            "Gradient norm per update",
            "Norm of the gradient of all weights, before clipping." + mean,
            "update",
            "norm",
            true,
            List.of(ofSteps(history, "gradient norm", RunHistory.Step::gradientNorm))));
    report.figure(
        new Figure.Lines(
            "learning-rate",
            "Learning rate",
            "What the schedule gave each update.",
            "update",
            "learning rate",
            false,
            List.of(ofSteps(history, "learning rate", RunHistory.Step::learningRate))));
    report.figure(
        new Figure.Lines(
            "tokens-per-second",
            "Speed",
            "Steps of sequences that one second took in, padding not counted, validation left out."
                + mean,
            "update",
            "tokens/s",
            false,
            List.of(ofSteps(history, "tokens/s", RunHistory.Step::tokensPerSecond))));
  }

  private static void errorRates(ReportData.Builder report, RunHistory history) {
    List<Figure.Series> rates = new ArrayList<>();
    for (String name : List.of("word_error_rate", "phone_error_rate")) {
      List<RunHistory.Epoch> measured =
          history.epochs().stream().filter(e -> e.metrics().containsKey(name)).toList();
      if (!measured.isEmpty()) {
        rates.add(
            new Figure.Series(
                name.replace('_', ' '),
                measured.stream().mapToDouble(RunHistory.Epoch::step).toArray(),
                measured.stream().mapToDouble(e -> 100 * e.metrics().get(name)).toArray(),
                true));
      }
    }
    if (!rates.isEmpty()) {
      report.figure(
          new Figure.Lines(
              "error-rates",
              "Wrong answers",
              "Of the validation sources after each epoch, decoded greedily, and of their tokens.",
              "update",
              "%",
              false,
              rates));
    }
  }

  private static Figure.Series ofSteps(
      RunHistory history, String name, ToDoubleFunction<RunHistory.Step> value) {
    return Figure.Series.line(
            name,
            history.steps().stream().mapToDouble(RunHistory.Step::step).toArray(),
            history.steps().stream().mapToDouble(value).toArray())
        .thinned(POINTS);
  }

  private static Table epochs(RunHistory history) {
    Table table = Table.of("Epochs", "training loss", "validation loss", "updates", "seconds");
    for (RunHistory.Epoch epoch : history.epochs()) {
      double[] values = {
        epoch.trainingLoss(), epoch.validationLoss(), epoch.step(), epoch.seconds()
      };
      String name = Integer.toString(epoch.epoch());
      table = epoch.best() ? table.own(name + " (best so far)", values) : table.row(name, values);
    }
    return table;
  }

  /** A plan value by value, for {@link ReportData.Builder#configuration}. */
  public static Map<String, String> configuration(TrainingPlan plan) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : plan.toYaml().lines().toList()) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        values.put(line.substring(0, colon), unquoted(line.substring(colon + 2)));
      }
    }
    return values;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
