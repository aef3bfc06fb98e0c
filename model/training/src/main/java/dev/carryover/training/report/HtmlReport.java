package dev.carryover.training.report;

import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import dev.carryover.training.export.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a report: one HTML file that holds all it shows, and the drawings once more as PNG files
 * beside it. The page names nothing outside itself, runs no script, follows the reader's light or
 * dark setting, and prints.
 *
 * <p>Where the machine has no fonts, the page says so and comes without drawings.
 */
public final class HtmlReport {
  /** The name of the page. */
  public static final String FILE = "report.html";

  private static final String ENDING = ".html";
  private static final String TEMPLATE = "report.html.mustache";

  private HtmlReport() {}

  /**
   * Writes {@value #FILE} and a PNG per figure, each whole or not at all.
   *
   * @param folder made when absent
   * @return the page
   * @throws IOException when a file cannot be written
   */
  public static Path write(ReportData data, Path folder) throws IOException {
    return write(data, folder.resolve(FILE), "");
  }

  /**
   * Writes a page of any name. A PNG per figure stands beside it, whose name begins with that of
   * the page.
   *
   * @param page ends in {@code .html}; its folder is made when absent
   * @return the page
   * @throws IOException when a file cannot be written
   * @throws IllegalArgumentException when it has another ending
   */
  public static Path writePage(ReportData data, Path page) throws IOException {
    return write(data, page, checkPage(page) + "-");
  }

  /**
   * Says before the work what {@link #writePage} would refuse after it.
   *
   * @return the name without its ending
   * @throws IllegalArgumentException when the name has another ending than {@code .html}
   */
  public static String checkPage(Path page) {
    String name = page.getFileName() == null ? "" : page.getFileName().toString();
    if (!name.endsWith(ENDING) || name.equals(ENDING)) {
      throw new IllegalArgumentException(
          "the report is '%s', and a page ends in %s; name it so".formatted(page, ENDING));
    }
    return name.substring(0, name.length() - ENDING.length());
  }

  private static Path write(ReportData data, Path page, String prefix) throws IOException {
    Path folder = page.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    List<Map<String, Object>> figures = new ArrayList<>();
    for (Figure figure : data.figures()) {
      figures.add(draw(figure, folder.resolve(prefix + figure.id() + ".png")));
    }
    byte[] bytes = page(data, figures).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(page, out -> out.write(bytes));
    return page;
  }

  private static Map<String, Object> draw(Figure figure, Path png) throws IOException {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("title", text(figure.title()));
    view.put("caption", text(figure.caption()));
    view.put("drawn", false);
    if (Drawing.obstacle().isEmpty()) {
      byte[] light = Drawing.png(figure, Palette.LIGHT);
      AtomicFile.write(png, out -> out.write(light));
      view.put("drawn", true);
      view.put("light", Base64.getEncoder().encodeToString(light));
      view.put("dark", Base64.getEncoder().encodeToString(Drawing.png(figure, Palette.DARK)));
    }
    return view;
  }

  private static String page(ReportData data, List<Map<String, Object>> figures)
      throws IOException {
    List<String> notes = new ArrayList<>(data.notes());
    if (!figures.isEmpty() && !Drawing.obstacle().isEmpty()) {
      notes.add("There are no drawings. " + Drawing.obstacle());
    }
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("title", text(data.title()));
    view.put("summary", text(data.summary()));
    view.put("notes", notes.stream().map(HtmlReport::text).toList());
    view.put("facts", pairs(data.facts()));
    view.put("hasFacts", !data.facts().isEmpty());
    view.put("tables", data.tables().stream().map(HtmlReport::table).toList());
    view.put("figures", figures);
    view.put("hasFigures", !figures.isEmpty());
    view.put("details", data.details().stream().map(HtmlReport::table).toList());
    view.put("configuration", pairs(data.configuration()));
    view.put("hasConfiguration", !data.configuration().isEmpty());
    view.put("provenance", pairs(data.provenance()));
    view.put("hasProvenance", !data.provenance().isEmpty());
    StringWriter page = new StringWriter();
    template().execute(page, view);
    return page.toString();
  }

  private static Mustache template() throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
      return new DefaultMustacheFactory()
          .compile(new InputStreamReader(in, StandardCharsets.UTF_8), TEMPLATE);
    }
  }

  private static Map<String, Object> table(Table table) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Table.Row row : table.rows()) {
      rows.add(
          Map.of(
              "name",
              text(row.name()),
              "cells",
              row.cells().stream().map(HtmlReport::text).toList(),
              "own",
              row.own()));
    }
    return Map.of(
        "title",
        text(table.title()),
        "columns",
        table.columns().stream().map(HtmlReport::text).toList(),
        "rows",
        rows);
  }

  private static List<Map<String, String>> pairs(Map<String, String> values) {
    List<Map<String, String>> pairs = new ArrayList<>();
    values.forEach((name, value) -> pairs.add(Map.of("name", text(name), "value", text(value))));
    return pairs;
  }

  /** What XML can hold; the template escapes the rest. */
  private static String text(String text) {
    return BlockText.printable(text);
  }
}
