package dev.carryover.job.revisions;

import dev.carryover.job.models.ModelReference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A revision as a checkpoint holds it, so that it is known also when the control topic no longer
 * holds its announcement.
 *
 * <p>Layout version 1: the version and the kind (1 byte each), the floor of the catalog (8 bytes,
 * big-endian), the announcement in single-object encoding. The job's own revision is laid out as an
 * announcement without size.
 *
 * @param kind what it was
 * @param floor highest revision that the catalog had dropped
 * @param announcement the announcement
 */
public record StoredRevision(Kind kind, long floor, ModelAnnouncement announcement) {
  private static final byte VERSION = 1;
  private static final int HEADER = 2 + Long.BYTES;

  /** What a revision was when the checkpoint was taken; of several subtasks the last one counts. */
  public enum Kind {
    /** Not checked yet. */
    PENDING,
    /** Refused. */
    REJECTED,
    /** Able to serve. */
    USABLE,
    /** The one that the job was submitted with. */
    OWN
  }

  /** The revisions of a catalog. */
  public static List<StoredRevision> of(String modelId, RevisionCatalog catalog) {
    List<StoredRevision> stored = new ArrayList<>();
    for (Revision revision : catalog.all()) {
      Kind kind =
          revision.announcement() == null
              ? Kind.OWN
              : switch (revision.progress()) {
                case PENDING -> Kind.PENDING;
                case USABLE -> Kind.USABLE;
                case REJECTED -> Kind.REJECTED;
              };
      ModelAnnouncement announcement =
          kind == Kind.OWN ? own(modelId, revision.reference()) : revision.announcement();
      stored.add(new StoredRevision(kind, catalog.floor(), announcement));
    }
    return stored;
  }

  private static ModelAnnouncement own(String modelId, ModelReference reference) {
    return ModelAnnouncement.newBuilder()
        .setModelId(modelId)
        .setRevision(reference.revision())
        .setUri(reference.uri())
        .setSha256(reference.sha256())
        .setSizeBytes(0)
        .setStatePolicy(StatePolicy.CARRY)
        .build();
  }

  /**
   * Enters what subtasks stored into the catalog of one of them.
   *
   * @throws IOException if the job was submitted with another model under a number that is taken,
   *     or under a lower number than before
   */
  public static void restore(
      List<StoredRevision> stored, ModelReference job, RevisionCatalog catalog) throws IOException {
    Map<Long, StoredRevision> merged = new TreeMap<>();
    for (StoredRevision one : stored) {
      catalog.raiseFloor(one.floor);
      merged.merge(
          one.announcement.getRevision(),
          one,
          (left, right) -> left.kind.compareTo(right.kind) >= 0 ? left : right);
    }
    for (StoredRevision one : merged.values()) {
      if (one.announcement.getRevision() == job.revision()) {
        one.requireSameFile(job);
      } else if (one.kind == Kind.OWN && one.announcement.getRevision() > job.revision()) {
        throw new IOException(
            "the state that is restored was served by revision %d of model.revision, and the job was submitted with %d; set model.revision above %d"
                .formatted(
                    one.announcement.getRevision(),
                    job.revision(),
                    one.announcement.getRevision()));
      } else {
        catalog.add(
            one.announcement,
            switch (one.kind) {
              case PENDING -> Revision.Progress.PENDING;
              case REJECTED -> Revision.Progress.REJECTED;
              case USABLE, OWN -> Revision.Progress.USABLE;
            });
      }
    }
  }

  private void requireSameFile(ModelReference job) throws IOException {
    if (!announcement.getSha256().equals(job.sha256())) {
      throw new IOException(
          "the state that is restored knows revision %d as the file with the SHA-256 %s, and the job was submitted with %s under that number; set model.revision above all revisions announced so far"
              .formatted(job.revision(), announcement.getSha256(), job.sha256()));
    }
  }

  /** Its bytes. */
  public byte[] toBytes(RecordCodec<ModelAnnouncement> codec) {
    byte[] record = codec.encode(announcement);
    return ByteBuffer.allocate(HEADER + record.length)
        .put(VERSION)
        .put((byte) kind.ordinal())
        .putLong(floor)
        .put(record)
        .array();
  }

  /**
   * Reads bytes that {@link #toBytes} wrote.
   *
   * @throws IOException if they are not of a layout that this build knows
   */
  public static StoredRevision fromBytes(byte[] bytes, RecordCodec<ModelAnnouncement> codec)
      throws IOException {
    if (bytes.length < HEADER || bytes[0] != VERSION || bytes[1] >= Kind.values().length) {
      throw new IOException(
          "a stored revision of %d bytes has layout %s, this build reads layout %d; restore with the build that wrote the savepoint, or a later one"
              .formatted(bytes.length, bytes.length == 0 ? "none" : bytes[0], VERSION));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 2, bytes.length - 2);
    long floor = buffer.getLong();
    byte[] record = new byte[buffer.remaining()];
    buffer.get(record);
    try {
      return new StoredRevision(Kind.values()[bytes[1]], floor, codec.decode(record));
    } catch (RecordDecodingException e) {
      throw new IOException(
          "a stored revision is damaged: " + e.getMessage() + "; restore an older savepoint", e);
    }
  }
}
