package dev.carryover.tests.bench.section;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a section found. All of it is stored as JSON, from which the report is drawn.
 *
 * @param method paragraphs: what was measured, how, and what was compared before
 * @param tables figures to read
 * @param charts figures to see
 * @param targets figures to reach
 * @param bounds what bounds the figures, a sentence or more each
 * @param facts names and values of what the figures depend on, such as kernels and versions
 * @param raw every sample, by names of the section's choice: strings, numbers, lists and maps
 */
public record SectionResult(
    List<String> method,
    List<ResultTable> tables,
    List<Chart> charts,
    List<Target> targets,
    List<String> bounds,
    Map<String, String> facts,
    Map<String, Object> raw) {
  /** Begins a result. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what was found. */
  public static final class Builder {
    private final List<String> method = new ArrayList<>();
    private final List<ResultTable> tables = new ArrayList<>();
    private final List<Chart> charts = new ArrayList<>();
    private final List<Target> targets = new ArrayList<>();
    private final List<String> bounds = new ArrayList<>();
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Map<String, Object> raw = new LinkedHashMap<>();

    private Builder() {}

    /** Adds a paragraph that says what was measured and how. */
    public Builder method(String paragraph) {
      method.add(paragraph);
      return this;
    }

    /** Adds a table. */
    public Builder table(ResultTable table) {
      tables.add(table);
      return this;
    }

    /** Adds a chart. */
    public Builder chart(Chart chart) {
      charts.add(chart);
      return this;
    }

    /** Adds a target. */
    public Builder target(Target target) {
      targets.add(target);
      return this;
    }

    /** Adds a line that says what bounds figures. */
    public Builder bound(String line) {
      bounds.add(line);
      return this;
    }

    /** Adds what the figures depend on. */
    public Builder fact(String name, String value) {
      facts.put(name, value);
      return this;
    }

    /** Adds samples. */
    public Builder raw(String name, Object value) {
      raw.put(name, value);
      return this;
    }

    /** The result. */
    public SectionResult build() {
      return new SectionResult(
          List.copyOf(method),
          List.copyOf(tables),
          List.copyOf(charts),
          List.copyOf(targets),
          List.copyOf(bounds),
          new LinkedHashMap<>(facts),
          new LinkedHashMap<>(raw));
    }
  }
}
