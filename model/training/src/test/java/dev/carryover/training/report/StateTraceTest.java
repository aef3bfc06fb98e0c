package dev.carryover.training.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.GruReset;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateTraceTest {
  private static final List<String> TOKENS = List.of("a", "c", "c", "b", "never seen", "<eos>");

  @ParameterizedTest
  @CsvSource({"RNN_TANH,AFTER", "RNN_RELU,AFTER", "LSTM,AFTER", "GRU,AFTER", "GRU,BEFORE"})
  void statesAndScoresAreThoseOfASession(Cell cell, GruReset reset) {
    ModelFile file = TestingRuns.nextToken(cell, reset);
    StateTrace trace = StateTrace.ofTokens(file, TOKENS);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[] state = model.newState();
    assertThat(trace.steps()).hasSize(TOKENS.size() + 1);
    assertThat(trace.steps().get(0)).isEqualTo(new StateTrace.Step("<bos>", Float.NaN, -1));
    assertStep(trace, 0, model.stateLayout(), state, cell);
    List<String> read = List.of("a", "c", "c", "b", "<unk>", "<eos>");
    for (int t = 0; t < read.size(); t++) {
      int row = session.addToken(state, file.config().vocabulary().id(read.get(t)));
      session.run();
      StateTrace.Step step = trace.steps().get(t + 1);
      assertThat(step)
          .as("seed=%d step=%d", TestingRuns.SEED, t)
          .isEqualTo(new StateTrace.Step(read.get(t), session.surprisal(row), session.rank(row)));
      session.readState(row, state);
      session.clear();
      assertStep(trace, t + 1, model.stateLayout(), state, cell);
    }
  }

  private static void assertStep(
      StateTrace trace, int t, StateLayout layout, float[] state, Cell cell) {
    for (int layer = 0; layer < layout.layers(); layer++) {
      assertThat(trace.plane(layer, "h").values()[t])
          .as("seed=%d step=%d layer=%d", TestingRuns.SEED, t, layer)
          .containsExactly(slice(state, layout.hOffset(layer), layout.hiddenSize()));
      if (cell == Cell.LSTM) {
        assertThat(trace.plane(layer, "c").values()[t])
            .containsExactly(slice(state, layout.cOffset(layer), layout.hiddenSize()));
      }
    }
  }

  private static float[] slice(float[] values, int from, int length) {
    return Arrays.copyOfRange(values, from, from + length);
  }

  @Test
  void gatesOfAGruGiveItsState() {
    StateTrace trace = StateTrace.ofTokens(TestingRuns.nextToken(Cell.GRU, GruReset.AFTER), TOKENS);
    for (int layer = 0; layer < 2; layer++) {
      float[][] h = trace.plane(layer, "h").values();
      float[][] z = trace.plane(layer, "z").values();
      float[][] n = trace.plane(layer, "n").values();
      for (int t = 0; t < h.length; t++) {
        for (int unit = 0; unit < h[t].length; unit++) {
          float before = t == 0 ? 0 : h[t - 1][unit];
          assertThat((1 - z[t][unit]) * n[t][unit] + z[t][unit] * before)
              .as("seed=%d layer=%d step=%d unit=%d", TestingRuns.SEED, layer, t, unit)
              .isCloseTo(h[t][unit], within(1e-5f));
        }
      }
    }
  }

  @Test
  void gatesOfAChoGruGiveItsState() {
    StateTrace trace =
        StateTrace.ofTokens(TestingRuns.nextToken(Cell.GRU, GruReset.BEFORE), TOKENS);
    float[][] h = trace.plane(1, "h").values();
    float[][] z = trace.plane(1, "z").values();
    float[][] n = trace.plane(1, "n").values();
    for (int t = 1; t < h.length; t++) {
      for (int unit = 0; unit < h[t].length; unit++) {
        assertThat((1 - z[t][unit]) * n[t][unit] + z[t][unit] * h[t - 1][unit])
            .as("seed=%d step=%d unit=%d", TestingRuns.SEED, t, unit)
            .isCloseTo(h[t][unit], within(1e-5f));
      }
    }
  }

  @Test
  void gatesOfAnLstmGiveItsStates() {
    StateTrace trace =
        StateTrace.ofTokens(TestingRuns.nextToken(Cell.LSTM, GruReset.AFTER), TOKENS);
    for (int layer = 0; layer < 2; layer++) {
      float[][] h = trace.plane(layer, "h").values();
      float[][] c = trace.plane(layer, "c").values();
      float[][] i = trace.plane(layer, "i").values();
      float[][] f = trace.plane(layer, "f").values();
      float[][] g = trace.plane(layer, "g").values();
      float[][] o = trace.plane(layer, "o").values();
      for (int t = 0; t < h.length; t++) {
        for (int unit = 0; unit < h[t].length; unit++) {
          float before = t == 0 ? 0 : c[t - 1][unit];
          float next = f[t][unit] * before + i[t][unit] * g[t][unit];
          assertThat(next)
              .as("seed=%d layer=%d step=%d unit=%d", TestingRuns.SEED, layer, t, unit)
              .isCloseTo(c[t][unit], within(1e-5f));
          assertThat((float) (o[t][unit] * Math.tanh(next))).isCloseTo(h[t][unit], within(1e-5f));
        }
      }
    }
  }

  @Test
  void featuresAreNormalizedAsTheModelSays() {
    ModelFile file =
        TestingRuns.random(
            ModelConfig.builder()
                .modelId("testing")
                .task(Task.REGRESS)
                .cell(Cell.RNN_TANH)
                .features(
                    FeatureSchema.of(
                        List.of("x", "y"), new float[] {10, -3}, new float[] {2, 0.5f}))
                .hiddenSize(4)
                .outputSize(1)
                .build());
    float[][] features = {{11, -2}, {9, -4}};
    StateTrace trace = StateTrace.ofFeatures(file, features);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    float[] state = model.newState();
    for (int t = 0; t < features.length; t++) {
      int row = session.addFeatures(state, features[t]);
      session.run();
      session.readState(row, state);
      session.clear();
      assertThat(trace.plane(0, "h").values()[t]).containsExactly(state);
    }
    assertThat(trace.steps()).extracting(StateTrace.Step::input).containsExactly("0", "1");
  }

  @Test
  void textHasALinePerStepAndABlockPerUnit() {
    StateTrace trace =
        StateTrace.ofTokens(TestingRuns.nextToken(Cell.GRU, GruReset.AFTER), List.of("a", "b"));
    String text = trace.toText(80);
    assertThat(text).contains("testing").contains("Hidden state h of layer 1: 7 units from -");
    assertThat(text.lines().filter(line -> line.matches(".*[▁▂▃▄▅▆▇█]{7}"))).hasSize(6);
    assertThat(trace.toTextWithGates(80)).contains("Update gate z of layer 0: 7 units from 0.00");
    assertThat(trace.toText(3)).contains("7 units, 3 to a character,");
  }

  @Test
  void pictureHoldsEveryPlane(@TempDir Path folder) throws Exception {
    StateTrace trace =
        StateTrace.ofTokens(TestingRuns.nextToken(Cell.LSTM, GruReset.AFTER), TOKENS);
    Path png = folder.resolve("trace.png");
    trace.writePng(png);
    BufferedImage image = ImageIO.read(png.toFile());
    assertThat(trace.heatMaps()).hasSize(12);
    assertThat(image.getWidth()).isEqualTo(Drawing.WIDTH * Drawing.PIXELS_PER_POINT);
    int one = Drawing.draw(trace.hiddenState(0), Palette.LIGHT).getHeight();
    assertThat(image.getHeight()).isEqualTo(12 * one);
  }

  @Test
  void whatCannotBeTracedIsRefused() {
    ModelFile file = TestingRuns.nextToken(Cell.GRU, GruReset.AFTER);
    assertThatThrownBy(() -> StateTrace.ofTokens(file, List.of()))
        .hasMessage("there are 0 steps to trace; give at least 1");
    assertThatThrownBy(() -> StateTrace.ofTokens(file, List.of("a")).plane(2, "f"))
        .hasMessage("there is no 'f' of layer 2; layers are 0 to 1, and each has h, r, z, n");
  }
}
