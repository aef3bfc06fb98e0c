package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class HiddenStateSerializerSnapshotTest {
  private static TypeSerializerSnapshot<HiddenState> written() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    TypeSerializerSnapshot.writeVersionedSnapshot(
        out, HiddenStateSerializer.INSTANCE.snapshotConfiguration());
    return TypeSerializerSnapshot.readVersionedSnapshot(
        new DataInputDeserializer(out.getCopyOfBuffer()),
        HiddenStateSerializerSnapshotTest.class.getClassLoader());
  }

  @Test
  void aSavepointSaysWhichSerializerWroteIt() throws IOException {
    assertThat(written().restoreSerializer()).isSameAs(HiddenStateSerializer.INSTANCE);
    assertThat(
            HiddenStateSerializer.INSTANCE
                .snapshotConfiguration()
                .resolveSchemaCompatibility(written())
                .isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void aSavepointOfALaterBuildIsRefusedByName() {
    assertThatIOException()
        .isThrownBy(
            () ->
                new HiddenStateSerializerSnapshot()
                    .readSnapshot(2, new DataInputDeserializer(new byte[0]), null))
        .withMessage(
            "the hidden states of this savepoint have layout 2, this build reads layout 1; restore"
                + " with the build that wrote the savepoint, or a later one");
  }
}
