package dev.carryover.deploy.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HourChartTest {

  @Test
  void barsOfBothRevisionsStandOnOneAnotherOverTheSameHours() {
    assertThat(
            HourChart.text(
                "Events",
                new int[] {12, 0, 7, 3, 0, 0, 0, 1},
                new int[] {0, 0, 0, 3, 9, 0, 4, 0},
                3))
        .isEqualTo(
            """
            Events (a mark = up to 2, by revision 1 or 2)
                     |1
                     |1   2
                     |1 122
                     |1 122
                     |1 112 2
                     |1 112 21
                     +---^----  (^ the cutover)
                      0     6 h
            """);
  }

  @Test
  void largeNumbersAreDrawnInRoundUnits() {
    assertThat(HourChart.text("Events", new int[] {9074}, new int[] {0}, 0))
        .startsWith("Events (a mark = up to 2,000,")
        .containsPattern("(?s)(\\|1\n.*){5}");
    assertThat(HourChart.text("Alerts", new int[] {0, 0}, new int[] {0, 0}, 9))
        .startsWith("Alerts (a mark = up to 1,")
        .contains("+-^");
  }
}
