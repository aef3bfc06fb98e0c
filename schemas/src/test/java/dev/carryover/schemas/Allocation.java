package dev.carryover.schemas;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts what the current thread allocates: exact, and the same on every run. */
final class Allocation {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes the current thread has allocated so far. */
  static long bytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
