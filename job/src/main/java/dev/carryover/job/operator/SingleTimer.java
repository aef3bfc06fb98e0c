package dev.carryover.job.operator;

import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.function.ThrowingRunnable;

/** A timer by the clock of the machine that is set at most once at a time: timers are not cheap. */
final class SingleTimer {
  private final ProcessingTimeService service;
  private final ThrowingRunnable<Exception> action;
  private boolean set;

  SingleTimer(ProcessingTimeService service, ThrowingRunnable<Exception> action) {
    this.service = service;
    this.action = action;
  }

  /** Runs the action on the task thread after some milliseconds, unless it will sooner. */
  void set(long delayMs) {
    if (!set) {
      set = true;
      service.registerTimer(service.getCurrentProcessingTime() + delayMs, this::fire);
    }
  }

  private void fire(long timeMs) throws Exception {
    set = false;
    action.run();
  }
}
