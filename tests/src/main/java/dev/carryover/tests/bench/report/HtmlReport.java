package dev.carryover.tests.bench.report;

import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import dev.carryover.tests.bench.section.Chart;
import dev.carryover.tests.bench.section.ResultTable;
import dev.carryover.tests.bench.section.SectionResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The report as one HTML page that holds all it shows: it names nothing outside itself, runs no
 * script, and follows the reader's light or dark setting.
 */
public final class HtmlReport {
  private static final String TEMPLATE = "bench.html.mustache";
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern STRESSED = Pattern.compile("(?<![\\w*])\\*(\\w[^*`]*)\\*(?![\\w*])");

  private HtmlReport() {}

  /** The whole page, with the sections in their order. */
  public static String of(List<SectionRun> runs) throws IOException {
    ResultTable targets = TargetTable.of(runs);
    List<Map<String, Object>> sections = new ArrayList<>();
    for (SectionRun run : runs) {
      sections.add(section(run));
    }
    Map<String, Object> view = new LinkedHashMap<>();
    view.put(
        "machines",
        runs.stream()
            .map(run -> run.machine().toString())
            .distinct()
            .map(HtmlReport::html)
            .toList());
    view.put("hasTargets", !targets.rows().isEmpty());
    view.put("targets", table(targets));
    view.put("sections", sections);
    StringWriter page = new StringWriter();
    template().execute(page, view);
    return page.toString();
  }

  private static Map<String, Object> section(SectionRun run) throws IOException {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", html(run.section()));
    view.put("title", html(run.title()));
    view.put("warnings", run.warning().map(HtmlReport::html).stream().toList());
    view.put("failures", run.failure() == null ? List.of() : List.of(html(run.failure())));
    view.put("circumstances", html(run.circumstances()));
    view.put("flags", html(String.join(" ", run.flags())));
    SectionResult result = run.result() == null ? SectionResult.builder().build() : run.result();
    view.put("method", result.method().stream().map(HtmlReport::html).toList());
    view.put("tables", result.tables().stream().map(HtmlReport::table).toList());
    view.put("bounds", result.bounds().stream().map(HtmlReport::html).toList());
    view.put("hasBounds", !result.bounds().isEmpty());
    List<Map<String, String>> facts = new ArrayList<>();
    result
        .facts()
        .forEach((name, value) -> facts.add(Map.of("name", html(name), "value", html(value))));
    view.put("facts", facts);
    List<Map<String, String>> charts = new ArrayList<>();
    for (Chart chart : ChartDrawing.possible() ? result.charts() : List.<Chart>of()) {
      charts.add(
          Map.of(
              "title",
              html(chart.title()),
              "light",
              base64(ChartDrawing.png(chart, ChartColors.LIGHT)),
              "dark",
              base64(ChartDrawing.png(chart, ChartColors.DARK))));
    }
    view.put("charts", charts);
    return view;
  }

  private static String base64(byte[] png) {
    return Base64.getEncoder().encodeToString(png);
  }

  private static Map<String, Object> table(ResultTable table) {
    List<Map<String, Object>> header = new ArrayList<>();
    for (ResultTable.Column column : table.columns()) {
      header.add(Map.of("text", html(column.name()), "numeric", column.numeric()));
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (List<String> row : table.rows()) {
      List<Map<String, Object>> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        cells.add(Map.of("text", html(row.get(i)), "numeric", table.columns().get(i).numeric()));
      }
      rows.add(Map.of("cells", cells, "missed", row.get(row.size() - 1).equals("not met")));
    }
    return Map.of("title", html(table.title()), "header", header, "rows", rows);
  }

  /** Text with what HTML means by itself taken away, and Markdown's code and emphasis. */
  private static String html(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.toCharArray()) {
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        default -> {
          // XML has no place for the others below a blank.
          if (c >= ' ' || c == '\n' || c == '\t') {
            escaped.append(c);
          }
        }
      }
    }
    String stressed = STRESSED.matcher(escaped).replaceAll("<em>$1</em>");
    return CODE.matcher(stressed).replaceAll("<code>$1</code>");
  }

  private static Mustache template() throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
      return new DefaultMustacheFactory()
          .compile(new InputStreamReader(in, StandardCharsets.UTF_8), TEMPLATE);
    }
  }
}
