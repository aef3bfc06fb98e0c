package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.ManualClock;
import org.junit.jupiter.api.Test;

class EventWatermarksTest {
  private final ManualClock clock = new ManualClock();
  private final TestingOutput output = new TestingOutput();
  private final EventWatermarks watermarks =
      new EventWatermarks(Duration.ofMillis(100), Duration.ofSeconds(1), clock);

  @Test
  void watermarkStaysBehindTheLatestTime() {
    accept(5_000);
    accept(4_000);

    watermarks.onPeriodicEmit(output);

    assertThat(output.watermarkMs).isEqualTo(4_899);
  }

  @Test
  void rejectedEventDoesNotMoveTheWatermark() {
    accept(5_000);
    reject(9_000_000);

    watermarks.onPeriodicEmit(output);

    assertThat(output.watermarkMs).isEqualTo(4_899);
  }

  @Test
  void partitionOfRejectedEventsBecomesIdle() {
    for (int i = 0; i < 30; i++) {
      reject(5_000);
      clock.advanceTime(Duration.ofMillis(100));
      watermarks.onPeriodicEmit(output);
    }

    assertThat(output.idle).isTrue();
  }

  @Test
  void partitionWithGoodEventsStaysActive() {
    for (int i = 0; i < 30; i++) {
      accept(5_000 + i);
      clock.advanceTime(Duration.ofMillis(100));
      watermarks.onPeriodicEmit(output);
    }

    assertThat(output.idle).isFalse();
  }

  @Test
  void idleTimeoutOfZeroIsNever() {
    EventWatermarks never = new EventWatermarks(Duration.ZERO, Duration.ZERO, clock);
    clock.advanceTime(Duration.ofDays(1));
    never.onPeriodicEmit(output);
    clock.advanceTime(Duration.ofDays(1));
    never.onPeriodicEmit(output);

    assertThat(output.idle).isFalse();
  }

  private void accept(long timestampMs) {
    StreamEvent event = StreamEvent.builder().key("a").timestampMs(timestampMs).build();
    watermarks.onEvent(event, timestampMs, output);
  }

  private void reject(long recordTimestampMs) {
    StreamEvent event = StreamEvent.builder().rejection(RejectReason.UNDECODABLE, "broken").build();
    watermarks.onEvent(event, recordTimestampMs, output);
  }

  private static final class TestingOutput implements WatermarkOutput {
    private long watermarkMs = Long.MIN_VALUE;
    private boolean idle;

    @Override
    public void emitWatermark(Watermark watermark) {
      watermarkMs = watermark.getTimestamp();
      idle = false;
    }

    @Override
    public void markIdle() {
      idle = true;
    }

    @Override
    public void markActive() {
      idle = false;
    }
  }
}
