package dev.carryover.deploy;

import dev.carryover.deploy.evaluation.Alignments;
import dev.carryover.deploy.evaluation.Comparison;
import dev.carryover.deploy.evaluation.FigureTable;
import dev.carryover.deploy.training.EvaluationTables;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import dev.carryover.training.evaluation.EvaluationOptions;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.report.Figure;
import dev.carryover.training.report.HtmlReport;
import dev.carryover.training.report.ReportData;
import dev.carryover.training.transduction.Answer;
import dev.carryover.training.transduction.Seq2SeqEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Seq2seq models that answer the same pairs, side by side, in text and on a page.
 *
 * <p>Belongs to one thread.
 */
final class PairEvaluation {

  /** How many right answers of a model show where it looked, and how many wrong ones. */
  static final int USUAL_ALIGNMENTS = 2;

  /** Differences that are named in an error. */
  private static final int NAMED = 5;

  private final List<String> names;
  private final List<ModelConfig> configs;
  private final List<Seq2SeqModel> models;
  private final int modelsPerFile;
  private final List<List<Pair>> pairs = new ArrayList<>();
  private int drawn = USUAL_ALIGNMENTS;
  private DecodingOptions decoding;
  private Comparison comparison;

  private PairEvaluation(List<String> names, List<Seq2SeqModel> models, int modelsPerFile) {
    this.names = names;
    this.models = models;
    this.modelsPerFile = modelsPerFile;
    this.configs = models.stream().map(Seq2SeqModel::config).toList();
  }

  /**
   * Loads models.
   *
   * @param paths their files; a model is named by its id, or by its file where two have one id
   * @param precisions what the weights of each model are kept in, in turns
   * @throws IllegalArgumentException when two have other vocabularies, or a file is given twice
   */
  static PairEvaluation of(
      List<Path> paths, List<ModelFile> files, List<WeightPrecision> precisions) {
    List<ModelConfig> configs = files.stream().map(ModelFile::config).toList();
    if (paths.stream().distinct().count() < paths.size()) {
      throw new IllegalArgumentException(
          "the models %s are compared, and one of them stands there twice; name each once"
              .formatted(paths));
    }
    for (ModelConfig other : configs) {
      check("sources", configs.get(0), other, ModelConfig::vocabulary);
      check("targets", configs.get(0), other, one -> one.encoderDecoder().targetVocabulary());
    }
    boolean ids = configs.stream().map(ModelConfig::modelId).distinct().count() == configs.size();
    List<String> names = new ArrayList<>();
    List<Seq2SeqModel> loaded = new ArrayList<>();
    for (int i = 0; i < configs.size(); i++) {
      String name = ids ? configs.get(i).modelId() : paths.get(i).toString();
      for (WeightPrecision precision : precisions) {
        names.add(precisions.size() == 1 ? name : name + ", " + precision);
        loaded.add(Seq2SeqModel.load(files.get(i), EvaluateCommand.anyError(precision)));
      }
    }
    return new PairEvaluation(names, loaded, precisions.size());
  }

  private static void check(
      String which,
      ModelConfig first,
      ModelConfig other,
      Function<ModelConfig, Vocabulary> vocabulary) {
    Set<String> mine = tokens(vocabulary.apply(first));
    Set<String> theirs = tokens(vocabulary.apply(other));
    if (!mine.equals(theirs)) {
      throw new IllegalArgumentException(
          "the %s of model '%s' have %d tokens and those of '%s' %d (%s; %s); models are compared on one vocabulary, evaluate them one by one"
              .formatted(
                  which,
                  first.modelId(),
                  mine.size(),
                  other.modelId(),
                  theirs.size(),
                  only("the first", mine, theirs),
                  only("the second", theirs, mine)));
    }
  }

