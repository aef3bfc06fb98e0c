package dev.carryover.tests.bench.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A drawing in numbers: curves over a number, or bars over labels. A value that is not finite, and
 * on a logarithmic axis one that is not above zero, is a gap.
 *
 * @param kind curves or bars
 * @param title what it shows
 * @param xTitle what the horizontal axis is, with its unit
 * @param yTitle what the vertical axis is, with its unit
 * @param logarithmicX whether the horizontal axis of curves is logarithmic; it is labelled at the
 *     places of the first curve then
 * @param logarithmicY whether the vertical axis of curves is logarithmic
 * @param labels what stands below the bars; empty for curves
 * @param series the curves, or the bars of each label
 */
public record Chart(
    Kind kind,
    String title,
    String xTitle,
    String yTitle,
    boolean logarithmicX,
    boolean logarithmicY,
    List<String> labels,
    List<Series> series) {
  /** How values are drawn. */
  public enum Kind {
    /** Curves with a dot at every value. */
    LINES,
    /** For every label a bar of each series, side by side. */
    BARS
  }

  /**
   * Values of one colour.
   *
   * @param name what the legend says
   * @param x places of a curve, rising; empty for bars
   * @param y values
   */
  public record Series(String name, List<Double> x, List<Double> y) {}

  /** Checks that there is something to draw, and that places and values are as many. */
  public Chart {
    labels = List.copyOf(labels);
    series = List.copyOf(series);
    if (series.isEmpty() || series.stream().map(Series::name).distinct().count() < series.size()) {
      throw new IllegalArgumentException(
          "chart '%s' has the series %s; give it at least one, each with a name of its own"
              .formatted(title, series.stream().map(Series::name).toList()));
    }
    for (Series one : series) {
      int places = kind == Kind.BARS ? labels.size() : one.x().size();
      if (places != one.y().size() || places == 0) {
        throw new IllegalArgumentException(
            "chart '%s' has %d places for the %d values of '%s'; give one value a place"
                .formatted(title, places, one.y().size(), one.name()));
      }
    }
  }

  /** Curves over a number. */
  public static Builder lines(String title, String xTitle, String yTitle) {
    return new Builder(Kind.LINES, title, xTitle, yTitle, List.of());
  }

  /** Bars over labels. */
  public static Builder bars(String title, String xTitle, String yTitle, List<String> labels) {
    return new Builder(Kind.BARS, title, xTitle, yTitle, labels);
  }

  /** Collects series. */
  public static final class Builder {
    private final Kind kind;
    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final List<String> labels;
    private final List<Series> series = new ArrayList<>();
    private boolean logarithmicX;
    private boolean logarithmicY;

    private Builder(Kind kind, String title, String xTitle, String yTitle, List<String> labels) {
      this.kind = kind;
      this.title = title;
      this.xTitle = xTitle;
      this.yTitle = yTitle;
      this.labels = labels;
    }

    /** Makes the horizontal axis of curves logarithmic. */
    public Builder logarithmicX() {
      logarithmicX = true;
      return this;
    }

    /** Makes the vertical axis of curves logarithmic. */
    public Builder logarithmicY() {
      logarithmicY = true;
      return this;
    }

    /** Adds a curve. */
    public Builder curve(String name, double[] x, double[] y) {
      series.add(new Series(name, boxed(x), boxed(y)));
      return this;
    }

    /** Adds a bar for each label. */
    public Builder bars(String name, double... y) {
      series.add(new Series(name, List.of(), boxed(y)));
      return this;
    }

    private static List<Double> boxed(double[] values) {
      return Collections.unmodifiableList(new ArrayList<>(Arrays.stream(values).boxed().toList()));
    }

    /**
     * The chart.
     *
     * @throws IllegalArgumentException if there is nothing to draw, or values lack places
     */
    public Chart build() {
      return new Chart(kind, title, xTitle, yTitle, logarithmicX, logarithmicY, labels, series);
    }
  }
}
