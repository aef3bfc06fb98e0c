package dev.carryover.training.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All that a report says. Texts are plain; {@link HtmlReport} escapes them.
 *
 * <pre>{@code
 * ReportData data =
 *     RunReport.of(plan, result)
 *         .table(Table.of("Labelled stream", "F1").own("this model", 0.96).row("bigram", 0.85))
 *         .gradients(List.of(GradientProfile.of(model, data, 100)))
 *         .trace(StateTrace.ofTokens(model, tokens))
 *         .build();
 * HtmlReport.write(data, folder);
 * }</pre>
 *
 * <p>Immutable.
 */
public final class ReportData {
  private final String title;
  private final String summary;
  private final Map<String, String> facts;
  private final List<String> notes;
  private final List<Table> tables;
  private final List<Table> details;
  private final List<Figure> figures;
  private final Map<String, String> configuration;
  private final Map<String, String> provenance;

  private ReportData(Builder builder) {
    title = builder.title;
    summary = builder.summary;
    facts = new LinkedHashMap<>(builder.facts);
    notes = List.copyOf(builder.notes);
    tables = List.copyOf(builder.tables);
    details = List.copyOf(builder.details);
    figures = List.copyOf(builder.figures.values());
    configuration = new LinkedHashMap<>(builder.configuration);
    provenance = new LinkedHashMap<>(builder.provenance);
  }

  /** A builder of a report with nothing but its title. */
  public static Builder builder(String title) {
    return new Builder(title);
  }

  String title() {
    return title;
  }

  String summary() {
    return summary;
  }

  Map<String, String> facts() {
    return facts;
  }

  List<String> notes() {
    return notes;
  }

  List<Table> tables() {
    return tables;
  }

  List<Table> details() {
    return details;
  }

  List<Figure> figures() {
    return figures;
  }

  Map<String, String> configuration() {
    return configuration;
  }

  Map<String, String> provenance() {
    return provenance;
  }

  /** Builds {@link ReportData}. Not thread-safe. */
  public static final class Builder {
    private final String title;
    private String summary = "";
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final List<Table> details = new ArrayList<>();
    private final Map<String, Figure> figures = new LinkedHashMap<>();
    private final Map<String, String> configuration = new LinkedHashMap<>();
    private final Map<String, String> provenance = new LinkedHashMap<>();

    private Builder(String title) {
      this.title = Objects.requireNonNull(title, "title");
    }

    /** What was trained, in one line below the title. */
    public Builder summary(String summary) {
      this.summary = Objects.requireNonNull(summary, "summary");
      return this;
    }

    /** A number that stands out at the top. */
    public Builder fact(String name, String value) {
      facts.put(name, value);
      return this;
    }

    /** Something the reader should know, in one sentence. */
    public Builder note(String note) {
      notes.add(Objects.requireNonNull(note, "note"));
      return this;
    }

    /** Numbers beside baselines, above the drawings. */
    public Builder table(Table table) {
      tables.add(Objects.requireNonNull(table, "table"));
      return this;
    }

    /** Numbers to look up, below the drawings. */
    public Builder details(Table table) {
      details.add(Objects.requireNonNull(table, "table"));
      return this;
    }

    /**
     * A drawing, below those that are there.
     *
     * @throws IllegalArgumentException when there is one of this id
     */
    public Builder figure(Figure figure) {
      if (figures.putIfAbsent(figure.id(), figure) != null) {
        throw new IllegalArgumentException(
            "there are two figures '%s', and each names a file; give one another id"
                .formatted(figure.id()));
      }
      return this;
    }

    /** How gradients fare on their way back through time, one curve per cell. */
    public Builder gradients(List<GradientProfile> profiles) {
      return figure(GradientProfile.figure(profiles));
    }

    /** The hidden states of a sample sequence, a heat map per layer. */
    public Builder trace(StateTrace trace) {
      trace.planes().stream()
          .filter(plane -> plane.name().equals("h"))
          .forEach(plane -> figure(trace.hiddenState(plane.layer())));
      return this;
    }

    /** What was asked for, value by value. */
    public Builder configuration(Map<String, String> values) {
      configuration.putAll(values);
      return this;
    }

    /** Where it comes from: data digest, seed, versions. */
    public Builder provenance(Map<String, String> values) {
      provenance.putAll(values);
      return this;
    }

    /** The report's content. */
    public ReportData build() {
      return new ReportData(this);
    }
  }
}
