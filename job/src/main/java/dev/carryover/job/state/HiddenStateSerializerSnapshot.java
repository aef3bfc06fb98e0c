package dev.carryover.job.state;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Says which layout of {@link HiddenStateSerializer} a savepoint's states are in: the version of
 * the snapshot, which Flink writes before it. The snapshot holds nothing else.
 *
 * <p>Version 1: the first layout. Version 2: with remembered inputs. States of an older version are
 * read in their layout and written in the present one when they are restored.
 */
public final class HiddenStateSerializerSnapshot implements TypeSerializerSnapshot<HiddenState> {
  private int layout;

  /** Used by Flink when it reads a savepoint. */
  public HiddenStateSerializerSnapshot() {
    this(HiddenStateSerializer.INSTANCE.layout());
  }

  HiddenStateSerializerSnapshot(int layout) {
    this.layout = layout;
  }

  @Override
  public int getCurrentVersion() {
    return layout;
  }

  @Override
  public void writeSnapshot(DataOutputView out) {}

  @Override
  public void readSnapshot(int readVersion, DataInputView in, ClassLoader userCodeClassLoader)
      throws IOException {
    int newest = HiddenStateSerializer.INSTANCE.layout();
    if (readVersion < 1 || readVersion > newest) {
      throw new IOException(
          "the hidden states of this savepoint have layout "
              + readVersion
              + ", this build reads layouts 1 to "
              + newest
              + "; restore with the build that wrote the savepoint, or a later one");
    }
    layout = readVersion;
  }

  @Override
  public TypeSerializer<HiddenState> restoreSerializer() {
    return HiddenStateSerializer.ofLayout(layout);
  }

  @Override
  public TypeSerializerSchemaCompatibility<HiddenState> resolveSchemaCompatibility(
      TypeSerializerSnapshot<HiddenState> older) {
    if (!(older instanceof HiddenStateSerializerSnapshot that) || that.layout > layout) {
      return TypeSerializerSchemaCompatibility.incompatible();
    }
    return that.layout == layout
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
  }
}
