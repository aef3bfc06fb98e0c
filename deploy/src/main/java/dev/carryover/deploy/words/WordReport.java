package dev.carryover.deploy.words;

import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.deploy.words.WordTally.Answer;
import dev.carryover.training.evaluation.TransductionMetrics;
import dev.carryover.training.evaluation.TransductionMetrics.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The text at the end of the demo of words, and whether all is as it must be: every word has one
 * answer, by the revision that the announcement says, and the job says the same. How good the
 * answers are is shown, and not checked.
 */
final class WordReport {

  private static final int REJECTED_LISTED = 5;

  private static final String[] MODELS = {"without attention", "with attention"};

  private final WordStream stream;
  private final boolean swap;
  private final WordTally tally;
  private final WordSpeed speed;
  private final List<String> rejected;
  private final Map<String, Integer> phoneNumbers = new HashMap<>();

  /**
   * @param swap whether the second revision took over
   * @param rejected a line for each dead letter and late event
   */
  WordReport(
      WordStream stream, boolean swap, WordTally tally, WordSpeed speed, List<String> rejected) {
    this.stream = stream;
    this.swap = swap;
    this.tally = tally;
    this.speed = speed;
    this.rejected = List.copyOf(rejected);
  }

  boolean passed() {
    return tally.missing() == 0
        && tally.doubled() == 0
        && tally.strange() == 0
        && tally.misplaced() == 0
        && rejected.isEmpty()
        && (!swap || tally.swapTold());
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append('\n').append(quality()).append('\n');
    text.append(speed.text());
    text.append(delivery());
    text.append(passed() ? "PASS" : "FAIL").append('\n');
    return text.toString();
  }

  private String quality() {
    List<Part> lengths = metrics(answer -> true).quarters();
    List<String> heading = new ArrayList<>(List.of("revision", "model", "words", "WER %", "PER %"));
    lengths.forEach(part -> heading.add(lengths(part)));
    TextTable table = new TextTable(heading.toArray(String[]::new)).left(1);
    for (int revision = 1; revision <= revisions(); revision++) {
      table.row(row(revision, lengths));
    }
    return "Words that are wrong (WER) and edits for each phone (PER); then WER by the number of letters\n"
        + table;
  }

  private int revisions() {
    return swap ? MODELS.length : 1;
  }

  private String[] row(int revision, List<Part> lengths) {
    Predicate<Answer> its = answer -> answer.revision() == revision;
    Part all = metrics(its).all();
    List<String> row = new ArrayList<>();
    row.add(Integer.toString(revision));
    row.add(MODELS[revision - 1]);
    row.add(String.format(Locale.ROOT, "%,d", all.count()));
    row.add(percent(all.count(), all.wordErrorRate()));
    row.add(percent(all.count(), all.tokenErrorRate()));
    for (Part length : lengths) {
      Part part = metrics(its.and(answer -> within(answer, length))).all();
      row.add(percent(part.count(), part.wordErrorRate()));
    }
    return row.toArray(String[]::new);
  }

  private TransductionMetrics metrics(Predicate<Answer> which) {
    TransductionMetrics.Tally answers = new TransductionMetrics.Tally();
    for (Answer answer : tally.answers()) {
      if (which.test(answer)) {
        DictionaryWord word = answer.request().word();
        answers.add(
            word.spelling().length(),
            numbered(answer.phones()),
            word.pronunciations().stream().map(this::numbered).toList());
      }
    }
    return answers.metrics();
  }

  private int[] numbered(List<String> phones) {
    return phones.stream()
        .mapToInt(phone -> phoneNumbers.computeIfAbsent(phone, p -> phoneNumbers.size()))
        .toArray();
  }

  private static boolean within(Answer answer, Part length) {
    int letters = answer.request().word().spelling().length();
    return letters >= length.shortest() && letters <= length.longest();
  }

  private static String lengths(Part part) {
    return part.shortest() == part.longest()
        ? Integer.toString(part.shortest())
        : part.shortest() + " to " + part.longest();
  }

  private static String percent(long count, double rate) {
    return count == 0 ? "-" : String.format(Locale.ROOT, "%.1f", 100 * rate);
  }

  private String delivery() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "Delivery",
        "%,d of %,d words answered: %,d missing, %,d doubled, %,d inferences that answer no whole word",
        tally.answers().size(),
        stream.requests().size(),
        tally.missing(),
        tally.doubled(),
        tally.strange());
    line(text, "", "%,d dead letters and late events", rejected.size());
    rejected.stream().limit(REJECTED_LISTED).forEach(r -> line(text, "", "%s", r));
    if (swap) {
      line(
          text,
          "Revisions",
          "%,d words answered by another revision than the announcement says",
          tally.misplaced());
      for (int revision = 1; revision <= revisions(); revision++) {
        line(text, "", "%d: %s", revision, tally.statuses().text(revision));
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String format, Object... values) {
    text.append(LabelledLine.of(what, format, values));
  }
}
