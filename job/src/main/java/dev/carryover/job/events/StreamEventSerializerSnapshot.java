package dev.carryover.job.events;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Says which layout of {@link StreamEventSerializer} the events of a savepoint are in.
 *
 * <p>Version 1: the first layout; the snapshot holds nothing but its version, which Flink writes
 * before it.
 */
public final class StreamEventSerializerSnapshot implements TypeSerializerSnapshot<StreamEvent> {
  private static final int VERSION = 1;

  /** Used by Flink when it reads a savepoint. */
  public StreamEventSerializerSnapshot() {}

  @Override
  public int getCurrentVersion() {
    return VERSION;
  }

  @Override
  public void writeSnapshot(DataOutputView out) {}

  @Override
  public void readSnapshot(int readVersion, DataInputView in, ClassLoader userCodeClassLoader)
      throws IOException {
    if (readVersion != VERSION) {
      throw new IOException(
          "The buffered events of this savepoint have layout "
              + readVersion
              + ", this build reads layout "
              + VERSION
              + "; restore with the build that wrote the savepoint, or a later one");
    }
  }

  @Override
  public TypeSerializer<StreamEvent> restoreSerializer() {
    return new StreamEventSerializer();
  }

  @Override
  public TypeSerializerSchemaCompatibility<StreamEvent> resolveSchemaCompatibility(
      TypeSerializerSnapshot<StreamEvent> oldSerializerSnapshot) {
    return oldSerializerSnapshot instanceof StreamEventSerializerSnapshot
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
