package dev.carryover.job;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.serving.SideOutputs;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Sends events that could not be decoded to the dead letters, and counts them by reason. */
final class Rejections extends ProcessFunction<StreamEvent, StreamEvent> {
  private static final long serialVersionUID = 1L;

  private transient Map<RejectReason, Counter> rejected;

  @Override
  public void open(OpenContext context) {
    MetricGroup group = getRuntimeContext().getMetricGroup().addGroup("carryover");
    rejected = new EnumMap<>(RejectReason.class);
    for (RejectReason reason : RejectReason.values()) {
      rejected.put(reason, group.addGroup("reason", reason.name()).counter("deadLetters"));
    }
  }

  @Override
  public void processElement(StreamEvent event, Context context, Collector<StreamEvent> out) {
    if (event.isRejected()) {
      rejected.get(event.rejection()).inc();
      context.output(SideOutputs.DEAD_LETTERS, event);
    } else {
      out.collect(event);
    }
  }
}
