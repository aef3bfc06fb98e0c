package dev.carryover.tests.bench.operator;

import com.sun.management.ThreadMXBean;
import dev.carryover.model.file.ModelFile;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.Session;
import java.lang.management.ManagementFactory;

/**
 * The kernels alone: rows added, stepped with head and scoring, and read back, a batch at a time,
 * over states that stay in the caches next to the core.
 */
final class KernelLoop {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final RecurrentModel model;
  private final Session session;
  private final float[][] states;
  private final int[] tokens;
  private double surprisal;

  KernelLoop(ModelFile file, RuntimeOptions options, int batch) {
    model = RecurrentModel.load(file, options);
    session = model.newSession(batch);
    states = new float[batch][];
    tokens = new int[batch];
    for (int row = 0; row < batch; row++) {
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
    long batches = (rows + tokens.length - 1) / tokens.length;
    long bytes = allocated();
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    for (long batch = 0; batch < batches; batch++) {
      step();
    }
    double stepped = batches * tokens.length;
    double wallNanos = (System.nanoTime() - wall) / stepped;
    double cpuNanos = (THREADS.getCurrentThreadCpuTime() - cpu) / stepped;
    double allocated = (allocated() - bytes) / stepped;
    if (!(surprisal > 0)) {
      throw new IllegalStateException(
          "the kernels gave a surprisal of " + surprisal + " in all: it must be above zero");
    }
    return new TaskClock.Reading(wallNanos, cpuNanos, allocated);
  }

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private void step() {
    session.clear();
    for (int row = 0; row < tokens.length; row++) {
      session.addToken(states[row], tokens[row]);
    }
    session.run();
    for (int row = 0; row < tokens.length; row++) {
      surprisal += session.surprisal(row);
      session.readState(row, states[row]);
    }
  }
}
