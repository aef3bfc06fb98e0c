package dev.carryover.job.control;

import static dev.carryover.job.control.TestingAnnouncements.announcement;
import static dev.carryover.job.control.TestingAnnouncements.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.RejectionCode;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlRecordTest {
  private static final RecordCodec<ModelAnnouncement> CODEC =
      RecordCodec.of(ModelAnnouncement.class);

  private static void expectUnreadable(byte[] value, String detail) {
    assertThatExceptionOfType(ModelRejectedException.class)
        .isThrownBy(() -> record(17, value).announcement(CODEC))
        .withMessage("models-2@17: " + detail)
        .satisfies(e -> assertThat(e.code()).isEqualTo(RejectionCode.UNREADABLE_ANNOUNCEMENT));
  }

  @Test
  void anAnnouncementIsReadAsItWasWritten() throws Exception {
    ModelAnnouncement announcement = announcement(7);
    announcement.setEffectiveFromMs(12L);
    assertThat(record(announcement).announcement(CODEC)).isEqualTo(announcement);
  }

  @Test
  void aRecordWithoutAValueIsNoAnnouncement() {
    expectUnreadable(
        null, "no value, an announcement is needed; value; write it with an announcement");
  }

  @Test
  void aHugeRecordIsNotLookedAt() {
    expectUnreadable(
        new byte[(1 << 20) + 1],
        "1048577 bytes, at most 1048576 are read; value; announce where the model file is, not the"
            + " file itself");
  }

  @Test
  void otherBytesAreNoAnnouncement() {
    expectUnreadable(
        "{\"revision\": 3}".getBytes(StandardCharsets.UTF_8),
        "begins with 7B 22, not C3 01; ModelAnnouncement, byte 0 of 15; write records in Avro's"
            + " single-object encoding");
  }

  @Test
  void everyTruncationIsNoAnnouncement() {
    byte[] bytes = record(announcement(7)).value();
    for (int length = 0; length < bytes.length; length++) {
      byte[] truncated = Arrays.copyOf(bytes, length);
      assertThatExceptionOfType(ModelRejectedException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> record(1, truncated).announcement(CODEC))
          .withMessageStartingWith("models-2@1: ");
    }
  }

  @Test
  void damagedBytesAreAnAnnouncementOrNoneAndNeverAnError() {
    long seed = 3;
    Random random = new Random(seed);
    byte[] bytes = record(announcement(7)).value();
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        assertThat(record(1, damaged).announcement(CODEC)).isNotNull();
      } catch (ModelRejectedException e) {
        assertThat(e.code()).isEqualTo(RejectionCode.UNREADABLE_ANNOUNCEMENT);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 100})
  void recordsTravelBetweenTasksWithoutKryo(int length) throws Exception {
    SerializerConfigImpl config = new SerializerConfigImpl();
    config.setGenericTypes(false);
    TypeSerializer<ControlRecord> serializer =
        new ControlRecordDeserializer().getProducedType().createSerializer(config);
    ControlRecord record = record(17, length < 0 ? null : new byte[length]);
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    ControlRecord copied = serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    assertThat(copied.origin()).isEqualTo("models-2@17");
    assertThat(copied.value()).isEqualTo(record.value());
  }
}
