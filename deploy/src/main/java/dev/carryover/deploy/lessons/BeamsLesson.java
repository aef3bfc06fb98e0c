package dev.carryover.deploy.lessons;

import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.pairs.PairData;
import dev.carryover.training.report.Figure;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.trainer.TrainingException;
import dev.carryover.training.transduction.Answer;
import dev.carryover.training.transduction.Seq2SeqEvaluator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Greedy search against beams: how much likelier an answer a wider one finds, whether it is right
 * more often, and what it costs.
 */
final class BeamsLesson {

  private static final int[] WIDTHS = {1, 2, 4, 8, 16};
  private static final float[] PENALTIES = {0f, 0.5f, 1f};
  private static final int PASSES = 2;
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private final LessonRun run;

  BeamsLesson(LessonRun run) {
    this.run = run;
  }

  /** A width and a penalty, and what came of them. */
  private record Search(
      int width,
      float penalty,
      TransductionMetrics.Part all,
      double logProbability,
      double tokens,
      long missed,
      double rate) {}

  void teach() throws IOException, TrainingException, InterruptedException {
    Seq2SeqModel model;
    List<Pair> pairs;
    Optional<ModelFile> given = run.given();
    if (given.isPresent()) {
      model = Seq2SeqModel.load(given.get());
      pairs = run.pairs(model.config());
    } else {
      PairData data = run.data();
      model = run.train("the model", "model", run.plan(), data).model();
      pairs = run.tests(model.config(), data);
    }
    double[] references = references(model, pairs);
    model.warmUp(WARM_UP);
    List<Search> searches = new ArrayList<>();
    for (float penalty : PENALTIES) {
      for (int width : WIDTHS) {
        searches.add(search(model, pairs, references, width, penalty));
      }
    }
    ReportData.Builder report =
        run.report(
            "Greedy search and beams",
            "%,d sources of %.1f tokens, answered by %s"
                .formatted(
                    pairs.size(),
                    pairs.stream().mapToInt(pair -> pair.source().length).average().orElse(0),
                    model.config()));
    List<Search> plain = searches.stream().filter(search -> search.penalty() == 0).toList();
    run.show(widths(plain, pairs), report);
    run.show(penalties(searches), report);
    verdict(plain, report);
    figures(searches, report);
    run.finish(report);
  }

  /** How likely the model finds the likeliest of the right answers; NaN where none can be. */
  private static double[] references(Seq2SeqModel model, List<Pair> pairs) {
    return pairs.stream()
        .mapToDouble(
            pair ->
                pair.targets().stream()
                    .filter(target -> Arrays.stream(target).noneMatch(id -> id == Pair.UNKNOWN))
                    .mapToDouble(
                        target -> Seq2SeqEvaluator.logProbability(model, pair.source(), target))
                    .max()
                    .orElse(Double.NaN))
        .toArray();
  }

