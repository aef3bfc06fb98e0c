package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.training.pairs.Pair;
import dev.carryover.training.report.Figure;
import dev.carryover.training.transduction.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  /** Sources of 1 to 8 tokens whose right answer is 7 7; those that are named are answered so. */
  private static Comparison.Entry entry(String name, int... right) {
    List<Answer> answers = new ArrayList<>();
    for (int length = 1; length <= 8; length++) {
      int place = length;
      boolean isRight = IntStream.of(right).anyMatch(r -> r == place);
      answers.add(
          new Answer(
              new Pair("s" + length, new int[length], List.of(new int[] {7, 7})),
              new Hypothesis(new int[] {7, isRight ? 7 : 8}, -1, -1, true, null)));
    }
    return new Comparison.Entry(name, answers, 2);
  }

  @Test
  void everyModelStandsBesideTheFirst() {
    Comparison comparison =
        new Comparison(List.of(entry("plain", 1, 2, 3), entry("better", 1, 2, 4, 5, 6, 7)));
    List<FigureTable> tables = comparison.tables();
    assertThat(tables.get(0).text().lines().map(ComparisonTest::words))
        .contains("plain 62.50 31.25 4 - - - -", "better 25.00 12.50 4 -37.50 -18.75 4 1");
    assertThat(tables.get(1).text().lines().map(ComparisonTest::words))
        .containsSubsequence(
            "1 to 2 2 0.00 0.00 +0.00",
            "3 to 4 2 50.00 50.00 +0.00",
            "5 to 6 2 100.00 0.00 -100.00",
            "7 to 8 2 100.00 50.00 -50.00",
            "all 8 62.50 25.00 -37.50");
    assertThat(tables.get(2).text()).contains("PER %", "+0.00", "-50.00");
    assertThat(comparison.lessWrongOnTheLongest(comparison.entries().get(1))).isEqualTo(0.5);
    assertThat(comparison.lessWrongOnTheLongest(comparison.entries().get(0))).isZero();
  }

  @Test
  void oneModelHasNoDifferences() {
    Comparison comparison = new Comparison(List.of(entry("plain", 1)));
    assertThat(comparison.tables())
        .allSatisfy(table -> assertThat(table.text()).doesNotContain("difference", "alone"));
  }

  @Test
  void chartsHaveACurveAModelAndAPointALength() {
    Comparison comparison = new Comparison(List.of(entry("plain", 1, 2), entry("better", 1, 2, 3)));
    Figure.Lines wrong = (Figure.Lines) comparison.figures().get(0);
    assertThat(wrong.series()).extracting(Figure.Series::name).containsExactly("plain", "better");
    assertThat(wrong.series().get(1).x()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(wrong.series().get(1).y()).containsExactly(0, 0, 0, 100, 100, 100, 100, 100);
    Figure.Lines tokens = (Figure.Lines) comparison.figures().get(1);
    assertThat(tokens.series().get(0).y()).containsExactly(0, 0, 50, 50, 50, 50, 50, 50);
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    Comparison.Entry one = entry("one");
    Comparison.Entry less = new Comparison.Entry("less", one.answers().subList(0, 3), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Comparison(List.of(one, less)))
        .withMessage(
            "'one' answered 8 sources and 'less' 3 others; compare answers to the same sources");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Comparison(List.of(one, entry("one"))))
        .withMessageContaining("each with a name of its own");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FigureTable("t", "h", "a", "b").row("r", "1"))
        .withMessage("row 'r' of table 't' has 1 cells and the table 2 columns; give one a column");
  }

  private static String words(String line) {
    return line.strip().replaceAll("\\s+", " ");
  }
}
