package dev.carryover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.StateLayout;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.TestingModels.Equations;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every cell follows its published equations, as {@link TestingReference} has them in double. */
class CellEquationsTest {
  private static final long SEED = 20260303L;
  private static final int STEPS = 50;
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @EnumSource
  void tokensAreFollowedOverFiftySteps(Equations equations) {
    for (int hidden : new int[] {1, 3, 8, 31, 64, 100}) {
      check(equations.nextToken(11, 6, hidden).build());
    }
  }

  @ParameterizedTest
  @EnumSource
  void featuresAreNormalizedAndFollowedOverFiftySteps(Equations equations) {
    check(equations.features(5, 13).task(Task.REGRESS).outputSize(1).build());
    check(equations.features(33, 40).task(Task.CLASSIFY).outputSize(4).build());
  }

  @ParameterizedTest
  @EnumSource
  void aSecondLayerReadsTheFirstOne(Equations equations) {
    check(equations.nextToken(11, 6, 16).layers(2).build());
  }

  @ParameterizedTest
  @EnumSource
  void biasesMayBeAbsent(Equations equations) {
    check(equations.nextToken(11, 6, 16).layers(2).bias(false).build());
  }

  private static void check(ModelConfig config) {
    ModelFile file = TestingModels.random(config, SEED);
    TestingReference reference = new TestingReference(file);
    RecurrentModel model = RecurrentModel.load(file);
    Session session = model.newSession(1);
    StateLayout layout = config.stateLayout();
    float[] state = new float[layout.floats()];
    float[] logits = new float[config.outputSize()];
    Error[] errors = new Error[2 * layout.layers() + 1];
    Arrays.setAll(errors, vector -> new Error());
    Random random = new Random(SEED);
    for (int step = 0; step < STEPS; step++) {
      session.clear();
      if (config.tokenInput()) {
        int token = random.nextInt(config.vocabulary().size());
        reference.stepToken(token);
        session.addToken(state, token);
      } else {
        float[] features = TestingModels.rawFeatures(config, random);
        reference.stepFeatures(features);
        session.addFeatures(state, features);
      }
      session.run();
      session.readState(0, state);
      session.readOutput(0, logits);
      for (int layer = 0; layer < layout.layers(); layer++) {
        errors[2 * layer].add(reference.h[layer], state, layout.hOffset(layer));
        if (layout.vectors() == 2) {
          errors[2 * layer + 1].add(reference.c[layer], state, layout.cOffset(layer));
        }
      }
      errors[2 * layout.layers()].add(reference.logits(), logits, 0);
    }
    assertThat(errors)
        .as("seed=%d, %s: h and c of each layer, logits", SEED, config)
        .allMatch(error -> error.largest <= TOLERANCE * error.scale);
  }

  /** The largest error of a vector over all steps, beside the largest of its values. */
  private static final class Error {
    private double largest;
    private double scale;

    void add(double[] expected, float[] actual, int offset) {
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i] - actual[offset + i]));
        scale = Math.max(scale, Math.abs(expected[i]));
      }
    }

    @Override
    public String toString() {
      return largest + " of " + scale;
    }
  }
}
