package dev.carryover.runtime;

import dev.carryover.model.file.SelfTest;
import java.util.Arrays;
import java.util.List;

/**
 * Feeds a file's recorded inputs from the zero state and compares the head's output after each step
 * with what the trainer saw, to {@value #TOLERANCE} of the largest output that was recorded.
 *
 * <p>The largest of all steps and not of the one compared: the single output of a regression or of
 * a binary classifier crosses zero, where an error relative to itself says nothing.
 */
final class SelfTestReplay {
  static final float TOLERANCE = 1e-4f;

  private SelfTestReplay() {}

  static void replay(RecurrentModel model, List<SelfTest> tests) {
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    float[] output = new float[model.head().outputSize()];
    float bound = TOLERANCE * largestOutput(tests);
    for (int test = 0; test < tests.size(); test++) {
      Arrays.fill(state, 0f);
      for (int step = 0; step < tests.get(test).steps(); step++) {
        feed(session, tests.get(test), step, state);
        session.readOutput(0, output);
        compare(model, test, step, tests.get(test).logits(step), output, bound);
      }
    }
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
      RecurrentModel model, int test, int step, float[] recorded, float[] output, float bound) {
    for (int j = 0; j < output.length; j++) {
      if (!(Math.abs(output[j] - recorded[j]) <= bound)) {
        throw new SelfTestFailedException(
            "model '"
                + model.config().modelId()
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
