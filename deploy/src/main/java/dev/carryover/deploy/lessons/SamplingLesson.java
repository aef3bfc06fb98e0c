package dev.carryover.deploy.lessons;

import dev.carryover.deploy.evaluation.Comparison;
import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.Figure;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.trainer.TrainingPlan;
import dev.carryover.training.trainer.TrainingPlan.SamplingKind;
import dev.carryover.training.transduction.SamplingSchedule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The same model with teacher forcing and with each schedule of scheduled sampling: what the loss
 * says, in which the decoder is fed the right tokens, and what it writes when it is fed its own.
 */
final class SamplingLesson {

  private static final int SCHEDULE_POINTS = 20;

  private final LessonRun run;

  SamplingLesson(LessonRun run) {
    this.run = run;
  }

  void teach() throws IOException, TrainingException, InterruptedException {
    PairData data = run.data();
    List<TrainedModel> models = new ArrayList<>();
    for (SamplingKind kind : SamplingKind.values()) {
      String name = kind == SamplingKind.NONE ? "teacher forcing" : kind.toString();
      models.add(
          run.train(
              name, name.replace(' ', '-'), run.plan().with("scheduled-sampling", kind), data));
    }
    List<Pair> tests = run.tests(models.get(0).model().config(), data);
    Comparison comparison =
        new Comparison(models.stream().map(model -> run.entry(model, tests)).toList());
    ReportData.Builder report =
        run.report(
            "Teacher forcing and scheduled sampling",
            "%s, attention %s, decoder of %d x %d, %,d parameters, seed %d; the target is read %s of the time at least, come to in %s epochs"
                .formatted(
                    data,
                    run.plan().attention(),
                    run.plan().layers(),
                    run.plan().hiddenSize(),
                    models.get(0).history().parameters(),
                    run.plan().seed(),
                    FigureTable.percent(run.plan().samplingLowest()) + " %",
                    run.plan().samplingEpochs()));
    run.show(lastEpochs(models), report);
    for (FigureTable table : comparison.tables()) {
      run.show(table, report);
    }
    verdict(comparison, report);
    report.figure(EpochCurves.loss(models));
    report.figure(EpochCurves.sequencesRight(models));
    report.figure(EpochCurves.tokensRight(models));
    report.figure(schedules(models));
    comparison.figures().forEach(report::figure);
    run.finish(report);
  }

  private static FigureTable lastEpochs(List<TrainedModel> models) {
    FigureTable table =
        new FigureTable(
            "Held back, after the last epoch",
            "trained with",
            "loss under teacher forcing",
            "free running: sequences right %",
            "free running: tokens right %",
            "seconds");
    for (TrainedModel trained : models) {
      RunHistory.Epoch last = trained.lastEpoch();
      table.row(
          trained.name(),
          FigureTable.decimals(last.validationLoss(), 4),
          FigureTable.percent(last.metrics().get("sequence_accuracy")),
          FigureTable.percent(1 - last.metrics().get("phone_error_rate")),
          FigureTable.decimals(trained.history().seconds(), 1));
    }
    return table;
  }

  /** Every schedule beside teacher forcing, on sources that chose nothing. */
  private void verdict(Comparison comparison, ReportData.Builder report) {
    Comparison.Entry forced = comparison.entries().get(0);
    List<String> others = new ArrayList<>();
    for (Comparison.Entry entry : comparison.entries()) {
      String wrong = FigureTable.percent(entry.metrics().all().wordErrorRate());
      report.fact("WER running free, " + entry.name(), wrong + " %");
      if (entry != forced) {
        others.add(
            "%s %s %% (%,d right alone, %,d of teacher forcing alone)"
                .formatted(
                    entry.name(),
                    wrong,
                    Comparison.rightAlone(entry, forced),
                    Comparison.rightAlone(forced, entry)));
      }
    }
    run.say(
        "Running free on %,d sources, teacher forcing is wrong in %s %% of answers, %s. This is one seed; where the counts of right alone are close, so are the two."
            .formatted(
                forced.answers().size(),
                FigureTable.percent(forced.metrics().all().wordErrorRate()),
                String.join(", ", others)),
        report);
  }

  /** How likely the decoder is fed the right token, by epoch. */
  private static Figure schedules(List<TrainedModel> models) {
    List<Figure.Series> series = new ArrayList<>();
    for (TrainedModel trained : models) {
      TrainingPlan plan = trained.plan();
      int updates =
          Math.max(1, trained.history().steps().size() / trained.history().epochs().size());
      SamplingSchedule schedule = SamplingSchedule.of(plan, updates);
      int points = SCHEDULE_POINTS * plan.epochs();
      double[] x = new double[points + 1];
      double[] y = new double[points + 1];
      for (int i = 0; i <= points; i++) {
        x[i] = (double) i / SCHEDULE_POINTS;
        y[i] = 100 * schedule.target(Math.round(x[i] * updates));
      }
      series.add(Figure.Series.line(trained.name(), x, y));
    }
    return new Figure.Lines(
        "schedules",
        "How often the decoder is fed the right token in training",
        "Otherwise it is fed a token that it draws from its own probabilities.",
        "epoch",
        "%",
        false,
        series);
  }
}
