package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.training.trainer.RunHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lessons and the comparison of models, on models that are trained in a second. */
class LessonCommandTest {

  private static final String RECIPE =
      """
      exercise: {rule: reversal, symbols: 6, sources: 120, shortest: 3, longest: 5, tests: 60,
                 longest-test: 6, seed: 2}
      data: {format: pairs, task: seq2seq, validation-fraction: 0.2}
      training: {model-id: tiny, embedding-size: 6, hidden-size: 10, attention: ATTENTION,
                 maximum-output-length: 8, epochs: 2, batch-size: 16, learning-rate: 0.02,
                 sampling-epochs: 2, threads: 1}
      """;

  @TempDir private static Path folder;
  private static Path recipe;
  private static Path plain;
  private static Result reversal;

  @BeforeAll
  static void takeTheFirstLesson() throws IOException {
    recipe = write("recipe.yaml", RECIPE.replace("ATTENTION", "additive"));
    plain = write("plain.yaml", RECIPE.replace("ATTENTION", "none"));
    reversal = lesson("reversal", recipe);
  }

  private static Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static Result lesson(String name, Path config, Object... more) {
    Object[] arguments = new Object[6 + more.length];
    System.arraycopy(
        new Object[] {"lesson", name, "--output", folder.resolve("out"), "--config", config},
        0,
        arguments,
        0,
        6);
    System.arraycopy(more, 0, arguments, 6, more.length);
    return TestingCommandLine.execute(arguments);
  }

  private static Path left(String file) {
    return folder.resolve("out").resolve(file);
  }

  private static Path model(String attention) {
    return left("reversal").resolve(attention + "-attention").resolve("model.safetensors");
  }

  private static Path tests() {
    return left("reversal/test.tsv");
  }

  private static Result evaluate(Object... arguments) {
    Object[] all = new Object[arguments.length + 3];
    all[0] = "evaluate";
    all[1] = "--data";
    all[2] = tests();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return TestingCommandLine.execute(all);
  }

  @Test
  void reversalLeavesAReportWithTheFiguresThatEvaluateFinds() throws Exception {
    assertThat(reversal.exitCode()).as("%s", reversal).isZero();
    assertThat(reversal.out())
        .contains("Training without attention", "Training with attention", "What is right");
    TestingPage page = new TestingPage(left("reversal/report.html"));
    assertThat(page.texts("h1")).containsExactly("Reversal, with attention and without");
    assertThat(page.texts("p"))
        .anyMatch(note -> note.contains("largest weight of attention on one anti-diagonal"));
    for (String attention : List.of("without", "with")) {
      Result alone = evaluate("--model", model(attention));
      List<String> cells = page.row("All sources", attention + " attention");
      String[] all =
          alone.out().lines().filter(l -> l.startsWith("all ")).findFirst().get().split("\\s+");
      assertThat(cells.subList(0, 2)).as(alone.out()).containsExactly(all[2], all[3]);
    }
    // 60 tests of 3 to 6 tokens; 6 is longer than anything that was learned from.
    assertThat(page.row("What is right", "5").subList(0, 2)).containsExactly("yes", "15");
    assertThat(page.row("What is right", "6").subList(0, 2)).containsExactly("no", "15");
    for (String drawing :
        List.of("sequences-right", "tokens-right", "alignment", "alignment-longest", "loss")) {
      assertThat(left("reversal/" + drawing + ".png")).isNotEmptyFile();
    }
  }

  @Test
  void samplingShowsTheLossAndTheAnswersOfEverySchedule() throws Exception {
    Result result = lesson("sampling", plain);
    assertThat(result.exitCode()).as("%s", result).isZero();
    TestingPage page = new TestingPage(left("sampling/report.html"));
    for (String name : List.of("teacher forcing", "linear", "exponential", "inverse-sigmoid")) {
      Path run = left("sampling").resolve(name.replace(' ', '-'));
      RunHistory.Epoch last =
          RunHistory.fromJson(Files.readAllBytes(run.resolve("history.json"))).epochs().get(1);
      assertThat(page.row("Held back, after the last epoch", name).subList(0, 2))
          .containsExactly(
              String.format(Locale.ROOT, "%.4f", last.validationLoss()),
              String.format(Locale.ROOT, "%.2f", 100 * last.metrics().get("sequence_accuracy")));
      assertThat(Files.readString(run.resolve("plan.yaml")))
          .contains("scheduled-sampling: " + (name.contains(" ") ? "\"none\"" : "\"" + name));
    }
    assertThat(left("sampling/loss.png")).isNotEmptyFile();
    assertThat(left("sampling/free-running.png")).isNotEmptyFile();
    assertThat(left("sampling/schedules.png")).isNotEmptyFile();
  }

  @Test
  void beamsMeasuresAModelThatIsBrought() throws Exception {
    Result result = lesson("beams", recipe, "--model", model("with"), "--data", tests());
    assertThat(result.exitCode()).as("%s", result).isZero();
    TestingPage page = new TestingPage(left("beams/report.html"));
    String heading = "By the width of the beam, without length penalty";
    for (int width : new int[] {1, 2, 4, 8, 16}) {
      Result alone = evaluate("--model", model("with"), "--beam", width);
      String[] all =
          alone.out().lines().filter(l -> l.startsWith("all ")).findFirst().get().split("\\s+");
      List<String> cells = page.row(heading, width == 1 ? "1 (greedy)" : "" + width);
      assertThat(List.of(cells.get(0), cells.get(2))).containsExactly(all[2], all[3]);
      assertThat(page.row("By the width of the beam and the length penalty", "" + width).get(0))
          .isEqualTo(all[2]);
    }
    // What a beam of 16 finds is as likely as what greedy search finds, or likelier.
    assertThat(Double.parseDouble(page.row(heading, "16").get(3)))
        .isGreaterThanOrEqualTo(Double.parseDouble(page.row(heading, "1 (greedy)").get(3)));
    assertThat(page.drawings()).isEqualTo(3);
  }

