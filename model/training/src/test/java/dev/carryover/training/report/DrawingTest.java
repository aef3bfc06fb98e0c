package dev.carryover.training.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DrawingTest {
  private static final double NAN = Double.NaN;

  @ParameterizedTest
  @EnumSource(Palette.class)
  void imagesDecodeInTheirSizeAndOnTheirGround(Palette palette) throws Exception {
    BufferedImage image = image(lines(false, 1, 2, 3), palette);
    assertThat(image.getWidth()).isEqualTo(2 * Drawing.WIDTH);
    assertThat(image.getHeight()).isEqualTo(2 * Drawing.LINES_HEIGHT);
    assertThat(new Color(image.getRGB(0, 0))).isEqualTo(palette.ground());
    assertThat(shows(image, palette.series(0))).isTrue();
  }

  @Test
  void aVanishingGradientIsDrawnAsFarAsItIsAboveZero() throws Exception {
    double[] falling = new double[101];
    for (int i = 0; i < falling.length; i++) {
      falling[i] = i < 80 ? Math.pow(0.01, i) : 0;
    }
    falling[3] = NAN;
    falling[4] = Double.POSITIVE_INFINITY;
    BufferedImage image = image(lines(true, falling), Palette.LIGHT);
    int[] columns = drawnColumns(image, Palette.LIGHT.series(0));
    assertThat(columns[0]).as("first drawn column").isLessThan(image.getWidth() / 4);
    assertThat(columns[1])
        .as("last drawn column, at 79 of 100 steps")
        .isBetween(image.getWidth() * 70 / 100, image.getWidth() * 85 / 100);
  }

  private static int[] drawnColumns(BufferedImage image, Color colour) {
    int first = Integer.MAX_VALUE;
    int last = -1;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        if (image.getRGB(x, y) == colour.getRGB()) {
          first = Math.min(first, x);
          last = x;
        }
      }
    }
    return new int[] {first, last};
  }

  @Test
  void curvesWithoutAnythingToDrawStandInTheLegend() throws Exception {
    for (Figure figure :
        List.of(
            lines(true, 0, 0, NAN),
            lines(false, NAN, NAN),
            lines(false),
            lines(true, -1),
            lines(false, 5, 5, 5),
            lines(false, 0),
            lines(false, 1e-300, 2e-300),
            lines(false, 1e-9, 1.0000001e-9),
            lines(false, 3e-7, 1e9),
            lines(false, -2, Double.MAX_VALUE / 4),
            lines(true, 1e-300, 1e300),
            lines(true, 1, 1.0000001))) {
      assertThat(shows(Drawing.draw(figure, Palette.DARK), Palette.DARK.series(0)))
          .as("%s", Arrays.toString(((Figure.Lines) figure).series().get(0).y()))
          .isTrue();
    }
  }

  @Test
  void heatMapsGrowWithTheirColumnsUpToALimit() throws Exception {
    assertThat(image(map(3, 8), Palette.LIGHT).getWidth()).isEqualTo(2 * Drawing.WIDTH);
    int middle = image(map(60, 8), Palette.LIGHT).getWidth();
    assertThat(middle).isBetween(2 * Drawing.WIDTH + 1, 2 * Drawing.WIDEST - 1);
    assertThat(image(map(500, 1), Palette.DARK).getWidth()).isEqualTo(2 * Drawing.WIDEST);
  }

  @Test
  void rowsWithNamesHaveRoomForThem() throws Exception {
    List<String> many = Collections.nCopies(40, "e");
    Figure.HeatMap named =
        new Figure.HeatMap(
            "map", "Map", "", "x", "y", many, many, Figure.Scale.SHARE, new float[40][40]);
    int room =
        image(named, Palette.LIGHT).getHeight() - image(map(40, 40), Palette.LIGHT).getHeight();
    assertThat(room).isEqualTo(2 * (40 * 18 - 200));
    assertThatThrownBy(
            () ->
                new Figure.HeatMap(
                    "map",
                    "",
                    "",
                    "",
                    "",
                    List.of("a"),
                    List.of("b", "c"),
                    Figure.Scale.SHARE,
                    new float[1][3]))
        .hasMessage("figure map has 3 rows of values and 2 labels; give one label a row, or none");
  }

  @Test
  void heatMapsShowBothEndsOfTheirScale() throws Exception {
    Figure.HeatMap map =
        new Figure.HeatMap(
            "map",
            "Map",
            "",
            "token",
            "unit",
            List.of("same", "same", "a \n token of more than a few characters"),
            Figure.Scale.SIGNED,
            new float[][] {{-0.5f, 0.5f}, {Float.NaN, 0}, {0.5f, Float.NEGATIVE_INFINITY}});
    Color[] range = Palette.LIGHT.range(Figure.Scale.SIGNED);
    BufferedImage image = image(map, Palette.LIGHT);
    assertThat(shows(image, range[0])).isTrue();
    assertThat(shows(image, range[range.length - 1])).isTrue();
  }

  @Test
  void figuresThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new Figure.Lines("../up", "", "", "", "", false, List.of()))
        .hasMessageContaining("figure id '../up' names a file");
    assertThatThrownBy(() -> new Figure.Lines("id", "", "", "", "", false, List.of()))
        .hasMessageContaining("give it at least one");
    assertThatThrownBy(() -> Figure.Series.line("s", new double[1], new double[2]))
        .hasMessage("curve 's' has 1 places and 2 values; give one value a place");
    assertThatThrownBy(
            () ->
                new Figure.HeatMap(
                    "id",
                    "",
                    "",
                    "",
                    "",
                    List.of("a", "b"),
                    Figure.Scale.SHARE,
                    new float[][] {{1}, {1, 2}}))
        .hasMessageContaining("columns of [1, 2] values");
  }

  @Test
  void thinningTakesMeansOfWhatIsFinite() {
    Figure.Series series =
        Figure.Series.line("s", new double[] {1, 2, 3, 4, 5}, new double[] {1, 3, NAN, 5, 7});
    assertThat(series.thinned(5)).isSameAs(series);
    Figure.Series thin = series.thinned(3);
    assertThat(thin.x()).containsExactly(1.5, 3.5, 5);
    assertThat(thin.y()).containsExactly(2, 5, 7);
  }

  private static Figure.Lines lines(boolean logarithmic, double... y) {
    return new Figure.Lines(
        "lines", "Lines", "", "x", "y", logarithmic, List.of(Figure.Series.line("curve", y)));
  }

  private static Figure.HeatMap map(int steps, int units) {
    return new Figure.HeatMap(
        "map",
        "Map",
        "",
        "token",
        "unit",
        Collections.nCopies(steps, "t"),
        Figure.Scale.SHARE,
        new float[steps][units]);
  }

  private static BufferedImage image(Figure figure, Palette palette) throws Exception {
    return ImageIO.read(new ByteArrayInputStream(Drawing.png(figure, palette)));
  }

  private static boolean shows(BufferedImage image, Color colour) {
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return Arrays.stream(pixels).anyMatch(pixel -> pixel == colour.getRGB());
  }
}