  private static Set<String> tokens(Vocabulary vocabulary) {
    Set<String> tokens = new TreeSet<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      tokens.add(vocabulary.token(id));
    }
    return tokens;
  }

  private static String only(String which, Set<String> some, Set<String> others) {
    List<String> rest = some.stream().filter(token -> !others.contains(token)).toList();
    return "only %s has %s"
        .formatted(
            which,
            rest.isEmpty()
                ? "none"
                : rest.stream().limit(NAMED).collect(Collectors.joining(" "))
                    + (rest.size() > NAMED ? " and %d more".formatted(rest.size() - NAMED) : ""));
  }

  /**
   * Says what a report is to draw.
   *
   * @param report the page; null when none is wanted
   * @param alignments how many answers of each kind; null for the usual number
   * @throws IllegalArgumentException when the page has another ending, the number is below 0, or no
   *     model has attention and alignments were asked for
   */
  void drawing(Path report, Integer alignments) {
    if (report != null) {
      HtmlReport.checkPage(report);
    }
    if (alignments == null) {
      return;
    }
    if (alignments < 0) {
      throw new IllegalArgumentException("--alignments is " + alignments + "; it is at least 0");
    }
    if (alignments > 0 && models.stream().noneMatch(Alignments::has)) {
      throw new IllegalArgumentException(
          "--alignments is %d, and the attention of %s is none; there is nothing to draw, leave it out"
              .formatted(alignments, String.join(" and ", names)));
    }
    drawn = alignments;
  }

  /** Takes the pairs as the next file numbers them. */
  void read(List<Pair> numbered) {
    pairs.addAll(Collections.nCopies(modelsPerFile, numbered));
  }

  int sources() {
    return pairs.get(0).size();
  }

  String kernels() {
    return models.get(0).kernels();
  }

  /** How a model searches: its own maximum length, and what is said for all. */
  DecodingOptions decoding(int model, int beamWidth, float lengthPenalty) {
    return models.get(model).options(beamWidth).withLengthPenalty(lengthPenalty);
  }

  /** Lets every model answer. */
  void run(int beamWidth, float lengthPenalty, EvaluationOptions options) {
    List<Comparison.Entry> entries = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      decoding = decoding(i, beamWidth, lengthPenalty);
      long begun = System.nanoTime();
      List<Answer> answers =
          Seq2SeqEvaluator.answers(models.get(i), pairs.get(i), decoding, options);
      double seconds = (System.nanoTime() - begun) / 1e9;
      entries.add(new Comparison.Entry(names.get(i), answers, seconds));
    }
    comparison = new Comparison(entries);
  }

  /** What came of it; a line feed ends it. */
  String text() {
    if (models.size() == 1) {
      Comparison.Entry only = comparison.entries().get(0);
      return EvaluationTables.text(only.metrics())
          + String.format(
              Locale.ROOT,
              "%nAnswered in %.1f s, %,.0f a second.%n",
              only.seconds(),
              sources() / only.seconds());
    }
    return comparison.tables().stream().map(FigureTable::text).collect(Collectors.joining("\n"))
        + "\nDifferences are to the first model, in points; a negative one is fewer errors.\n";
  }

  /**
   * Writes tables, charts and alignments.
   *
   * @param data what the pairs are called
   */
  Path writeReport(Path page, String data) throws IOException {
    ReportData.Builder report =
        ReportData.builder(String.join(", ", names))
            .summary(
                "%,d sources of %s; %s, length penalty %s"
                    .formatted(
                        sources(),
                        data,
                        decoding.beamWidth() == 1
                            ? "decoded greedily"
                            : "beam of " + decoding.beamWidth(),
                        decoding.lengthPenalty()));
    if (models.size() > 1) {
      report.note("Differences are to the first model, in points; a negative one is fewer errors.");
    }
    comparison.tables().forEach(table -> report.table(table.table()));
    comparison.figures().forEach(report::figure);
    for (int i = 0; i < models.size(); i++) {
      Seq2SeqModel model = models.get(i);
      if (Alignments.has(model)) {
        List<Figure> figures =
            Alignments.draw(
                model,
                names.get(i),
                "alignment-%d".formatted(i + 1),
                comparison.entries().get(i).answers(),
                decoding(i, decoding.beamWidth(), decoding.lengthPenalty()),
                drawn);
        figures.forEach(report::figure);
      } else if (drawn > 0) {
        report.note("%s has no attention, so no alignments.".formatted(names.get(i)));
      }
      report.provenance(Map.of(names.get(i), configs.get(i).toString()));
    }
    return HtmlReport.writePage(report.build(), page);
  }
}
