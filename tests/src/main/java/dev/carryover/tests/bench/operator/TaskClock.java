package dev.carryover.tests.bench.operator;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Takes the time of a pipeline's steady part, from the event {@code first} to the event {@code
 * last}: by the wall, and the CPU time of the thread of its source and of the thread of its sink;
 * and the bytes that the latter allocates. So neither the start of a job nor the filling of its
 * state counts.
 *
 * <p>The source's thread writes its fields, the sink's thread its own; they are read when the job
 * has ended.
 */
final class TaskClock {
  /** Time per event in nanoseconds, and bytes per event in the operator's thread. */
  record Reading(double wallNanos, double cpuNanos, double bytes) {}

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final long first;
  private final long last;
  private long sourceCpu;
  private long sinkCpu;
  private long sinkWall;
  private long sinkBytes;
  private long arrived;

  TaskClock(long first, long last) {
    this.first = first;
    this.last = last;
  }

  /** The source puts out event {@code i}. */
  void sent(long i) {
    if (i == first) {
      sourceCpu = -THREADS.getCurrentThreadCpuTime();
    } else if (i == last) {
      sourceCpu += THREADS.getCurrentThreadCpuTime();
    }
  }

  /** The sink takes one result; every event has one. */
  void arrived() {
    long i = arrived++;
    if (i == first) {
      sinkBytes = -allocated();
      sinkCpu = -THREADS.getCurrentThreadCpuTime();
      sinkWall = -System.nanoTime();
    } else if (i == last) {
      sinkCpu += THREADS.getCurrentThreadCpuTime();
      sinkWall += System.nanoTime();
      sinkBytes += allocated();
    }
  }

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  Reading read() {
    if (arrived != last + 1) {
      throw new IllegalStateException(
          "the pipeline gave %d results to %d events: each event must have one"
              .formatted(arrived, last + 1));
    }
    double events = last - first;
    return new Reading(sinkWall / events, (sourceCpu + sinkCpu) / events, sinkBytes / events);
  }
}
