package dev.carryover.job.operator;

import dev.carryover.job.events.RejectReason;
import dev.carryover.schemas.SequenceEnd;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What the operator reports to Flink's metrics, below the group {@code carryover}. Counters start
 * at zero with the task; {@code residentKeys} is exact, also after a restore.
 */
final class OperatorMetrics {
  private static final int WINDOW = 1000;

  private final Counter events;
  private final Counter steps;
  private final Counter duplicates;
  private final Counter alerts;
  private final Counter restarted;
  private final Histogram batchFill;
  private final Histogram stepTime;
  private final Map<SequenceEnd, Counter> ended = new EnumMap<>(SequenceEnd.class);
  private final Counter expired;
  private final Map<RejectReason, Counter> rejected = new EnumMap<>(RejectReason.class);
  private long residentKeys;
  private long latestEventMs = Long.MIN_VALUE;

  OperatorMetrics(MetricGroup operatorGroup) {
    MetricGroup group = operatorGroup.addGroup("carryover");
    events = group.counter("events");
    steps = group.counter("steps");
    duplicates = group.counter("duplicates");
    alerts = group.counter("alerts");
    restarted = group.counter("statesOfAnotherLayout");
    expired = group.counter("keysExpired");
    batchFill = group.histogram("batchFill", new DescriptiveStatisticsHistogram(WINDOW));
    stepTime = group.histogram("stepTimeNanos", new DescriptiveStatisticsHistogram(WINDOW));
    group.gauge("residentKeys", () -> residentKeys);
    group.gauge("eventTimeLagMs", this::eventTimeLagMs);
    for (SequenceEnd cause : SequenceEnd.values()) {
      if (cause != SequenceEnd.UNKNOWN) {
        ended.put(cause, group.addGroup("cause", cause.name()).counter("sequencesEnded"));
      }
    }
    for (RejectReason reason : RejectReason.values()) {
      rejected.put(reason, group.addGroup("reason", reason.name()).counter("deadLetters"));
    }
  }

  void event(long timestampMs) {
    events.inc();
    latestEventMs = Math.max(latestEventMs, timestampMs);
  }

  /** One run of the model over some rows. */
  void step(int rows, long nanos) {
    steps.inc(rows);
    stepTime.update(nanos / rows);
  }

  void batch(int entries) {
    batchFill.update(entries);
  }

  void duplicate() {
    duplicates.inc();
  }

  void alert() {
    alerts.inc();
  }

  void stateOfAnotherLayout() {
    restarted.inc();
  }

  void ended(SequenceEnd cause) {
    ended.get(cause).inc();
  }

  void expired() {
    expired.inc();
  }

  void rejected(RejectReason reason) {
    rejected.get(reason).inc();
  }

  void residentKeys(long change) {
    residentKeys += change;
  }

  private long eventTimeLagMs() {
    return latestEventMs == Long.MIN_VALUE ? 0 : System.currentTimeMillis() - latestEventMs;
  }
}
