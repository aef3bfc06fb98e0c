package dev.carryover.tests.bench.history;

import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import dev.carryover.tests.bench.pipeline.BenchModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * What a service does that keeps no state: for every event it begins anew and steps the last W
 * tokens, here for B keys at a time, with the project's own kernels and without a pipeline around.
 */
final class WindowLoop {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final RecurrentModel model;
  private final Session session;
  private final HistoryStream stream;
  private final int[][] tokens;
  private final float[][] states;
  private final float[] begin;
  private double sum;

  /** A loop over the tokens of the stream's old keys, of which each had at least {@code most}. */
  WindowLoop(BenchModel file, HistoryStream stream, int most) {
    this.model = RecurrentModel.load(file.model());
    this.session = model.newSession(stream.batch());
    this.stream = stream;
    this.begin = model.newState();
    this.tokens = new int[stream.batch()][most];
    this.states = new float[stream.batch()][];
    for (int key = 0; key < tokens.length; key++) {
      states[key] = model.newState();
      for (int step = 0; step < most; step++) {
        tokens[key][step] = file.model().config().vocabulary().id(stream.token(key, step));
      }
    }
  }

  /** Re-runs a window once for each key, and returns the CPU time per event in nanoseconds. */
  double run(int window) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    for (float[] state : states) {
      System.arraycopy(begin, 0, state, 0, begin.length);
    }
    for (int step = 0; step < window; step++) {
      session.clear();
      for (int key = 0; key < states.length; key++) {
        session.addToken(states[key], tokens[key][step]);
      }
      session.run();
      for (int key = 0; key < states.length; key++) {
        session.readState(key, states[key]);
      }
    }
    for (int key = 0; key < states.length; key++) {
      sum += session.surprisal(key);
    }
    return (THREADS.getCurrentThreadCpuTime() - cpu) / (double) states.length;
  }

  /**
   * Requires that the carried state has said what this loop says: at every step of the last old
   * key; and that a window from the beginning says the same as its last step.
   *
   * @throws IllegalStateException if not, with both values
   */
  void requireAgreement(BatchClock clock) {
    int key = stream.batch() - 1;
    Session single = model.newSession(1);
    float[] state = model.newState();
    for (int step = 0; step < stream.oldSteps(); step++) {
      single.clear();
      single.addToken(state, model.config().vocabulary().id(stream.token(key, step)));
      single.run();
      single.readState(0, state);
      require(step, clock, single.surprisal(0), single.rank(0));
      if (step == tokens[key].length - 1) {
        run(tokens[key].length);
        require(step, clock, session.surprisal(key), session.rank(key));
      }
    }
    if (!(sum > 0)) {
      throw new IllegalStateException(
          "the windows gave a surprisal of " + sum + " in all: it must be above zero");
    }
  }

  private static void require(int step, BatchClock clock, float surprisal, int rank) {
    if (Float.floatToRawIntBits(clock.surprisals()[step]) != Float.floatToRawIntBits(surprisal)
        || clock.ranks()[step] != rank) {
      throw new IllegalStateException(
          "the carried state gives surprisal %s and rank %d where a plain loop gives %s and %d, at step %d; nothing was timed"
              .formatted(clock.surprisals()[step], clock.ranks()[step], surprisal, rank, step + 1));
    }
  }
}