  @Test
  void wordsSaysWhatAttentionIsWorthOnTheLongestQuarter() throws Exception {
    Result result = lesson("words", recipe, "--data", left("reversal/train.tsv"));
    assertThat(result.exitCode()).as("%s", result).isZero();
    TestingPage page = new TestingPage(left("words/report.html"));
    List<String> longest = page.row("WER % by the length of the source", "5");
    assertThat(page.texts("p"))
        .anyMatch(
            note ->
                note.startsWith("On the longest quarter (" + longest.get(0) + " sources of 5 to 5")
                    && note.endsWith(
                        "often: %s %% of answers, and %s %% without."
                            .formatted(longest.get(2), longest.get(1))));
    assertThat(page.texts("dd")).contains(longest.get(3) + " points");
    assertThat(left("words/wrong-answers-by-length.png")).isNotEmptyFile();
  }

  @Test
  void severalModelsAreEvaluatedSideBySide() throws Exception {
    Path file = folder.resolve("pages").resolve("both.html");
    Result result =
        evaluate(
            "--model",
            model("without"),
            model("with"),
            "--beam",
            "2",
            "--report",
            file,
            "--alignments",
            "1");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("WER % by the length of the source", "tiny-with-attention, difference");
    TestingPage page = new TestingPage(file);
    double first = Double.parseDouble(page.row("All sources", "tiny-without-attention").get(0));
    List<String> second = page.row("All sources", "tiny-with-attention");
    assertThat(second.get(3))
        .isEqualTo(String.format(Locale.ROOT, "%+.2f", Double.parseDouble(second.get(0)) - first));
    assertThat(page.texts("p"))
        .contains("tiny-without-attention has no attention, so no alignments.");
    assertThat(file.resolveSibling("both-wrong-answers-by-length.png")).isNotEmptyFile();
    assertThat(file.resolveSibling("both-alignment-2-wrong-1.png")).isNotEmptyFile();
    assertThat(file.resolveSibling("both-alignment-1-wrong-1.png")).doesNotExist();
  }

  @Test
  void whatCannotBeEvaluatedSideBySideIsOneLine() throws IOException {
    assertOneLine(
        evaluate("--model", model("without"), "--report", "r.html", "--alignments", "1"),
        "the attention of tiny-without-attention is none; there is nothing to draw");
    assertOneLine(
        evaluate("--model", model("with"), "--alignments", "1"),
        "--alignments is given without --report");
    assertOneLine(
        evaluate("--model", model("with"), "--report", "r.pdf"),
        "the report is 'r.pdf', and a page ends in .html; name it so");
    assertOneLine(
        evaluate("--model", model("with"), model("with")), "one of them stands there twice");
    Path other =
        write(
            "other.yaml", RECIPE.replace("ATTENTION", "none").replace("symbols: 6", "symbols: 7"));
    assertThat(
            TestingCommandLine.execute(
                    "lesson", "beams", "--config", other, "--output", folder.resolve("other"))
                .exitCode())
        .isZero();
    assertOneLine(
        evaluate("--model", model("with"), folder.resolve("other/beams/model/model.safetensors")),
        "the sources of model 'tiny-with-attention' have 7 tokens and those of 'tiny-model' 8",
        "only the first has none; only the second has g",
        "evaluate them one by one");
  }

  @Test
  void whatNoLessonCanDoWithIsOneLine() throws IOException {
    assertOneLine(lesson("sorting", recipe), "there is no lesson 'sorting'", "reversal, sampling");
    assertOneLine(lesson("all", recipe), "--config is one recipe and 3 lessons are given");
    assertOneLine(lesson("words", recipe), "there is no --data, and words learns from");
    assertOneLine(lesson("reversal", recipe, "--data", tests()), "reversal makes its pairs up");
    assertOneLine(lesson("words", recipe, "--model", tests()), "--model is for beams");
    assertOneLine(lesson("beams", recipe, "--model", tests()), "--model is given without --data");
    assertOneLine(lesson("reversal", recipe), "out/reversal holds a lesson already (", "remove it");
    assertOneLine(
        TestingCommandLine.execute(
            "lesson", "reversal", "--config", plain, "--output", folder.resolve("plain")),
        "training.attention is none, and the lesson compares");
    Path none = write("none.yaml", "data: {task: seq2seq}\n");
    assertOneLine(
        TestingCommandLine.execute(
            "lesson", "beams", "--config", none, "--output", folder.resolve("none")),
        "there is no section exercise in the recipe");
  }

  private static void assertOneLine(Result result, String... parts) {
    assertThat(result.exitCode()).as("%s", result).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(result.err().lines()).as("%s", result.err()).hasSize(1);
    assertThat(result.err()).startsWith("carryover").contains(parts);
  }
}
