package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HiddenStateSerializerSnapshotTest {
  private static TypeSerializerSnapshot<HiddenState> written(HiddenStateSerializer serializer)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    return TypeSerializerSnapshot.readVersionedSnapshot(
        new DataInputDeserializer(out.getCopyOfBuffer()),
        HiddenStateSerializerSnapshotTest.class.getClassLoader());
  }

  private static TypeSerializerSnapshot<HiddenState> ofVersion(int version) throws IOException {
    HiddenStateSerializerSnapshot snapshot = new HiddenStateSerializerSnapshot();
    snapshot.readSnapshot(version, new DataInputDeserializer(new byte[0]), null);
    return snapshot;
  }

  private static TypeSerializerSchemaCompatibility<HiddenState> compatibility(
      TypeSerializerSnapshot<HiddenState> now, TypeSerializerSnapshot<HiddenState> older) {
    return now.resolveSchemaCompatibility(older);
  }

  @Test
  void aSavepointSaysWhichSerializerWroteIt() throws IOException {
    TypeSerializerSnapshot<HiddenState> written = written(HiddenStateSerializer.INSTANCE);

    assertThat(written.restoreSerializer()).isSameAs(HiddenStateSerializer.INSTANCE);
    assertThat(
            compatibility(HiddenStateSerializer.INSTANCE.snapshotConfiguration(), written)
                .isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void statesOfTheFirstLayoutAreWrittenAnewWhenTheyAreRestored() throws IOException {
    TypeSerializerSnapshot<HiddenState> older = ofVersion(1);

    assertThat(older.restoreSerializer()).isSameAs(HiddenStateSerializer.LAYOUT_1);
    assertThat(
            compatibility(HiddenStateSerializer.INSTANCE.snapshotConfiguration(), older)
                .isCompatibleAfterMigration())
        .isTrue();
  }

  @Test
  void statesThatAreNotTouchedAfterARestoreStayInTheLayoutThatTheyClaim() throws IOException {
    TypeSerializer<HiddenState> restored =
        written(HiddenStateSerializer.LAYOUT_1).restoreSerializer();

    assertThat(restored).isSameAs(HiddenStateSerializer.LAYOUT_1);
    assertThat(restored.snapshotConfiguration().getCurrentVersion()).isEqualTo(1);
    assertThat(restored).isNotEqualTo(HiddenStateSerializer.INSTANCE);
  }

  @Test
  void thePresentLayoutIsNotReadAsTheFirst() throws IOException {
    assertThat(compatibility(ofVersion(1), ofVersion(2)).isIncompatible()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void aSavepointOfAnotherBuildIsRefusedByName(int version) {
    assertThatIOException()
        .isThrownBy(() -> ofVersion(version))
        .withMessage(
            "the hidden states of this savepoint have layout "
                + version
                + ", this build reads layouts 1 to 2; restore with the build that wrote the"
                + " savepoint, or a later one");
  }
}
