package dev.carryover.runtime;

import dev.carryover.model.file.SelfTest;
import java.util.List;
import java.util.function.Function;

/**
 * Feeds a file's recorded inputs from the zero state and compares the head's output after each step
 * with what the trainer saw, to {@value #TOLERANCE} of the largest output that was recorded.
 *
 * <p>The largest of all steps and not of the one compared: the single output of a regression or of
 * a binary classifier crosses zero, where an error relative to itself says nothing.
 */
public final class SelfTestReplay {
  static final float TOLERANCE = 1e-4f;

  private SelfTestReplay() {}

  /** Steps the model through the recorded inputs. */
  static void replay(RecurrentModel model, List<SelfTest> tests) {
    Session session = model.newSession(1);
    replay(model.config().modelId(), tests, test -> step(model, session, test));
  }

  /**
   * Compares what a model gives, {@code [T, O]}, with what was recorded.
   *
   * @throws SelfTestFailedException if an output is off by more than the tolerance
   */
  public static void replay(
      String modelId, List<SelfTest> tests, Function<SelfTest, float[][]> model) {
    float bound = TOLERANCE * largestOutput(tests);
    for (int test = 0; test < tests.size(); test++) {
      float[][] outputs = model.apply(tests.get(test));
      for (int step = 0; step < outputs.length; step++) {
        compare(modelId, test, step, tests.get(test).logits(step), outputs[step], bound);
      }
    }
  }

  private static float[][] step(RecurrentModel model, Session session, SelfTest test) {
    float[] state = new float[model.stateLayout().floats()];
    float[][] outputs = new float[test.steps()][model.head().outputSize()];
    for (int step = 0; step < outputs.length; step++) {
      feed(session, test, step, state);
      session.readOutput(0, outputs[step]);
    }
    return outputs;
  }

  private static float largestOutput(List<SelfTest> tests) {
    float largest = 1e-6f;
    for (SelfTest test : tests) {
      for (int step = 0; step < test.steps(); step++) {
        for (float value : test.logits(step)) {
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    return largest;
  }

  private static void feed(Session session, SelfTest test, int step, float[] state) {
    session.clear();
    if (test.tokenInput()) {
      session.addToken(state, test.token(step));
    } else {
      session.addNormalizedFeatures(state, test.features(step));
    }
    session.run();
    session.readState(0, state);
  }

  private static void compare(
      String modelId, int test, int step, float[] recorded, float[] output, float bound) {
    for (int j = 0; j < output.length; j++) {
      if (!(Math.abs(output[j] - recorded[j]) <= bound)) {
        throw new SelfTestFailedException(
            "model '"
                + modelId
                + "' gives "
                + output[j]
                + " where its trainer recorded "
                + recorded[j]
                + ": self-test "
                + test
                + ", step "
                + step
                + ", output "
                + j
                + "; export it again, the weights and the self-test are not of one model");
      }
    }
  }
}
