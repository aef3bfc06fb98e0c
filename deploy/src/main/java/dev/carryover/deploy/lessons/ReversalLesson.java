package dev.carryover.deploy.lessons;

import dev.carryover.deploy.evaluation.Alignments;
import dev.carryover.deploy.evaluation.Comparison;
import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.deploy.training.TrainingRecipe.Exercise;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.Figure;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.transduction.AlignmentFigure;
import dev.carryover.training.transduction.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Writes a sequence backwards, with attention and without: what one vector holds of a source, and
 * how far what was learned reaches beyond the lengths that were learned from.
 */
final class ReversalLesson {

  private final LessonRun run;

  ReversalLesson(LessonRun run) {
    this.run = run;
  }

  void teach() throws IOException, TrainingException, InterruptedException {
    Exercise exercise = run.exercise();
    PairData data = run.data();
    AttentionPair pair = AttentionPair.train(run, data);
    List<Pair> tests = run.tests(pair.with().model().config(), data);
    Comparison comparison =
        new Comparison(List.of(run.entry(pair.without(), tests), run.entry(pair.with(), tests)));
    ReportData.Builder report =
        run.report(
            "Reversal, with attention and without",
            "Sources of %d to %d of %d symbols, their answers backwards; tested up to %d. %s"
                .formatted(
                    exercise.shortest(),
                    exercise.longest(),
                    exercise.symbols(),
                    exercise.longestTest(),
                    pair.summary()));
    facts(comparison, exercise, report);
    Diagonal diagonal = diagonal(pair.with(), upTo(tests, exercise.longest()));
    report.fact(
        "largest weight of attention on one anti-diagonal",
        FigureTable.percent(diagonal.share()) + " % of tokens");
    run.show(byLength(comparison, exercise), report);
    for (FigureTable table : comparison.tables()) {
      run.show(table, report);
    }
    run.say(
        "Of the tokens written to sources of up to %d, %s %% have the largest weight of attention on one anti-diagonal, %s."
            .formatted(exercise.longest(), FigureTable.percent(diagonal.share()), diagonal.where()),
        report);
    report.figure(
        curves(
            comparison,
            exercise,
            "sequences-right",
            "Right answers by the length of the source",
            "sequences right, %",
            part -> 100 * (1 - part.wordErrorRate())));
    report.figure(
        curves(
            comparison,
            exercise,
            "tokens-right",
            "Right tokens by the length of the source",
            "tokens right, %",
            part -> 100 * (1 - part.tokenErrorRate())));
    alignment(pair.with(), tests, exercise.longest(), "alignment").ifPresent(report::figure);
    alignment(pair.with(), tests, exercise.longestTest(), "alignment-longest")
        .ifPresent(report::figure);
    report.figure(EpochCurves.loss(List.of(pair.without(), pair.with())));
    report.figure(EpochCurves.sequencesRight(List.of(pair.without(), pair.with())));
    run.finish(report);
  }

  private static void facts(Comparison comparison, Exercise exercise, ReportData.Builder report) {
    for (Comparison.Entry entry : comparison.entries()) {
      report.fact(
          "sequences right up to %d, %s".formatted(exercise.longest(), entry.name()),
          FigureTable.percent(right(entry, exercise.shortest(), exercise.longest())) + " %");
    }
  }

  /** The share of right answers to sources of some lengths; NaN where there is no source. */
  private static double right(Comparison.Entry entry, int shortest, int longest) {
    long count = 0;
    long wrong = 0;
    for (TransductionMetrics.Part part : entry.metrics().lengths()) {
      if (part.shortest() >= shortest && part.longest() <= longest) {
        count += part.count();
        wrong += part.wrong();
      }
    }
    return 1 - (double) wrong / count;
  }

