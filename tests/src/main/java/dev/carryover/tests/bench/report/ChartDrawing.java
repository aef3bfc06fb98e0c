package dev.carryover.tests.bench.report;

import dev.carryover.tests.bench.section.Chart;
import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws charts into PNG bytes, two pixels to a point, without a display. */
final class ChartDrawing {
  /*
   * XChart's own logarithmic axes label every decade and want values above zero. Here the places are
   * logarithms to the base 2, and labels say what they stand for: sizes that double are whole places.
   */
  private static final int PIXELS_PER_POINT = 2;
  private static final int WIDTH = 760;
  private static final int HEIGHT = 360;
  private static final double MARGIN = 0.04;

  static {
    // AWT decides once, when it is first touched; a report never opens a window.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private ChartDrawing() {}

  /** False on a machine without fonts, where a JDK cannot draw text. */
  static boolean possible() {
    return Fonts.FOUND;
  }

  private static final class Fonts {
    static final boolean FOUND = find();

    private static boolean find() {
      try {
        Graphics2D graphics = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.setFont(font(12, Font.PLAIN));
        graphics.drawString("x", 0, 8);
        graphics.dispose();
        return true;
      } catch (LinkageError | RuntimeException | InternalError e) {
        return false;
      }
    }
  }

  static byte[] png(Chart chart, ChartColors colors) throws IOException {
    org.knowm.xchart.internal.chartpart.Chart<?, ?> drawing =
        chart.kind() == Chart.Kind.LINES ? lines(chart, colors) : bars(chart, colors);
    BufferedImage image =
        new BufferedImage(
            WIDTH * PIXELS_PER_POINT, HEIGHT * PIXELS_PER_POINT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
    drawing.paint(graphics, WIDTH, HEIGHT);
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static XYChart lines(Chart chart, ChartColors colors) {
    XYChart drawing = new XYChart(WIDTH, HEIGHT, Styler.ChartTheme.XChart);
    drawing.setTitle(chart.title());
    drawing.setXAxisTitle(chart.xTitle());
    drawing.setYAxisTitle(chart.yTitle());
    AxesChartStyler style = drawing.getStyler();
    style(style, colors);
    List<Double> allX = new ArrayList<>();
    List<Double> allY = new ArrayList<>();
    for (int i = 0; i < chart.series().size(); i++) {
      Chart.Series series = chart.series().get(i);
      List<Double> x = places(series.x(), chart.logarithmicX());
      List<Double> y = places(series.y(), chart.logarithmicY());
      allX.addAll(x);
      allY.addAll(y);
      XYSeries drawn = drawing.addSeries(series.name(), x, y);
      drawn.setMarker(SeriesMarkers.CIRCLE);
      drawn.setMarkerColor(colors.series(i));
      drawn.setLineColor(colors.series(i));
      drawn.setLineStyle(new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }
    drawing.getStyler().setMarkerSize(6);
    double[] x = ends(allX, chart.logarithmicX());
    style.setXAxisMin(x[0]);
    style.setXAxisMax(x[1]);
    double[] y = ends(allY, chart.logarithmicY());
    style.setYAxisMin(y[0]);
    style.setYAxisMax(y[1]);
    style.setxAxisTickLabelsFormattingFunction(labels(chart.logarithmicX()));
    style.setyAxisTickLabelsFormattingFunction(labels(chart.logarithmicY()));
    // No more than one label for every doubling.
    style.setXAxisTickMarkSpacingHint(spacing(chart.logarithmicX(), x, WIDTH, 60));
    style.setYAxisTickMarkSpacingHint(spacing(chart.logarithmicY(), y, HEIGHT, 30));
    return drawing;
  }

  private static int spacing(boolean logarithmic, double[] ends, int points, int least) {
    // Of the plot that is 0.9 doublings across and 1.2 up; XChart rounds 0.75 to 1.5 to one.
    double doubling = 0.8 * points / (ends[1] - ends[0]);
    return logarithmic ? (int) Math.min(points, Math.max(least, doubling)) : least;
  }

  private static List<Double> places(List<Double> values, boolean logarithmic) {
    return values.stream().map(value -> place(value, logarithmic)).toList();
  }

  private static double place(double value, boolean logarithmic) {
    if (!Double.isFinite(value) || (logarithmic && value <= 0)) {
      return Double.NaN;
    }
    return logarithmic ? Math.log(value) / Math.log(2) : value;
  }

  private static Function<Double, String> labels(boolean logarithmic) {
    return place -> label(logarithmic ? Math.pow(2, place) : place);
  }

  /** Three digits, more for what is larger: 0.25, 16, 65,536. */
  private static String label(double value) {
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(Math.abs(value) < 1000 ? 4 : 8));
    return String.format(Locale.ROOT, "%,f", rounded).replaceAll("\\.?0+$", "");
  }

  /** Both ends of an axis; that of numbers begins at 0. */
  private static double[] ends(List<Double> places, boolean logarithmic) {
    double low = logarithmic ? Double.POSITIVE_INFINITY : 0;
    double high = Double.NEGATIVE_INFINITY;
    for (double place : places) {
      low = Double.isNaN(place) ? low : Math.min(low, place);
      high = Double.isNaN(place) ? high : Math.max(high, place);
    }
    if (!(low < high)) {
      double only = Double.isFinite(high) ? high : 0;
      return new double[] {only - 1, only + 1};
    }
    double margin = (high - low) * MARGIN;
    return new double[] {low == 0 && !logarithmic ? 0 : low - margin, high + margin};
  }

  private static CategoryChart bars(Chart chart, ChartColors colors) {
    CategoryChart drawing = new CategoryChart(WIDTH, HEIGHT, Styler.ChartTheme.XChart);
    drawing.setTitle(chart.title());
    drawing.setXAxisTitle(chart.xTitle());
    drawing.setYAxisTitle(chart.yTitle());
    style(drawing.getStyler(), colors);
    drawing.getStyler().setAvailableSpaceFill(0.8);
    for (int i = 0; i < chart.series().size(); i++) {
      Chart.Series series = chart.series().get(i);
      // An absent bar is one without height: XChart takes no gaps here.
      List<Double> heights =
          series.y().stream().map(value -> Double.isFinite(value) ? value : 0).toList();
      CategorySeries drawn = drawing.addSeries(series.name(), chart.labels(), heights);
      drawn.setFillColor(colors.series(i));
    }
    return drawing;
  }

  private static Font font(int points, int style) {
    return new Font(Font.SANS_SERIF, style, points);
  }

  private static void style(AxesChartStyler style, ChartColors colors) {
    style.setBaseFont(font(12, Font.PLAIN));
    style.setChartTitleFont(font(14, Font.BOLD));
    style.setChartTitleBoxVisible(false);
    style.setAxisTitleFont(font(12, Font.PLAIN));
    style.setAxisTickLabelsFont(font(11, Font.PLAIN));
    style.setLegendFont(font(12, Font.PLAIN));
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setChartBackgroundColor(colors.ground());
    style.setPlotBackgroundColor(colors.ground());
    style.setLegendBackgroundColor(colors.ground());
    style.setLegendBorderColor(colors.ground());
    style.setChartFontColor(colors.text());
    style.setAxisTickLabelsColor(colors.text());
    style.setXAxisTitleColor(colors.text());
    style.setYAxisTitleColor(colors.text());
    style.setAxisTickMarksColor(colors.grid());
    style.setPlotGridLinesColor(colors.grid());
    style.setPlotGridLinesStroke(new BasicStroke(0.7f));
    style.setPlotBorderColor(colors.grid());
    style.setPlotContentSize(1);
    style.setPlotMargin(0);
    style.setChartPadding(20);
    style.setToolTipsEnabled(false);
    style.setLocale(Locale.ROOT);
  }
}
