package dev.carryover.job;

import static dev.carryover.job.control.TestingAnnouncements.announcement;
import static dev.carryover.job.control.TestingAnnouncements.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.control.ControlRecord;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import dev.carryover.schemas.RevisionStatus;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;

class AnnouncementDecoderTest {
  @Test
  void aRecordThatIsNoAnnouncementIsToldWithItsPlaceAndHoldsNothingUp() throws Exception {
    OneInputStreamOperatorTestHarness<ControlRecord, ModelAnnouncement> harness =
        ProcessFunctionTestHarnesses.forProcessFunction(new AnnouncementDecoder());
    harness.setProcessingTime(1234);
    harness.processElement(record(announcement(1)), 0);
    harness.processElement(record(2, null), 0);
    harness.processElement(record(announcement(3)), 0);

    assertThat(harness.extractOutputValues()).containsExactly(announcement(1), announcement(3));
    assertThat(harness.getSideOutput(SideOutputs.MODEL_STATUS))
        .extracting(StreamRecord::getValue)
        .containsExactly(
            ModelStatus.newBuilder()
                .setModelId("")
                .setRevision(0)
                .setTimestampMs(1234)
                .setStatus(RevisionStatus.REJECTED)
                .setReason("UNREADABLE_ANNOUNCEMENT")
                .setDetail(
                    "models-2@2: no value, an announcement is needed; value; write it with an"
                        + " announcement")
                .build());
    harness.close();
  }
}
