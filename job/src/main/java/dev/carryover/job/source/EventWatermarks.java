package dev.carryover.job.source;

import dev.carryover.job.events.StreamEvent;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.BoundedOutOfOrdernessWatermarks;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarksWithIdleness;
import org.apache.flink.util.clock.RelativeClock;

/**
 * Bounded out-of-orderness with idleness, blind to rejected events: their time is no time, and a
 * partition that holds nothing but them is idle.
 */
final class EventWatermarks implements WatermarkGenerator<StreamEvent> {
  private final WatermarkGenerator<StreamEvent> accepted;

  /**
   * Generates watermarks.
   *
   * @param idleTimeout after which silence a partition is idle; zero for never
   * @param clock measures the silence, and stands still under backpressure
   */
  EventWatermarks(Duration maxOutOfOrderness, Duration idleTimeout, RelativeClock clock) {
    WatermarkGenerator<StreamEvent> bounded =
        new BoundedOutOfOrdernessWatermarks<>(maxOutOfOrderness);
    this.accepted =
        idleTimeout.isZero() ? bounded : new WatermarksWithIdleness<>(bounded, idleTimeout, clock);
  }

  @Override
  public void onEvent(StreamEvent event, long timestampMs, WatermarkOutput output) {
    if (!event.isRejected()) {
      accepted.onEvent(event, timestampMs, output);
    }
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    accepted.onPeriodicEmit(output);
  }
}
