package dev.carryover.tests.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ReportTest {
  @TempDir private Path folder;

  @Test
  void markdownTablesHaveTheirFiguresOnTheRightAndNoBrokenCells() {
    String page = MarkdownReport.of(List.of(TestingRuns.good()), true);
    assertThat(page.lines())
        .containsSequence(
            "**µs per row**",
            "",
            "| cell | B | time |",
            "| --- | ---: | ---: |",
            "| gru\\|lstm | 32 | 0.25 |")
        .contains("![Curves](charts/alpha-1.png)", "![Bars](charts/alpha-2.png)", "- The cache.")
        .contains(
            "2026-01-31 12:00, 1.5 minutes, commit 1a2b3c4, --rounds 3, --set alpha.keys=10,"
                + " load average 0.10 at the start, 0.02 processors used by others meanwhile."
                + " Flags `-Xmx1g`.");
    assertThat(page).doesNotContain("Busy machine");
  }

  @Test
  void targetsSayWhetherTheyAreMetByTheUnroundedFigure() {
    String page = MarkdownReport.of(List.of(TestingRuns.good()), true);
    assertThat(page.lines())
        .containsSequence(
            "| alpha | fast enough | 8.04x | ≥ 8.00x | met |",
            "| alpha | small enough | 1.30x | ≤ 1.30x | not met |",
            "| alpha | wide enough | – | ≥ 85 % | not measured |");
  }

  @Test
  void withoutDrawingsThePageRefersToNone() {
    assertThat(MarkdownReport.of(List.of(TestingRuns.good()), false)).doesNotContain("charts/");
  }

  @Test
  void aBusyMachineIsWarnedOf() {
    assertThat(MarkdownReport.of(List.of(TestingRuns.busy()), true))
        .contains("**Busy machine: load average 3.50 at the start. Trust ratios only");
  }

  @Test
  void aSectionThatFailedHasItsMessageInThePlaceOfFigures() throws IOException {
    List<SectionRun> runs = List.of(TestingRuns.good(), TestingRuns.failed());
    String message = "No figures: A gives 1 where B gives 2; nothing was timed";
    assertThat(MarkdownReport.of(runs, true)).contains("## Section beta").contains(message);
    assertThat(HtmlReport.of(runs)).contains("Section beta").contains(message);
  }

  @Test
  void theHtmlPageIsWellFormedAndNamesNothingOutside() throws Exception {
    String page = HtmlReport.of(List.of(TestingRuns.good(), TestingRuns.failed()));
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    String xml = page.replaceFirst("<!DOCTYPE html>", "");
    Document document =
        factory
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    assertThat(document.getElementsByTagName("h2").getLength()).isEqualTo(3);
    assertThat(document.getElementsByTagName("img").getLength())
        .isEqualTo(ChartFile.drawn() ? 2 : 0);
    assertThat(page)
        .contains("Some &lt;CPU&gt;")
        .contains("with <code>code</code> &amp; &lt;marks&gt;")
        .contains("<td class=\"number\">0.25</td>")
        .contains("class=\"missed\"")
        .contains("<em>marked</em>")
        .doesNotContain("src=\"http", "href=", "<script");
  }

  @Test
  void chartsAreDrawnWithGapsAndBothGrounds() throws IOException {
    Assumptions.assumeThat(ChartFile.drawn()).as("fonts on this machine").isTrue();
    ChartFile.writeAll(List.of(TestingRuns.good(), TestingRuns.failed()), folder);
    for (String name : List.of("charts/alpha-1.png", "charts/alpha-2.png")) {
      BufferedImage image = ImageIO.read(folder.resolve(name).toFile());
      assertThat(image.getWidth()).as(name).isEqualTo(1520);
      assertThat(colours(image)).as(name).isGreaterThan(10);
    }
  }

  private static long colours(BufferedImage image) {
    return IntStream.range(0, image.getWidth() * image.getHeight())
        .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()))
        .distinct()
        .count();
  }

  @Test
  void storedRunsComeBackAsTheyWere() throws IOException {
    StoredRuns stored = new StoredRuns(folder.resolve("results"));
    for (SectionRun run : List.of(TestingRuns.good(), TestingRuns.busy(), TestingRuns.failed())) {
      stored.write(run);
    }
    assertThat(stored.read(List.of("beta", "absent", "alpha", "busy")))
        .containsExactly(TestingRuns.failed(), TestingRuns.good(), TestingRuns.busy());
  }

  @Test
  void aFileThatIsNoResultIsNamed() throws IOException {
    Files.writeString(folder.resolve("alpha.json"), "{\"section\": 1, \"colour\": 2}");
    assertThatThrownBy(() -> new StoredRuns(folder).read(List.of("alpha")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("alpha.json is no result of this version (")
        .hasMessageEndingWith("; delete it, or run its section again");
  }

  @Test
  void theMachineIsReadFromTheSystemsFiles() throws IOException {
    Files.writeString(folder.resolve("cpuinfo"), "processor: 0\nmodel name\t: Some CPU\n");
    Path index = Files.createDirectories(folder.resolve("cache/index2"));
    Files.writeString(index.resolve("level"), "2\n");
    Files.writeString(index.resolve("type"), "Unified\n");
    Files.writeString(index.resolve("size"), "1024K\n");
    assertThat(Machine.processorName(folder.resolve("cpuinfo"))).isEqualTo("Some CPU");
    assertThat(Machine.caches(folder.resolve("cache"))).containsExactly("L2 1024 KiB");
    assertThat(Machine.caches(folder.resolve("absent"))).isEmpty();
  }
}
