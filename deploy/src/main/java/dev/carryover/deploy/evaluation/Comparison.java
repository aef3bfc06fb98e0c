package dev.carryover.deploy.evaluation;

import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.report.Figure;
import dev.carryover.training.transduction.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What several seq2seq models answered to the same sources, side by side: the first is what the
 * others are compared with. Immutable.
 */
public final class Comparison {

  private final List<Entry> entries;

  /**
   * One model.
   *
   * @param name what it is called
   * @param answers to the sources, in their order
   * @param metrics of the answers
   * @param seconds how long they took; NaN where nobody looked
   */
  public record Entry(
      String name, List<Answer> answers, TransductionMetrics metrics, double seconds) {

    /** Counts what is right. */
    public Entry(String name, List<Answer> answers, double seconds) {
      this(name, List.copyOf(answers), Answer.metrics(answers), seconds);
    }
  }

  /**
   * Puts models side by side.
   *
   * @param entries at least one, each under a name of its own
   * @throws IllegalArgumentException when there is none, a name stands twice, or the answers are to
   *     other sources
   */
  public Comparison(List<Entry> entries) {
    this.entries = List.copyOf(entries);
    List<String> names = entries.stream().map(Entry::name).toList();
    if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException(
          "the models %s are compared; give at least one, each with a name of its own"
              .formatted(names));
    }
    List<String> sources = sources(entries.get(0));
    for (Entry entry : entries) {
      if (!sources(entry).equals(sources)) {
        throw new IllegalArgumentException(
            "'%s' answered %d sources and '%s' %d others; compare answers to the same sources"
                .formatted(names.get(0), sources.size(), entry.name(), entry.answers().size()));
      }
    }
  }

  private static List<String> sources(Entry entry) {
    return entry.answers().stream().map(answer -> answer.pair().key()).toList();
  }

  /** The models in their order. */
  public List<Entry> entries() {
    return entries;
  }

  /**
   * By how much a model's answers are wrong less often than the first's in the longest quarter of
   * the sources, as a share; below 0 when they are wrong more often.
   */
  public double lessWrongOnTheLongest(Entry entry) {
    return last(entries.get(0)).wordErrorRate() - last(entry).wordErrorRate();
  }

  private static TransductionMetrics.Part last(Entry entry) {
    List<TransductionMetrics.Part> quarters = entry.metrics().quarters();
    return quarters.get(quarters.size() - 1);
  }

  /** All tables: of all sources, then of sources by their length. */
  public List<FigureTable> tables() {
    return List.of(
        all(),
        quarters("WER % by the length of the source", TransductionMetrics.Part::wordErrorRate),
        quarters("PER % by the length of the source", TransductionMetrics.Part::tokenErrorRate));
  }

  private FigureTable all() {
    boolean several = entries.size() > 1;
    List<String> columns = new ArrayList<>(List.of("WER %", "PER %", "answers/s"));
    if (several) {
      columns.addAll(
          List.of("WER, difference", "PER, difference", "right alone", "first right alone"));
    }
    FigureTable table = new FigureTable("All sources", "model", columns);
    Entry first = entries.get(0);
    for (Entry entry : entries) {
      TransductionMetrics.Part all = entry.metrics().all();
      List<String> cells = new ArrayList<>();
      cells.add(FigureTable.percent(all.wordErrorRate()));
      cells.add(FigureTable.percent(all.tokenErrorRate()));
      cells.add(
          Double.isNaN(entry.seconds())
              ? FigureTable.NOTHING
              : FigureTable.decimals(all.count() / entry.seconds(), 0));
      if (several && entry == first) {
        cells.addAll(Collections.nCopies(4, FigureTable.NOTHING));
      } else if (several) {
        TransductionMetrics.Part other = first.metrics().all();
        cells.add(FigureTable.points(all.wordErrorRate() - other.wordErrorRate()));
        cells.add(FigureTable.points(all.tokenErrorRate() - other.tokenErrorRate()));
        cells.add(FigureTable.count(rightAlone(entry, first)));
        cells.add(FigureTable.count(rightAlone(first, entry)));
      }
      table.row(entry.name(), cells);
    }
    return table;
  }

  /** To how many sources one model is right and another wrong. */
  public static long rightAlone(Entry right, Entry wrong) {
    return IntStream.range(0, right.answers().size())
        .filter(i -> right.answers().get(i).right() && !wrong.answers().get(i).right())
        .count();
  }

  private FigureTable quarters(String title, ToDoubleFunction<TransductionMetrics.Part> rate) {
    List<String> columns = new ArrayList<>();
    columns.add("count");
    entries.forEach(entry -> columns.add(entry.name()));
    entries.stream().skip(1).forEach(entry -> columns.add(entry.name() + ", difference"));
    FigureTable table = new FigureTable(title, "source length", columns);
    int parts = entries.get(0).metrics().quarters().size();
    for (int part = 0; part <= parts; part++) {
      int place = part;
      List<TransductionMetrics.Part> side =
          entries.stream()
              .map(
                  entry ->
                      place == parts
                          ? entry.metrics().all()
                          : entry.metrics().quarters().get(place))
              .toList();
      List<String> cells = new ArrayList<>();
      cells.add(FigureTable.count(side.get(0).count()));
      side.forEach(one -> cells.add(FigureTable.percent(rate.applyAsDouble(one))));
      side.stream()
          .skip(1)
          .forEach(
              one ->
                  cells.add(
                      FigureTable.points(
                          rate.applyAsDouble(one) - rate.applyAsDouble(side.get(0)))));
      table.row(part == parts ? "all" : lengths(side.get(0)), cells);
    }
    return table;
  }

  private static String lengths(TransductionMetrics.Part part) {
    return part.shortest() == part.longest()
        ? Integer.toString(part.shortest())
        : part.shortest() + " to " + part.longest();
  }

  /** Wrong answers and wrong tokens by the length of the source, a curve a model. */
  public List<Figure> figures() {
    return List.of(
        byLength(
            "wrong-answers-by-length",
            "Wrong answers by the length of the source",
            "WER %",
            TransductionMetrics.Part::wordErrorRate),
        byLength(
            "wrong-tokens-by-length",
            "Wrong tokens by the length of the source",
            "PER %",
            TransductionMetrics.Part::tokenErrorRate));
  }

  private Figure byLength(
      String id, String title, String unit, ToDoubleFunction<TransductionMetrics.Part> rate) {
    long[] counts =
        entries.get(0).metrics().lengths().stream()
            .mapToLong(TransductionMetrics.Part::count)
            .toArray();
    return new Figure.Lines(
        id,
        title,
        "A point a length; the rarest has %,d of the sources, the most frequent %,d."
            .formatted(
                Arrays.stream(counts).min().orElse(0), Arrays.stream(counts).max().orElse(0)),
        "tokens of the source",
        unit,
        false,
        entries.stream()
            .map(entry -> curve(entry, part -> 100 * rate.applyAsDouble(part)))
            .toList());
  }

  /** A curve over the lengths of the sources. */
  public static Figure.Series curve(Entry entry, ToDoubleFunction<TransductionMetrics.Part> value) {
    List<TransductionMetrics.Part> lengths = entry.metrics().lengths();
    return new Figure.Series(
        entry.name(),
        lengths.stream().mapToDouble(TransductionMetrics.Part::shortest).toArray(),
        lengths.stream().mapToDouble(value).toArray(),
        true);
  }
}
