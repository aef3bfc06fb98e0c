package dev.carryover.deploy.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTableTest {

  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    String table =
        new TextTable("detector", "F1").row("bigram", "0.920").row("a longer name", "1").toString();
    assertThat(table)
        .isEqualTo(
            """
            detector          F1
            --------------------
            bigram         0.920
            a longer name      1
            """);
  }

  @Test
  void columnsOfWordsStandAtTheLeft() {
    String table = new TextTable("n", "word", "x").left(1).row("10", "a", "1").toString();
    assertThat(table)
        .isEqualTo(
            """
            n   word  x
            -----------
            10  a     1
            """);
  }

  @Test
  void aRowOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> new TextTable("a", "b").row("only one"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A row of 1 cells in a table of 2 columns");
  }
}
