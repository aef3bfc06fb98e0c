package dev.carryover.job.transduction;

import dev.carryover.job.events.StreamEvent;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Says which layout of {@link PendingDecodeSerializer} the pending decodes of a savepoint are in,
 * and which one the events in them.
 *
 * <p>Version 1: the first layout.
 */
public final class PendingDecodeSerializerSnapshot
    extends CompositeTypeSerializerSnapshot<PendingDecode, PendingDecodeSerializer> {
  private static final int VERSION = 1;

  /** Used by Flink when it reads a savepoint. */
  public PendingDecodeSerializerSnapshot() {}

  PendingDecodeSerializerSnapshot(PendingDecodeSerializer serializer) {
    super(serializer);
  }

  @Override
  protected int getCurrentOuterSnapshotVersion() {
    return VERSION;
  }

  @Override
  protected TypeSerializer<?>[] getNestedSerializers(PendingDecodeSerializer serializer) {
    return new TypeSerializer<?>[] {serializer.events()};
  }

  @Override
  @SuppressWarnings("unchecked") // what getNestedSerializers gave
  protected PendingDecodeSerializer createOuterSerializerWithNestedSerializers(
      TypeSerializer<?>[] nested) {
    return new PendingDecodeSerializer((TypeSerializer<StreamEvent>) nested[0]);
  }
}
