package dev.carryover.training.report;

import dev.carryover.training.export.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws figures into pixels, two to a point, without a display.
 *
 * <p>Sizes in points: lines {@value #WIDTH} x {@value #LINES_HEIGHT}; heat maps as wide as their
 * columns need, up to {@value #WIDEST}.
 */
final class Drawing {
  static final int PIXELS_PER_POINT = 2;
  static final int WIDTH = 760;
  static final int LINES_HEIGHT = 340;
  static final int WIDEST = 1200;

  private static final int LEAST_MAP_HEIGHT = 200;
  private static final int MOST_MAP_HEIGHT = 520;
  private static final int LABEL_POINTS = 14;
  private static final int NAMED_ROW_POINTS = 18;
  private static final int LONGEST_LABEL = 16;

  static {
    // AWT decides once, when it is first touched; a report never opens a window.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private Drawing() {}

  /**
   * Why nothing can be drawn here, in one sentence; empty when all is well. A JDK draws text with
   * the fonts of the machine, and a bare machine may have none.
   */
  static String obstacle() {
    return Obstacle.FOUND;
  }

  private static final class Obstacle {
    static final String FOUND = find();

    private static String find() {
      try {
        Graphics2D graphics = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.setFont(font(12, Font.PLAIN));
        graphics.drawString("x", 0, 8);
        graphics.dispose();
        return "";
      } catch (LinkageError | RuntimeException | InternalError e) {
        return "This machine has no fonts that Java can draw with (%s); install fontconfig and one TrueType font, such as DejaVu."
            .formatted(e);
      }
    }
  }

  /** A figure as PNG bytes. */
  static byte[] png(Figure figure, Palette palette) throws IOException {
    return png(draw(figure, palette));
  }

  /** Writes figures, one below the other on light ground, into a file. */
  static void writePng(List<? extends Figure> figures, Path path) throws IOException {
    if (!obstacle().isEmpty()) {
      throw new IOException("nothing was drawn into " + path + ": " + obstacle());
    }
    List<BufferedImage> images = new ArrayList<>();
    for (Figure figure : figures) {
      images.add(draw(figure, Palette.LIGHT));
    }
    int width = images.stream().mapToInt(BufferedImage::getWidth).max().orElseThrow();
    int height = images.stream().mapToInt(BufferedImage::getHeight).sum();
    BufferedImage all = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = all.createGraphics();
    graphics.setColor(Palette.LIGHT.ground());
    graphics.fillRect(0, 0, width, height);
    int y = 0;
    for (BufferedImage image : images) {
      graphics.drawImage(image, 0, y, null);
      y += image.getHeight();
    }
    graphics.dispose();
    byte[] bytes = png(all);
    AtomicFile.write(path, out -> out.write(bytes));
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  static BufferedImage draw(Figure figure, Palette palette) {
    Chart<?, ?> chart =
        figure instanceof Figure.Lines lines
            ? lines(lines, palette)
            : heatMap((Figure.HeatMap) figure, palette);
    BufferedImage image =
        new BufferedImage(
            chart.getWidth() * PIXELS_PER_POINT,
            chart.getHeight() * PIXELS_PER_POINT,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
    chart.paint(graphics, chart.getWidth(), chart.getHeight());
    graphics.dispose();
    return image;
  }

  private static Font font(int points, int style) {
    return new Font(Font.SANS_SERIF, style, points);
  }

  private static void style(AxesChartStyler style, Palette palette) {
    style.setBaseFont(font(12, Font.PLAIN));
    style.setChartTitleFont(font(14, Font.BOLD));
    style.setChartTitleBoxVisible(false);
    style.setAxisTitleFont(font(12, Font.PLAIN));
    style.setAxisTickLabelsFont(font(11, Font.PLAIN));
    style.setLegendFont(font(12, Font.PLAIN));
    style.setChartBackgroundColor(palette.ground());
    style.setPlotBackgroundColor(palette.ground());
    style.setLegendBackgroundColor(palette.ground());
    style.setLegendBorderColor(palette.ground());
    style.setChartFontColor(palette.text());
    style.setAxisTickLabelsColor(palette.text());
    style.setXAxisTitleColor(palette.text());
    style.setYAxisTitleColor(palette.text());
    style.setAxisTickMarksColor(palette.grid());
    style.setPlotGridLinesColor(palette.grid());
    style.setPlotGridLinesStroke(new BasicStroke(0.7f));
    style.setPlotBorderColor(palette.grid());
    style.setPlotBorderVisible(true);
    style.setPlotContentSize(1);
    style.setPlotMargin(0);
    style.setChartPadding(24);
    style.setToolTipsEnabled(false);
    style.setLocale(Locale.ROOT);
  }

  private static XYChart lines(Figure.Lines figure, Palette palette) {
    XYChart chart = new XYChart(WIDTH, LINES_HEIGHT, Styler.ChartTheme.XChart);
    chart.setTitle(figure.title());
    chart.setXAxisTitle(figure.xTitle());
    chart.setYAxisTitle(figure.yTitle());
    style(chart.getStyler(), palette);
    chart.getStyler().setLegendVisible(figure.series().size() > 1);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setXAxisTickMarkSpacingHint(80);
    chart.getStyler().setYAxisTickMarkSpacingHint(40);
    chart.getStyler().setXAxisDecimalPattern("#,##0.###");
    ValueAxis axis = ValueAxis.of(figure);
    chart.getStyler().setyAxisTickLabelsFormattingFunction(axis::label);
    List<double[]> drawn = new ArrayList<>();
    for (int i = 0; i < figure.series().size(); i++) {
      Figure.Series series = figure.series().get(i);
      double[] y = axis.places(series.y());
      drawn.add(y);
      addSeries(chart, series, y, palette, i);
    }
    // Set for x too: where all places are as far from each other, XChart would otherwise label as
    // many of them as it can squeeze in.
    double[] x = ValueAxis.ends(figure.series().stream().map(Figure.Series::x).toList(), 0.015, 1);
    chart.getStyler().setXAxisMin(x[0]);
    chart.getStyler().setXAxisMax(x[1]);
    double[] y = axis.ends(drawn);
    chart.getStyler().setYAxisMin(y[0]);
    chart.getStyler().setYAxisMax(y[1]);
    return chart;
  }

  private static void addSeries(
      XYChart chart, Figure.Series series, double[] y, Palette palette, int index) {
    boolean empty = Arrays.stream(y).allMatch(Double::isNaN);
    double[] x = empty ? new double[] {0} : series.x();
    double[] values = empty ? new double[] {Double.NaN} : y;
    String name = BlockText.printable(series.name());
    XYSeries drawn = chart.addSeries(empty ? name + " (nothing to draw)" : name, x, values);
    boolean alone = IntStream.range(0, y.length).filter(i -> !Double.isNaN(y[i])).count() == 1;
    if (empty) {
      chart.getStyler().setLegendVisible(true);
    }
    drawn.setMarker(series.marked() || alone ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    drawn.setMarkerColor(palette.series(index));
    drawn.setLineColor(palette.series(index));
    drawn.setLineStyle(new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    chart.getStyler().setMarkerSize(6);
  }

  private static HeatMapChart heatMap(Figure.HeatMap figure, Palette palette) {
    int steps = figure.columns().size();
    int units = figure.values()[0].length;
    int width = Math.min(WIDEST, Math.max(WIDTH, 170 + steps * LABEL_POINTS));
    int labels = figure.columns().stream().mapToInt(c -> label(c).length()).max().orElse(0);
    boolean named = !figure.rows().isEmpty();
    int map =
        named
            ? Math.max(LEAST_MAP_HEIGHT, units * NAMED_ROW_POINTS)
            : Math.min(MOST_MAP_HEIGHT, Math.max(LEAST_MAP_HEIGHT, units * 4));
    HeatMapChart chart = new HeatMapChart(width, map + 90 + 6 * labels, Styler.ChartTheme.XChart);
    chart.setTitle(figure.title());
    chart.setXAxisTitle(figure.xTitle());
    chart.setYAxisTitle(
        named ? figure.yTitle() : "%ss 0 to %d, upwards".formatted(figure.yTitle(), units - 1));
    style(chart.getStyler(), palette);
    boolean signed = figure.scale() == Figure.Scale.SIGNED;
    double limit = signed ? roundUp(figure.limit()) : 1;
    chart.getStyler().setMin(signed ? -limit : 0);
    chart.getStyler().setMax(limit);
    chart.getStyler().setRangeColors(palette.range(figure.scale()));
    chart.getStyler().setPlotGridLinesVisible(false);
    chart.getStyler().setYAxisTicksVisible(named);
    chart.getStyler().setXAxisLabelRotation(90);
    chart.getStyler().setXAxisMaxLabelCount(Math.max(2, (width - 170) / LABEL_POINTS));
    chart.addSeries(
        figure.title(),
        figure.columns().stream().map(Drawing::label).toList(),
        named
            ? figure.rows().stream().map(Drawing::label).toList()
            : IntStream.range(0, units).mapToObj(Integer::toString).toList(),
        cells(figure, limit));
    return chart;
  }

  private static String label(String column) {
    return BlockText.label(column, LONGEST_LABEL);
  }

  /** Two digits, so that the scale reads well. */
  private static double roundUp(double limit) {
    return new BigDecimal(limit).round(new MathContext(2, RoundingMode.UP)).doubleValue();
  }

  private static List<Number[]> cells(Figure.HeatMap figure, double limit) {
    List<Number[]> cells = new ArrayList<>();
    for (int step = 0; step < figure.values().length; step++) {
      for (int unit = 0; unit < figure.values()[step].length; unit++) {
        float value = figure.values()[step][unit];
        double drawn = Float.isFinite(value) ? Math.min(limit, Math.max(-limit, value)) : 0;
        cells.add(new Number[] {step, unit, drawn});
      }
    }
    return cells;
  }
}
