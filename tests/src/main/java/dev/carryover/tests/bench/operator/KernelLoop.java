package dev.carryover.tests.bench.operator;

import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * The kernels alone: rows added, stepped with head and scoring, and read back, in batches of
 * {@value #BATCH}, over states that stay in the first-level caches.
 */
final class KernelLoop {
  private static final int BATCH = 32;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final RecurrentModel model;
  private final Session session;
  private final float[][] states = new float[BATCH][];
  private final int[] tokens = new int[BATCH];
  private double surprisal;

  KernelLoop(ModelFile file) {
    model = RecurrentModel.load(file);
    session = model.newSession(BATCH);
    for (int row = 0; row < BATCH; row++) {
      states[row] = model.newState();
      tokens[row] = 2 + row % (file.config().vocabulary().size() - 2);
    }
  }

  /** Which kernels run, and why. */
  String kernels() {
    return model.kernelReason();
  }

  /** Steps at least so many rows. */
  TaskClock.Reading run(long rows) {
    long batches = (rows + BATCH - 1) / BATCH;
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    for (long batch = 0; batch < batches; batch++) {
      step();
    }
    double stepped = batches * BATCH;
    double wallNanos = (System.nanoTime() - wall) / stepped;
    double cpuNanos = (THREADS.getCurrentThreadCpuTime() - cpu) / stepped;
    if (!(surprisal > 0)) {
      throw new IllegalStateException(
          "the kernels gave a surprisal of " + surprisal + " in all: it must be above zero");
    }
    return new TaskClock.Reading(wallNanos, cpuNanos);
  }

  private void step() {
    session.clear();
    for (int row = 0; row < BATCH; row++) {
      session.addToken(states[row], tokens[row]);
    }
    session.run();
    for (int row = 0; row < BATCH; row++) {
      surprisal += session.surprisal(row);
      session.readState(row, states[row]);
    }
  }
}
