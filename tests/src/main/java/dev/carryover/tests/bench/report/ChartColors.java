package dev.carryover.tests.bench.report;

import java.awt.Color;

/** Colours of a drawing, for light and for dark ground. */
enum ChartColors {
  /** For paper and light screens. */
  LIGHT(
      0xFFFFFF, 0x24292F, 0xD8DEE4, 0x0969DA, 0xCF5B00, 0x1A7F37, 0x8250DF, 0xBF3989, 0x57606A,
      0x9A6700),
  /** For dark screens. */
  DARK(
      0x15191F, 0xD5DBE2, 0x343B44, 0x6CB6FF, 0xF69D50, 0x6BC46D, 0xDCBDFB, 0xFC8DC7, 0xADBAC7,
      0xDAAA3F);

  private final Color ground;
  private final Color text;
  private final Color grid;
  private final int[] series;

  ChartColors(int ground, int text, int grid, int... series) {
    this.ground = new Color(ground);
    this.text = new Color(text);
    this.grid = new Color(grid);
    this.series = series;
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
    return new Color(series[index % series.length]);
  }
}
