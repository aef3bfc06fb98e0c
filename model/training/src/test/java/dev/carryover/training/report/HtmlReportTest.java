package dev.carryover.training.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class HtmlReportTest {
  private static final String HOSTILE = "<b>&\"'`=</b> <script>{{title}}</script> \u0001 ü 漢 😀";

  @TempDir private Path folder;

  @Test
  void thePageIsWellFormedAndHoldsEveryValueEscaped() throws Exception {
    Document page = parse(HtmlReport.write(data(), folder.resolve("run")));
    String seen = HOSTILE.replace("\u0001", "\\u0001");
    for (String place : List.of("title", "h1", "figcaption")) {
      assertThat(text(page, place)).as(place).contains(seen);
    }
    assertThat(text(page, "p")).contains(seen, seen);
    assertThat(text(page, "dt")).containsExactly(seen);
    assertThat(text(page, "dd")).containsExactly(seen);
    assertThat(text(page, "h2")).contains(seen);
    assertThat(text(page, "th")).contains("column " + seen, "row " + seen, "key " + seen);
    assertThat(text(page, "td"))
        .contains("0.9512", "–", "text " + seen, "value " + seen, "from " + seen);
    assertThat(page.getElementsByTagName("script").getLength()).isZero();
    assertThat(page.getElementsByTagName("b").getLength()).isZero();
  }

  @Test
  void thePageHoldsAllItShows() throws Exception {
    Document page = parse(HtmlReport.write(data(), folder));
    NodeList all = page.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      for (String link : List.of("src", "srcset", "href")) {
        assertThat(element.getAttribute(link)).matches("(data:image/png;base64,.+)?");
      }
    }
    assertThat(text(page, "style").get(0)).doesNotContain("url(", "@import");
    Element image = (Element) page.getElementsByTagName("img").item(0);
    byte[] inline =
        Base64.getDecoder().decode(image.getAttribute("src").replaceFirst("^[^,]*,", ""));
    assertThat(inline).isEqualTo(Files.readAllBytes(folder.resolve("curve.png")));
    assertThat(ImageIO.read(new ByteArrayInputStream(inline)).getWidth())
        .isEqualTo(2 * Drawing.WIDTH);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("report.html", "curve.png");
    }
  }

  @Test
  void aPageOfAnotherNameHasItsDrawingsUnderThatName() throws Exception {
    Path page = folder.resolve("new").resolve("two models.html");
    assertThat(HtmlReport.writePage(data(), page)).isEqualTo(page);
    assertThat(text(parse(page), "figcaption")).hasSize(1);
    try (Stream<Path> files = Files.list(page.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("two models.html", "two models-curve.png");
    }
    assertThatThrownBy(() -> HtmlReport.writePage(data(), Path.of("page.pdf")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the report is 'page.pdf', and a page ends in .html; name it so");
    assertThatThrownBy(() -> HtmlReport.checkPage(Path.of(".html")))
        .hasMessageContaining("name it so");
  }

  @Test
  void aReportOfNothingButATitleIsAPage() throws Exception {
    Document page = parse(HtmlReport.write(ReportData.builder("empty").build(), folder));
    assertThat(text(page, "h1")).containsExactly("empty");
    assertThat(page.getElementsByTagName("h2").getLength()).isZero();
  }

  @Test
  void anEarlierPageStaysWholeWhenAFileCannotBeWritten() throws Exception {
    Path page = HtmlReport.write(ReportData.builder("earlier").build(), folder);
    Files.createDirectories(folder.resolve("curve.png").resolve("in-the-way"));
    assertThatThrownBy(() -> HtmlReport.write(data(), folder)).isInstanceOf(IOException.class);
    assertThat(Files.readString(page)).contains("<h1>earlier</h1>");
  }

  @Test
  void twoFiguresOfOneNameAreRefused() {
    ReportData.Builder builder = ReportData.builder("x").figure(curve());
    assertThatThrownBy(() -> builder.figure(curve()))
        .hasMessage("there are two figures 'curve', and each names a file; give one another id");
  }

  @Test
  void aMachineWithoutFontsGetsAReportWithoutDrawings() throws Exception {
    Path fonts = Files.writeString(folder.resolve("fonts.conf"), "<fontconfig></fontconfig>");
    Path run = folder.resolve("run");
    Path log = folder.resolve("log");
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Duser.home=" + folder,
            "-cp",
            System.getProperty("java.class.path"),
            WithoutFonts.class.getName(),
            run.toString());
    java.environment().put("FONTCONFIG_FILE", fonts.toString());
    java.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = java.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    Document page = parse(run.resolve(HtmlReport.FILE));
    Assumptions.assumeTrue(
        page.getElementsByTagName("img").getLength() == 0, "this JDK brings fonts of its own");
    assertThat(text(page, "p"))
        .anyMatch(note -> note.startsWith("There are no drawings.") && note.contains("install"));
    assertThat(text(page, "h3")).containsExactly("Curve");
  }

  /** Writes a report in a process of its own. */
  static final class WithoutFonts {
    private WithoutFonts() {}

    public static void main(String[] arguments) throws IOException {
      HtmlReport.write(
          ReportData.builder("no fonts").figure(curve()).build(), Path.of(arguments[0]));
    }
  }

  private static Figure curve() {
    return new Figure.Lines(
        "curve",
        "Curve",
        HOSTILE,
        "x",
        "y",
        false,
        List.of(Figure.Series.line(HOSTILE, new double[] {1, 2})));
  }

  private static ReportData data() {
    Map<String, String> configuration = new LinkedHashMap<>();
    configuration.put("key " + HOSTILE, "value " + HOSTILE);
    return ReportData.builder(HOSTILE)
        .summary(HOSTILE)
        .note(HOSTILE)
        .fact(HOSTILE, HOSTILE)
        .table(
            Table.of(HOSTILE, "column " + HOSTILE, "other")
                .own("row " + HOSTILE, 0.9512, Double.NaN)
                .textRow("texts", "text " + HOSTILE, ""))
        .figure(curve())
        .configuration(configuration)
        .provenance(Map.of("data", "from " + HOSTILE))
        .build();
  }

  private static Document parse(Path page) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(page.toFile());
  }

  private static List<String> text(Document page, String tag) {
    NodeList nodes = page.getElementsByTagName(tag);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
