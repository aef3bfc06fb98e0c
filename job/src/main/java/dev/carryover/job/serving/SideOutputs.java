package dev.carryover.job.serving;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelStatus;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.util.OutputTag;

/** What the operator puts out besides inferences. */
public final class SideOutputs {
  /** Inferences above the alert thresholds; they are among the inferences too. */
  public static final OutputTag<Inference> ALERTS =
      new OutputTag<>("alerts", new AvroTypeInfo<>(Inference.class));

  /** Events that could not be used, with the reason. */
  public static final OutputTag<StreamEvent> DEAD_LETTERS =
      new OutputTag<>("dead-letters", new StreamEventTypeInfo());

  /** Events that came after the watermark had passed their time. */
  public static final OutputTag<StreamEvent> LATE =
      new OutputTag<>("late", new StreamEventTypeInfo());

  /** What became of announced revisions. */
  public static final OutputTag<ModelStatus> MODEL_STATUS =
      new OutputTag<>("model-status", new AvroTypeInfo<>(ModelStatus.class));

  private SideOutputs() {}
}
