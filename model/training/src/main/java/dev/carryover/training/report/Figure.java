package dev.carryover.training.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** A drawing: what it shows, in numbers. */
public sealed interface Figure permits Figure.Lines, Figure.HeatMap {
  /** The stem of the file's name: lower-case letters, digits and hyphens. */
  String id();

  /** The heading. */
  String title();

  /** One or two sentences that say how to read it. */
  String caption();

  /** Checks an id. */
  private static void checkId(String id) {
    if (!Pattern.matches("[a-z0-9]+(-[a-z0-9]+)*", id)) {
      throw new IllegalArgumentException(
          "figure id '" + id + "' names a file; use lower-case letters, digits and hyphens");
    }
  }

  /**
   * Curves over one axis.
   *
   * @param xTitle what the horizontal axis is
   * @param yTitle what the vertical axis is
   * @param logarithmic whether the vertical axis is logarithmic; values that are not above 0 have
   *     no place on it and leave gaps
   * @param series the curves; one without a value that can be drawn stands in the legend alone
   */
  record Lines(
      String id,
      String title,
      String caption,
      String xTitle,
      String yTitle,
      boolean logarithmic,
      List<Series> series)
      implements Figure {
    /** Checks the id and that there is a curve, every one under a name of its own. */
    public Lines {
      checkId(id);
      series = List.copyOf(series);
      if (series.isEmpty()
          || series.stream().map(Series::name).distinct().count() < series.size()) {
        throw new IllegalArgumentException(
            "figure %s has the curves %s; give it at least one, each with a name of its own"
                .formatted(id, series.stream().map(Series::name).toList()));
      }
    }
  }

  /**
   * One curve. Values that are not finite are gaps.
   *
   * @param name what the legend says
   * @param x rising
   * @param y as many
   * @param marked whether every point has a dot
   */
  record Series(String name, double[] x, double[] y, boolean marked) {
    /** Checks the lengths. */
    public Series {
      Objects.requireNonNull(name, "name");
      if (x.length != y.length) {
        throw new IllegalArgumentException(
            "curve '%s' has %d places and %d values; give one value a place"
                .formatted(name, x.length, y.length));
      }
    }

    /** A curve without dots. */
    public static Series line(String name, double[] x, double[] y) {
      return new Series(name, x, y, false);
    }

    /** A curve over 0, 1, 2, ... */
    public static Series line(String name, double[] y) {
      double[] x = new double[y.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = i;
      }
      return line(name, x, y);
    }

    /**
     * This curve with at most {@code points} points, each the mean of as many neighbours; means
     * leave values that are not finite out.
     */
    public Series thinned(int points) {
      int width = (x.length + points - 1) / points;
      if (width <= 1) {
        return this;
      }
      int count = (x.length + width - 1) / width;
      double[] thinX = new double[count];
      double[] thinY = new double[count];
      for (int i = 0; i < count; i++) {
        int from = i * width;
        int to = Math.min(x.length, from + width);
        thinX[i] = mean(x, from, to);
        thinY[i] = mean(y, from, to);
      }
      return new Series(name, thinX, thinY, marked);
    }

    private static double mean(double[] values, int from, int to) {
      double sum = 0;
      int finite = 0;
      for (int i = from; i < to; i++) {
        if (Double.isFinite(values[i])) {
          sum += values[i];
          finite++;
        }
      }
      return finite == 0 ? Double.NaN : sum / finite;
    }
  }

  /** Between which values the colours of a heat map lie. */
  enum Scale {
    /** From minus to plus the largest magnitude; 0 has the colour of the ground. */
    SIGNED,
    /** From 0 to 1. */
    SHARE
  }

  /**
   * A matrix in colours: a column for every step, a row for every unit.
   *
   * @param columns what stands under each column, {@code [T]}
   * @param rows what stands beside each row, the lowest first, {@code [H]}; empty where rows have
   *     numbers and no names
   * @param scale what the colours mean
   * @param values {@code [T][H]}; values that are not finite are drawn as 0
   */
  record HeatMap(
      String id,
      String title,
      String caption,
      String xTitle,
      String yTitle,
      List<String> columns,
      List<String> rows,
      Scale scale,
      float[][] values)
      implements Figure {
    /** A map whose rows have no names. */
    public HeatMap(
        String id,
        String title,
        String caption,
        String xTitle,
        String yTitle,
        List<String> columns,
        Scale scale,
        float[][] values) {
      this(id, title, caption, xTitle, yTitle, columns, List.of(), scale, values);
    }

    /** Checks the id and the sizes. */
    public HeatMap {
      checkId(id);
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
      if (columns.isEmpty() || columns.size() != values.length) {
        throw new IllegalArgumentException(
            "figure %s has %d columns of values and %d labels; give one label a column, at least 1"
                .formatted(id, values.length, columns.size()));
      }
      List<Integer> heights = new ArrayList<>();
      for (float[] column : values) {
        heights.add(column.length);
      }
      if (heights.get(0) == 0 || heights.stream().distinct().count() > 1) {
        throw new IllegalArgumentException(
            "figure %s has columns of %s values; give all of them as many, at least 1"
                .formatted(id, heights.stream().distinct().toList()));
      }
      if (!rows.isEmpty() && rows.size() != heights.get(0)) {
        throw new IllegalArgumentException(
            "figure %s has %d rows of values and %d labels; give one label a row, or none"
                .formatted(id, heights.get(0), rows.size()));
      }
    }

    /** The largest magnitude of a finite value; at least a tiny one. */
    double limit() {
      double limit = 1e-6;
      for (float[] column : values) {
        for (float value : column) {
          limit = Float.isFinite(value) ? Math.max(limit, Math.abs(value)) : limit;
        }
      }
      return limit;
    }
  }
}