  private static Search search(
      Seq2SeqModel model, List<Pair> pairs, double[] references, int width, float penalty) {
    DecodingOptions decoding = model.options(width).withLengthPenalty(penalty);
    EvaluationOptions options = EvaluationOptions.DEFAULTS.withThreads(1);
    List<Answer> answers = List.of();
    double seconds = Double.POSITIVE_INFINITY;
    for (int pass = 0; pass < PASSES; pass++) {
      long begun = System.nanoTime();
      answers = Seq2SeqEvaluator.answers(model, pairs, decoding, options);
      seconds = Math.min(seconds, (System.nanoTime() - begun) / 1e9);
    }
    double logProbability = 0;
    double tokens = 0;
    long missed = 0;
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i);
      logProbability += answer.best().score();
      tokens += answer.best().tokens().length;
      // Sums of another order: what lies closer than rounding is the same.
      missed += !answer.right() && references[i] > answer.best().score() + 1e-4 ? 1 : 0;
    }
    return new Search(
        width,
        penalty,
        Answer.metrics(answers).all(),
        logProbability / answers.size(),
        tokens / answers.size(),
        missed,
        answers.size() / seconds);
  }

  private static FigureTable widths(List<Search> searches, List<Pair> pairs) {
    FigureTable table =
        new FigureTable(
            "By the width of the beam, without length penalty",
            "beam",
            "WER %",
            "sequences right %",
            "PER %",
            "log-probability",
            "tokens",
            "right one likelier",
            "answers/s");
    for (Search search : searches) {
      table.row(
          search.width() == 1 ? "1 (greedy)" : Integer.toString(search.width()),
          FigureTable.percent(search.all().wordErrorRate()),
          FigureTable.percent(1 - search.all().wordErrorRate()),
          FigureTable.percent(search.all().tokenErrorRate()),
          FigureTable.decimals(search.logProbability(), 4),
          FigureTable.decimals(search.tokens(), 3),
          FigureTable.count(search.missed()),
          FigureTable.decimals(search.rate(), 0));
    }
    return table.row(
        "a right answer",
        FigureTable.NOTHING,
        FigureTable.NOTHING,
        FigureTable.NOTHING,
        FigureTable.NOTHING,
        FigureTable.decimals(
            pairs.stream()
                .mapToInt(pair -> pair.targets().get(0).length)
                .average()
                .orElse(Double.NaN),
            3),
        FigureTable.NOTHING,
        FigureTable.NOTHING);
  }

  private static FigureTable penalties(List<Search> searches) {
    List<String> columns = new ArrayList<>();
    for (float penalty : PENALTIES) {
      columns.add("WER %, penalty " + penalty);
      columns.add("tokens, penalty " + penalty);
    }
    FigureTable table =
        new FigureTable("By the width of the beam and the length penalty", "beam", columns);
    for (int width : WIDTHS) {
      List<String> cells = new ArrayList<>();
      searches.stream()
          .filter(search -> search.width() == width)
          .forEach(
              search -> {
                cells.add(FigureTable.percent(search.all().wordErrorRate()));
                cells.add(FigureTable.decimals(search.tokens(), 3));
              });
      table.row(Integer.toString(width), cells);
    }
    return table;
  }

  private void verdict(List<Search> plain, ReportData.Builder report) {
    Search greedy = plain.get(0);
    Search widest = plain.get(plain.size() - 1);
    Search best = greedy;
    for (Search search : plain) {
      best = search.all().wrong() < best.all().wrong() ? search : best;
    }
    report.fact("WER, greedy", FigureTable.percent(greedy.all().wordErrorRate()) + " %");
    report.fact(
        "lowest WER, with a beam of " + best.width(),
        FigureTable.percent(best.all().wordErrorRate()) + " %");
    run.say(
        "A beam of %d finds answers of log-probability %s where greedy search finds %s. Of %,d wrong answers of greedy search the model finds the right one likelier in %,d: so many a better search could put right; of the %,d of the widest beam, in %,d. The others are errors of the model."
            .formatted(
                widest.width(),
                FigureTable.decimals(widest.logProbability(), 4),
                FigureTable.decimals(greedy.logProbability(), 4),
                greedy.all().wrong(),
                greedy.missed(),
                widest.all().wrong(),
                widest.missed()),
        report);
  }

  private static void figures(List<Search> searches, ReportData.Builder report) {
    report.figure(
        new Figure.Lines(
            "wrong-answers-by-width",
            "Wrong answers by the width of the beam",
            "A curve a length penalty.",
            "beam width",
            "WER %",
            false,
            curves(searches, search -> 100 * search.all().wordErrorRate())));
    report.figure(
        new Figure.Lines(
            "log-probability-by-width",
            "Log-probability of the answers by the width of the beam",
            "The mean over all sources, the end token included; a curve a length penalty.",
            "beam width",
            "nats",
            false,
            curves(searches, Search::logProbability)));
    report.figure(
        new Figure.Lines(
            "speed-by-width",
            "Answers a second by the width of the beam",
            "On one thread, the faster of two passes over all sources, without length penalty.",
            "beam width",
            "answers/s",
            false,
            List.of(curve(searches, 0, Search::rate))));
  }

  private static List<Figure.Series> curves(List<Search> searches, ToDoubleFunction<Search> value) {
    List<Figure.Series> curves = new ArrayList<>();
    for (float penalty : PENALTIES) {
      curves.add(curve(searches, penalty, value));
    }
    return curves;
  }

  private static Figure.Series curve(
      List<Search> searches, float penalty, ToDoubleFunction<Search> value) {
    List<Search> chosen = searches.stream().filter(s -> s.penalty() == penalty).toList();
    return new Figure.Series(
        "penalty " + penalty,
        chosen.stream().mapToDouble(Search::width).toArray(),
        chosen.stream().mapToDouble(value).toArray(),
        true);
  }
}