  private static FigureTable byLength(Comparison comparison, Exercise exercise) {
    List<String> columns = new ArrayList<>(List.of("learned from", "count"));
    for (Comparison.Entry entry : comparison.entries()) {
      columns.add("sequences %, " + entry.name());
      columns.add("tokens %, " + entry.name());
    }
    FigureTable table = new FigureTable("What is right", "source length", columns);
    int lengths = comparison.entries().get(0).metrics().lengths().size();
    for (int i = 0; i < lengths; i++) {
      TransductionMetrics.Part first = comparison.entries().get(0).metrics().lengths().get(i);
      List<String> cells = new ArrayList<>();
      cells.add(first.longest() <= exercise.longest() ? "yes" : "no");
      cells.add(FigureTable.count(first.count()));
      for (Comparison.Entry entry : comparison.entries()) {
        TransductionMetrics.Part part = entry.metrics().lengths().get(i);
        cells.add(FigureTable.percent(1 - part.wordErrorRate()));
        cells.add(FigureTable.percent(1 - part.tokenErrorRate()));
      }
      table.row(Integer.toString(first.shortest()), cells);
    }
    return table;
  }

  private static Figure curves(
      Comparison comparison,
      Exercise exercise,
      String id,
      String title,
      String unit,
      ToDoubleFunction<TransductionMetrics.Part> value) {
    List<Figure.Series> series = new ArrayList<>();
    comparison.entries().forEach(entry -> series.add(Comparison.curve(entry, value)));
    if (exercise.longestTest() > exercise.longest()) {
      double end = exercise.longest();
      series.add(
          Figure.Series.line(
              "longest learned from", new double[] {end, end}, new double[] {0, 100}));
    }
    return new Figure.Lines(
        id,
        title,
        "On sources that were not learned from, decoded greedily. Sources behind the upright line are longer than any that was learned from.",
        "tokens of the source",
        unit,
        false,
        series);
  }

  private static List<Pair> upTo(List<Pair> pairs, int longest) {
    return pairs.stream().filter(pair -> pair.source().length <= longest).toList();
  }

  /**
   * A line of places that falls by one with every token that is written.
   *
   * @param behind how many places it lies behind that of the token which is right there
   * @param share of all tokens that were written with the largest weight of attention on it
   */
  record Diagonal(int behind, double share) {

    String where() {
      String places = Math.abs(behind) + (Math.abs(behind) == 1 ? " place " : " places ");
      return behind == 0
          ? "that of the very token to be written"
          : places + (behind > 0 ? "behind" : "before") + " the token to be written";
    }
  }

  /** The anti-diagonal on which most of the tokens have the largest weight of attention. */
  private Diagonal diagonal(TrainedModel trained, List<Pair> pairs) {
    DecodingOptions decoding = trained.model().options(1).withAttention(true);
    return diagonal(run.answers(trained.model(), pairs, decoding));
  }

  static Diagonal diagonal(List<Answer> answers) {
    TreeMap<Integer, Integer> counts = new TreeMap<>();
    int tokens = 0;
    for (Answer answer : answers) {
      int length = answer.pair().source().length;
      int steps = Math.min(answer.best().tokens().length, length);
      for (int step = 0; step < steps; step++) {
        int behind = largest(answer.best().attention()[step]) - (length - 1 - step);
        counts.merge(behind, 1, Integer::sum);
        tokens++;
      }
    }
    Map.Entry<Integer, Integer> most = Map.entry(0, 0);
    for (Map.Entry<Integer, Integer> entry : counts.entrySet()) {
      most = entry.getValue() > most.getValue() ? entry : most;
    }
    return new Diagonal(most.getKey(), tokens == 0 ? 0 : (double) most.getValue() / tokens);
  }

  private static int largest(float[] weights) {
    int largest = 0;
    for (int i = 1; i < weights.length; i++) {
      largest = weights[i] > weights[largest] ? i : largest;
    }
    return largest;
  }

  private static Optional<Figure> alignment(
      TrainedModel trained, List<Pair> tests, int length, String id) {
    return tests.stream()
        .filter(pair -> pair.source().length == length)
        .findFirst()
        .flatMap(
            pair ->
                AlignmentFigure.of(
                    trained.model(),
                    Alignments.answer(trained.model(), pair, trained.model().options(1)),
                    id,
                    "Alignment, a source of %d".formatted(length)));
  }
}
