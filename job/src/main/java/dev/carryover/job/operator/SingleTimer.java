package dev.carryover.job.operator;

import java.util.function.BooleanSupplier;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * A timer by the clock of the machine that is set at most once at a time, since timers are not
 * cheap, and only while there is something for it to do.
 */
final class SingleTimer {
  private final ProcessingTimeService service;
  private final long delayMs;
  private final BooleanSupplier needed;
  private final ThrowingRunnable<Exception> action;
  private boolean set;

  /** A timer that runs an action on the task thread some milliseconds after it is set. */
  SingleTimer(
      ProcessingTimeService service,
      long delayMs,
      BooleanSupplier needed,
      ThrowingRunnable<Exception> action) {
    this.service = service;
    this.delayMs = delayMs;
    this.needed = needed;
    this.action = action;
  }

  /** Sets the timer where it is needed and is not set; again after it has fired, by itself. */
  void set() {
    if (!set && needed.getAsBoolean()) {
      set = true;
      service.registerTimer(service.getCurrentProcessingTime() + delayMs, this::fire);
    }
  }

  private void fire(long timeMs) throws Exception {
    set = false;
    action.run();
    set();
  }
}
