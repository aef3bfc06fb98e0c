package dev.carryover.job.state;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Says which layout of {@link HiddenStateSerializer} a savepoint's states are in.
 *
 * <p>Version 1: the first layout; the snapshot holds nothing but its version, which Flink writes
 * before it.
 */
public final class HiddenStateSerializerSnapshot implements TypeSerializerSnapshot<HiddenState> {
  private static final int VERSION = 1;

  /** Used by Flink when it reads a savepoint. */
  public HiddenStateSerializerSnapshot() {}

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
          "the hidden states of this savepoint have layout "
              + readVersion
              + ", this build reads layout "
              + VERSION
              + "; restore with the build that wrote the savepoint, or a later one");
    }
  }

  @Override
  public TypeSerializer<HiddenState> restoreSerializer() {
    return HiddenStateSerializer.INSTANCE;
  }

  @Override
  public TypeSerializerSchemaCompatibility<HiddenState> resolveSchemaCompatibility(
      TypeSerializerSnapshot<HiddenState> older) {
    return older instanceof HiddenStateSerializerSnapshot
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
