package dev.carryover.runtime;

import dev.carryover.model.spec.ModelConfig;
import java.time.Duration;

/**
 * Steps a model on made-up input until the compiler has seen its kernels. Before that a vector
 * operation is an object, and the first events of a job would each take as long as thousands do
 * later.
 */
final class WarmUp {
  /* Each shape that the product has code for: blocks of four rows, of two, and the single row. */
  private static final int[] BATCHES = {32, 7, 1};

  /**
   * By then every loop has been compiled for long; it keeps small models from using up the time.
   */
  private static final int MOST_ROUNDS = 20_000;

  private WarmUp() {}

  static void run(RecurrentModel model, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    Session session = model.newSession(BATCHES[0]);
    float[] state = model.newState();
    float[] output = new float[model.config().outputSize()];
    for (int round = 0; round < MOST_ROUNDS && System.nanoTime() < end; round++) {
      session.clear();
      for (int row = 0; row < BATCHES[round % BATCHES.length]; row++) {
        add(model.config(), session, state, round + row);
      }
      session.run();
      session.readOutput(0, output);
      if (session.finite(0)) {
        session.readState(0, state);
      } else {
        model.initialState(state);
      }
    }
  }

  private static void add(ModelConfig config, Session session, float[] state, int count) {
    if (config.tokenInput()) {
      session.addToken(state, count % config.vocabulary().size());
    } else {
      session.addFeatures(state, config.features().mean());
    }
  }
}
