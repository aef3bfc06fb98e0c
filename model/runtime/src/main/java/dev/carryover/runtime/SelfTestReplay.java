package dev.carryover.runtime;

import dev.carryover.model.file.SelfTest;
import java.util.Arrays;
import java.util.List;

/**
 * Feeds a file's recorded inputs from the zero state and compares the head's output after each step
 * with what the trainer saw, to {@value #TOLERANCE} of the largest value of that output.
 */
final class SelfTestReplay {
  static final float TOLERANCE = 1e-4f;

  private SelfTestReplay() {}

  static void replay(RecurrentModel model, List<SelfTest> tests) {
    Session session = model.newSession(1);
    float[] state = new float[model.stateLayout().floats()];
    float[] output = new float[model.head().outputSize()];
    for (int test = 0; test < tests.size(); test++) {
      Arrays.fill(state, 0f);
      for (int step = 0; step < tests.get(test).steps(); step++) {
        feed(session, tests.get(test), step, state);
        session.readOutput(0, output);
        compare(model, test, step, tests.get(test).logits(step), output);
      }
    }
  }

  private static void feed(Session session, SelfTest test, int step, float[] state) {
    session.clear();
    if (test.tokenInput()) {
      session.addToken(state, test.token(step));
    } else {
      session.addFeatures(state, test.features(step));
    }
    session.run();
    session.readState(0, state);
  }

  private static void compare(
      RecurrentModel model, int test, int step, float[] recorded, float[] output) {
    float largest = 1e-6f;
    for (float value : recorded) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int j = 0; j < output.length; j++) {
      if (!(Math.abs(output[j] - recorded[j]) <= TOLERANCE * largest)) {
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
