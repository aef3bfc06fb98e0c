package dev.carryover.training.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Task;
import dev.carryover.training.trainer.RunHistory;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunReportTest {
  private static ReportData report(String history) throws IOException {
    return RunReport.of(
            TrainingPlan.DEFAULTS,
            Task.NEXT_TOKEN,
            RunHistory.fromJson(history.getBytes(StandardCharsets.UTF_8)))
        .build();
  }

  @Test
  void aHistoryBecomesCurvesFactsAndEpochs() throws Exception {
    ReportData report = report(TestingRuns.history());
    assertThat(report.summary())
        .isEqualTo(
            "next-token, gru of 1 x 64, 1,234 parameters, seed 7, on ND4J on CPU with 2 threads");
    assertThat(report.figures())
        .extracting(Figure::id)
        .containsExactly("loss", "gradient-norm", "learning-rate", "tokens-per-second");
    Figure.Lines loss = (Figure.Lines) report.figures().get(0);
    assertThat(loss.series().get(0).y()).containsExactly(3.0, 2.5, 2.0, 1.9);
    assertThat(loss.series().get(1).x()).containsExactly(2, 4);
    assertThat(loss.series().get(1).y()).containsExactly(2.25, 2.375);
    assertThat(report.facts())
        .containsEntry("best validation loss, nats per target", "2.250")
        .containsEntry("reached in epoch", "1 of 2")
        .containsEntry("updates", "4")
        .containsEntry("time", "1 min 15 s")
        .containsEntry("tokens per second, mean of updates", "1,000");
    assertThat(report.details().get(0).rows()).hasSize(2);
    assertThat(report.configuration())
        .containsEntry("cell", "gru")
        .containsEntry("learning-rate", "0.003")
        .containsEntry("model-id", "model");
  }

  @Test
  void aRunWithoutAnUpdateIsAReport(@TempDir Path folder) throws Exception {
    String nothing =
        "{\"backend\":\"b\",\"seed\":1,\"threads\":1,\"parameters\":1,\"steps\":[],\"epochs\":[]}";
    assertThat(HtmlReport.write(report(nothing), folder)).exists();
  }

  @Test
  void theWholeReportIsWritten(@TempDir Path folder) throws Exception {
    HtmlReport.write(report(TestingRuns.history()), folder);
    for (String name : new String[] {"loss", "gradient-norm", "learning-rate"}) {
      assertThat(Files.size(folder.resolve(name + ".png"))).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.24, 0.2 s",
    "59.4, 59.4 s",
    "60, 1 min 00 s",
    "3599.6, 1 h 00 min",
    "7265, 2 h 01 min"
  })
  void durationsReadWell(double seconds, String text) {
    assertThat(RunReport.duration(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "553366, '553,366'",
    "12345.6, '12,346'",
    "123.456, 123.5",
    "12.3456, 12.35",
    "0.95123, 0.9512",
    "0.0123456, 0.0123",
    "0.0000123456, 1.235e-05",
    "NaN, –",
    "Infinity, ∞",
    "-0.5, -0.5000"
  })
  void numbersReadWell(double value, String text) {
    assertThat(Table.number(value)).isEqualTo(text);
  }

  @Test
  void aRowOfAnotherWidthIsRefused() {
    assertThatThrownBy(() -> Table.of("Metrics", "F1", "recall").row("bigram", 0.5))
        .hasMessage(
            "row 'bigram' of table 'Metrics' has 1 values and the table 2 columns; give one a column");
  }

  @ParameterizedTest
  @CsvSource({"-1, ▁", "-0.01, ▄", "0.01, ▅", "1, █", "5, █", "-5, ▁"})
  void blocksRiseWithTheirValue(double value, char block) {
    assertThat(BlockText.block(value, -1, 1)).isEqualTo(block);
  }

  @ParameterizedTest
  @CsvSource({"'a b', a␣b", "'\n', \\n", "'\t', \\t", "abcdefghij, abcdefgh…"})
  void labelsAreVisibleAndShort(String token, String label) {
    assertThat(BlockText.label(token, 9)).isEqualTo(label);
  }
}
