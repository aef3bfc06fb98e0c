package dev.carryover.job.serving;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Puts results on the operator's outputs, counting them. Belongs to the task thread. */
public final class StreamOutputs implements OperatorOutputs {
  private final Output<StreamRecord<Inference>> output;
  private final OperatorMetrics metrics;
  private final StreamRecord<Inference> inferences = new StreamRecord<>(null);
  private final StreamRecord<Inference> alerts = new StreamRecord<>(null);
  private final StreamRecord<StreamEvent> rejections = new StreamRecord<>(null);

  /** Outputs of an operator. */
  public StreamOutputs(Output<StreamRecord<Inference>> output, OperatorMetrics metrics) {
    this.output = output;
    this.metrics = metrics;
  }

  @Override
  public void inference(Inference inference) {
    inferences.replace(inference, inference.getTimestampMs());
    output.collect(inferences);
  }

  @Override
  public void alert(Inference inference) {
    metrics.alert();
    alerts.replace(inference, inference.getTimestampMs());
    output.collect(SideOutputs.ALERTS, alerts);
  }

  @Override
  public void deadLetter(StreamEvent rejected) {
    metrics.rejected(rejected.rejection());
    rejections.replace(rejected);
    output.collect(SideOutputs.DEAD_LETTERS, rejections);
  }

  @Override
  public void late(StreamEvent rejected) {
    metrics.rejected(rejected.rejection());
    rejections.replace(rejected);
    output.collect(SideOutputs.LATE, rejections);
  }

  @Override
  public void modelStatus(ModelStatus status) {
    output.collect(SideOutputs.MODEL_STATUS, new StreamRecord<>(status));
  }
}
