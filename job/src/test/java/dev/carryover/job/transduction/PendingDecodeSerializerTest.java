package dev.carryover.job.transduction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carryover.job.events.StreamEvent;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.DecodingState;
import dev.carryover.schemas.SequenceEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class PendingDecodeSerializerTest {
  private final PendingDecodeSerializer serializer = new PendingDecodeSerializer();

  private static final DecodingOptions OPTIONS = new DecodingOptions(3, 2, 50, 0.6f, true);

  private static PendingDecode encoded(DecodingState progress) {
    return new PendingDecode(
        7,
        100,
        200,
        5,
        SequenceEnd.INACTIVITY_GAP,
        null,
        OPTIONS,
        null,
        new float[] {1.5f, Float.NaN, -0f},
        new float[] {Float.MIN_VALUE, 2},
        progress);
  }

  private static PendingDecode unread(StreamEvent event) {
    return new PendingDecode(
        -7,
        -100,
        200,
        1L << 40,
        SequenceEnd.END_FLAG,
        event,
        OPTIONS,
        new int[] {3, 1},
        null,
        null,
        null);
  }

  private static DecodingState progress(int steps) {
    Random random = new Random(steps);
    float[][] attention = new float[steps][];
    Arrays.setAll(attention, step -> new float[] {random.nextFloat(), random.nextFloat()});
    return new DecodingState(
        steps,
        false,
        new float[][] {{1, 2}, {3, 4}},
        new double[] {-0.5, -1e-300},
        random.ints(3L * steps).toArray(),
        random.ints(3L * steps).toArray(),
        new int[] {1},
        new int[] {0},
        new double[] {-2.25},
        attention);
  }

  private byte[] bytes(PendingDecode pending) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(pending, out);
    return out.getCopyOfBuffer();
  }

  private PendingDecode read(byte[] bytes) throws IOException {
    return serializer.deserialize(new DataInputDeserializer(bytes));
  }

  @Test
  void everythingComesBackBitForBit() throws Exception {
    StreamEvent event =
        StreamEvent.builder().key("k").timestampMs(3).token("w").origin("t", 1, 2).build();
    for (PendingDecode pending :
        new PendingDecode[] {
          encoded(null), encoded(progress(0)), encoded(progress(3000)), unread(null), unread(event)
        }) {
      byte[] bytes = bytes(pending);
      PendingDecode back = read(bytes);
      assertThat(bytes(back)).isEqualTo(bytes);
      assertThat(back.revision()).isEqualTo(pending.revision());
      assertThat(back.options()).isEqualTo(pending.options());
      assertThat(back.event()).isEqualTo(pending.event());
      assertThat(back.tokens()).isEqualTo(pending.tokens());
      assertThat(back.state()).isEqualTo(pending.state());
      assertThat(back.outputs()).isEqualTo(pending.outputs());
      if (pending.progress() != null) {
        assertThat(back.progress().tokens()).isEqualTo(pending.progress().tokens());
        assertThat(back.progress().scores()).isEqualTo(pending.progress().scores());
        assertThat(back.progress().states()).isDeepEqualTo(pending.progress().states());
        assertThat(back.progress().attention()).isDeepEqualTo(pending.progress().attention());
      }
    }
  }

  /** Bytes of the first layout, which every later build reads. */
  @Test
  void theFirstLayoutIsPinned() throws Exception {
    assertThat(HexFormat.of().formatHex(bytes(unread(null))))
        .isEqualTo(
            "fffffffffffffff9"
                + "ffffffffffffff9c"
                + "00000000000000c8"
                + "0000010000000000"
                + "0008454e445f464c4147"
                + "00"
                + "00000003"
                + "00000002"
                + "00000032"
                + "3f19999a"
                + "01"
                + "01"
                + "000000020000000300000001"
                + "00");
  }

  @Test
  void theSnapshotRestoresTheSerializer() throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(
        out, serializer.snapshotConfiguration());
    TypeSerializerSnapshot<PendingDecode> snapshot =
        TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
            new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());
    TypeSerializer<PendingDecode> restored = snapshot.restoreSerializer();
    assertThat(restored).isEqualTo(serializer);
    assertThat(
            serializer
                .snapshotConfiguration()
                .resolveSchemaCompatibility(snapshot)
                .isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void damagedBytesAreRefusedAndMakeNoLargeArray() throws Exception {
    byte[] bytes = bytes(unread(null));
    int length = bytes.length - 1 - 8 - 4;
    for (int claimed : new int[] {-1, Integer.MAX_VALUE}) {
      byte[] damaged = bytes.clone();
      ByteBuffer.wrap(damaged).putInt(length, claimed);
      assertThatIOException().isThrownBy(() -> read(damaged));
    }
    assertThatIOException().isThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length - 3)));
  }
}
