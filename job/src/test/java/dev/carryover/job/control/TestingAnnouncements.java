package dev.carryover.job.control;

import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.StatePolicy;

/** Announcements, and records of a control topic that hold them or what is none. */
public final class TestingAnnouncements {
  private TestingAnnouncements() {}

  /** An announcement of a revision of the model {@code testing}. */
  public static ModelAnnouncement announcement(long revision) {
    return ModelAnnouncement.newBuilder()
        .setModelId("testing")
        .setRevision(revision)
        .setUri("file:///models/" + revision)
        .setSha256("0".repeat(64))
        .setSizeBytes(1000)
        .setStatePolicy(StatePolicy.CARRY)
        .build();
  }

  /** A record of an announcement, at {@code models-2@} its revision. */
  public static ControlRecord record(ModelAnnouncement announcement) {
    return record(
        announcement.getRevision(), RecordCodec.of(ModelAnnouncement.class).encode(announcement));
  }

  /** A record at {@code models-2@offset}. */
  public static ControlRecord record(long offset, byte[] value) {
    return new ControlRecord("models", 2, offset, value);
  }
}
