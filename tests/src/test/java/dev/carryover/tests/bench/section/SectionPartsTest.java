package dev.carryover.tests.bench.section;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SectionPartsTest {
  private static final SectionOption KEYS = new SectionOption("keys", "10,20", "Keys.");

  @Test
  void figuresHaveAsManyDigitsAsMeanSomething() {
    assertThat(
            List.of(
                Figures.number(0.254),
                Figures.number(25.41),
                Figures.number(25_410.4),
                Figures.number(Double.NaN),
                Figures.ratio(1.234),
                Figures.share(0.849)))
        .containsExactly("0.25", "25.4", "25,410", "–", "1.23x", "85 %");
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMeanOfTheMiddle() {
    assertThat(Figures.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(Figures.median(List.of(9.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
    assertThatThrownBy(() -> Figures.median(List.of()))
        .hasMessage("no samples have no median; measure at least once");
  }

  @Test
  void optionsAreWhatWasSetOrWhatIsUsual() {
    BenchSettings set = new BenchSettings(false, 0, Map.of("keys", "7, 8"));
    assertThat(set.numbers(KEYS)).containsExactly(7, 8);
    assertThat(BenchSettings.of(true).numbers(KEYS)).containsExactly(10, 20);
    assertThat(set.roundsOr(5)).isEqualTo(5);
    assertThat(new BenchSettings(false, 2, Map.of()).roundsOr(5)).isEqualTo(2);
  }

  @Test
  void aBadOptionNamesItselfAndItsValue() {
    BenchSettings set = new BenchSettings(false, 0, Map.of("keys", "7,x"));
    assertThatThrownBy(() -> set.numbers(KEYS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("option keys has 'x'; give whole numbers between commas, such as 10,20");
  }

  @Test
  void aRowThatDoesNotFillItsTableIsRefused() {
    assertThatThrownBy(() -> ResultTable.titled("times").words("a", "b").row("1").build())
        .hasMessage(
            "table 'times' has 2 columns where a row has 1 cells ([1]); give one cell a column");
  }

  @Test
  void valuesWithoutPlacesAreRefused() {
    assertThatThrownBy(
            () -> Chart.bars("sizes", "x", "y", List.of("a", "b")).bars("one", 1).build())
        .hasMessage("chart 'sizes' has 2 places for the 1 values of 'one'; give one value a place");
  }
}
