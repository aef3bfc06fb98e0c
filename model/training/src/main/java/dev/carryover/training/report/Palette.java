package dev.carryover.training.report;

import java.awt.Color;

/**
 * Colours that can be told apart on light and on dark ground, also by most who are colour-blind.
 */
enum Palette {
  /** For paper and light screens. */
  LIGHT(
      0xFFFFFF,
      0x24292F,
      0xD8DEE4,
      new int[] {0x0969DA, 0xCF5B00, 0x1A7F37, 0x8250DF, 0xBF3989, 0x57606A},
      new int[] {0x08306B, 0x2171B5, 0x6BAED6, 0xF7F7F7, 0xFC8D59, 0xD7301F, 0x7F0000},
      new int[] {0xF7FBFF, 0xC6DBEF, 0x6BAED6, 0x2171B5, 0x08306B}),
  /** For dark screens. */
  DARK(
      0x15191F,
      0xD5DBE2,
      0x343B44,
      new int[] {0x6CB6FF, 0xF69D50, 0x6BC46D, 0xDCBDFB, 0xFC8DC7, 0xADBAC7},
      new int[] {0xC6E2FF, 0x6CB6FF, 0x2B6CB0, 0x1D232B, 0xC2571A, 0xF69D50, 0xFFE0C2},
      new int[] {0x1D232B, 0x1F4B77, 0x2F7FC1, 0x6CB6FF, 0xE3F2FF});

  private final Color ground;
  private final Color text;
  private final Color grid;
  private final Color[] series;
  private final Color[] signed;
  private final Color[] share;

  Palette(int ground, int text, int grid, int[] series, int[] signed, int[] share) {
    this.ground = new Color(ground);
    this.text = new Color(text);
    this.grid = new Color(grid);
    this.series = colors(series);
    this.signed = colors(signed);
    this.share = colors(share);
  }

  private static Color[] colors(int[] values) {
    Color[] colors = new Color[values.length];
    for (int i = 0; i < values.length; i++) {
      colors[i] = new Color(values[i]);
    }
    return colors;
  }

  Color ground() {
    return ground;
  }

  Color text() {
    return text;
  }

  Color grid() {
    return grid;
  }

  Color series(int index) {
    return series[index % series.length];
  }

  /** From the lowest value to the highest. */
  Color[] range(Figure.Scale scale) {
    return scale == Figure.Scale.SIGNED ? signed.clone() : share.clone();
  }
}
