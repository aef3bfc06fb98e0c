package dev.carryover.job;

import dev.carryover.job.control.ControlRecord;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RevisionStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Reads announcements from records of the control topic. A record that is none becomes a status of
 * no model's, the revision 0 of the empty model id, whose detail says where the record lies.
 */
final class AnnouncementDecoder extends ProcessFunction<ControlRecord, ModelAnnouncement> {
  private static final long serialVersionUID = 1L;

  private transient RecordCodec<ModelAnnouncement> codec;
  private transient Counter unreadable;

  @Override
  public void open(OpenContext context) {
    codec = RecordCodec.of(ModelAnnouncement.class);
    unreadable =
        getRuntimeContext()
            .getMetricGroup()
            .addGroup("carryover")
            .addGroup("reason", RejectionCode.UNREADABLE_ANNOUNCEMENT.name())
            .counter("revisionsRejected");
  }

  @Override
  public void processElement(
      ControlRecord record, Context context, Collector<ModelAnnouncement> out) {
    ModelAnnouncement announcement;
    try {
      announcement = record.announcement(codec);
    } catch (ModelRejectedException e) {
      unreadable.inc();
      context.output(
          SideOutputs.MODEL_STATUS,
          ModelStatus.newBuilder()
              .setModelId("")
              .setRevision(0)
              .setTimestampMs(context.timerService().currentProcessingTime())
              .setStatus(RevisionStatus.REJECTED)
              .setReason(e.code().name())
              .setDetail(e.getMessage())
              .build());
      return;
    }
    out.collect(announcement);
  }
}
