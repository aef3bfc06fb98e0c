package dev.carryover.training.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The vertical axis of curves: where a value stands, and what is written there.
 *
 * @param logarithmic whether places are logarithms
 * @param unit what one place stands for, if they are not
 */
record ValueAxis(boolean logarithmic, double unit) {
  /*
   * XChart draws linear axes only. Its own logarithmic one wants every value above zero and labels
   * every decade, which the 30 decades of a vanishing gradient do not bear; here the logarithms are
   * drawn. And it looks for ticks until no two labels are the same, without end where the digits of
   * the labels do not suffice. So linear values are drawn in units of their power of ten, no axis is
   * shorter than its labels can tell apart, and what double cannot hold with room to spare is a gap.
   */
  private static final double LARGEST = 1e300;
  private static final int LINEAR_DIGITS = 6;
  private static final int LOGARITHMIC_DIGITS = 3;

  static ValueAxis of(Figure.Lines figure) {
    double largest =
        figure.series().stream()
            .flatMapToDouble(series -> Arrays.stream(series.y()))
            .map(Math::abs)
            .filter(value -> value <= LARGEST)
            .max()
            .orElse(0);
    double unit = largest < 1 / LARGEST ? 1 : Math.pow(10, Math.floor(Math.log10(largest)));
    return new ValueAxis(figure.logarithmic(), unit);
  }

  /** Where values stand; NaN for a gap. */
  double[] places(double[] values) {
    return Arrays.stream(values).map(this::place).toArray();
  }

  private double place(double value) {
    if (!(Math.abs(value) <= LARGEST) || (logarithmic && value <= 0)) {
      return Double.NaN;
    }
    return logarithmic ? Math.log10(value) : value / unit;
  }

  /** What is written at a place: 1.5, 20,000, 0.0005, 3.2e-07. */
  String label(double place) {
    if (!logarithmic) {
      double value = place * unit;
      double magnitude = Math.abs(value);
      return magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e7)
          ? plain(value, LINEAR_DIGITS)
          : plain(place, LINEAR_DIGITS) + exponent(Math.rint(Math.log10(unit)));
    }
    if (place >= -4 && place < 7) {
      return plain(Math.pow(10, place), LOGARITHMIC_DIGITS);
    }
    double exponent = Math.floor(place + 1e-9);
    return plain(Math.pow(10, place - exponent), LOGARITHMIC_DIGITS) + exponent(exponent);
  }

  private static String exponent(double exponent) {
    return String.format(Locale.ROOT, "e%+03.0f", exponent);
  }

  private static String plain(double value, int digits) {
    DecimalFormat format =
        new DecimalFormat("#,##0.##########", DecimalFormatSymbols.getInstance(Locale.ROOT));
    return format.format(new BigDecimal(value).round(new MathContext(digits)));
  }

  /** Both ends of the axis on which places stand. */
  double[] ends(List<double[]> places) {
    return ends(places, 0.06, logarithmic ? 1 : 0.01);
  }

  /**
   * Both ends of an axis.
   *
   * @param room beyond what stands on it, as a share of its length
   * @param shortest how far the ends are from each other at least
   */
  static double[] ends(List<double[]> places, double room, double shortest) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double[] some : places) {
      for (double place : some) {
        low = Double.isFinite(place) ? Math.min(low, place) : low;
        high = Double.isFinite(place) ? Math.max(high, place) : high;
      }
    }
    if (low > high) {
      return new double[] {0, 1};
    }
    double beyond = Math.max((high - low) * room, (shortest - (high - low)) / 2);
    return new double[] {low - beyond, high + beyond};
  }
}
