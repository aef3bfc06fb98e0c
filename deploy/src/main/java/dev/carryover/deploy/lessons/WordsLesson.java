package dev.carryover.deploy.lessons;

import dev.carryover.deploy.evaluation.Alignments;
import dev.carryover.deploy.evaluation.Comparison;
import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.trainer.TrainingException;
import java.io.IOException;
import java.util.List;

/** Pairs of the user's own, with attention and without: what attention is worth on long sources. */
final class WordsLesson {

  private static final int DRAWN = 2;

  private final LessonRun run;

  WordsLesson(LessonRun run) {
    this.run = run;
  }

  void teach() throws IOException, TrainingException, InterruptedException {
    PairData data = run.data();
    AttentionPair pair = AttentionPair.train(run, data);
    List<Pair> heldBack = data.validation();
    Comparison comparison =
        new Comparison(
            List.of(run.entry(pair.without(), heldBack), run.entry(pair.with(), heldBack)));
    ReportData.Builder report =
        run.report("Words, with attention and without", data + ". " + pair.summary());
    for (FigureTable table : comparison.tables()) {
      run.show(table, report);
    }
    verdict(comparison, report);
    comparison.figures().forEach(report::figure);
    Alignments.draw(
            pair.with().model(),
            pair.with().name(),
            "alignment",
            comparison.entries().get(1).answers(),
            pair.with().model().options(1),
            DRAWN)
        .forEach(report::figure);
    report.figure(EpochCurves.loss(List.of(pair.without(), pair.with())));
    report.figure(EpochCurves.sequencesRight(List.of(pair.without(), pair.with())));
    run.finish(report);
  }

  private void verdict(Comparison comparison, ReportData.Builder report) {
    Comparison.Entry without = comparison.entries().get(0);
    Comparison.Entry with = comparison.entries().get(1);
    TransductionMetrics.Part longest =
        without.metrics().quarters().get(without.metrics().quarters().size() - 1);
    double less = comparison.lessWrongOnTheLongest(with);
    report.fact(
        "WER on the longest quarter, attention less none", FigureTable.points(-less) + " points");
    report.fact(
        "WER on all, attention less none",
        FigureTable.points(
                with.metrics().all().wordErrorRate() - without.metrics().all().wordErrorRate())
            + " points");
    run.say(
        "On the longest quarter (%,d sources of %d to %d tokens) attention is wrong %s points %s often: %s %% of answers, and %s %% without."
            .formatted(
                longest.count(),
                longest.shortest(),
                longest.longest(),
                FigureTable.percent(Math.abs(less)),
                less < 0 ? "more" : "less",
                FigureTable.percent(longest.wordErrorRate() - less),
                FigureTable.percent(longest.wordErrorRate())),
        report);
  }
}
