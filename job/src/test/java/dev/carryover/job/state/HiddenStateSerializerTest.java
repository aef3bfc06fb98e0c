package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class HiddenStateSerializerTest extends SerializerTestBase<HiddenState> {
  @Override
  protected TypeSerializer<HiddenState> createSerializer() {
    return HiddenStateSerializer.INSTANCE;
  }

  @Override
  protected int getLength() {
    return -1;
  }

  @Override
  protected Class<HiddenState> getTypeClass() {
    return HiddenState.class;
  }

  @Override
  protected HiddenState[] getTestData() {
    HiddenState ended = numbered(running(3), Long.MIN_VALUE);
    ended.end();
    HiddenState timed = running(7);
    timed.timerMs(Long.MAX_VALUE);
    return new HiddenState[] {
      new HiddenState(),
      running(1),
      numbered(running(2), 0),
      numbered(running(1023), -1),
      running(1024),
      running(1025),
      numbered(running(5000), Long.MAX_VALUE),
      ended,
      timed
    };
  }

  private static HiddenState running(int floats) {
    Random random = new Random(floats);
    float[] values = new float[floats];
    for (int i = 0; i < floats; i++) {
      values[i] = (float) random.nextGaussian();
    }
    HiddenState state = new HiddenState();
    state.begin(1_700_000_000_000L + floats, values);
    state.advance(floats, 1_700_000_000_500L);
    return state;
  }

  private static HiddenState numbered(HiddenState state, long number) {
    state.number(number);
    return state;
  }

  /** The state that {@code hidden-state.v1.hex} holds. */
  private static HiddenState ofVersionOne() {
    HiddenState state = new HiddenState();
    state.begin(1_226_291_915_000L, new float[] {1.5f, -0f, Float.MIN_VALUE, -3e38f});
    state.advance(4, 1_226_291_915_000L);
    state.advance(5, 1_226_291_916_250L);
    state.number(42);
    state.timerMs(1_226_291_976_001L);
    return state;
  }

  private static byte[] versionOne() throws IOException {
    try (InputStream in =
        HiddenStateSerializerTest.class.getResourceAsStream("/state/hidden-state.v1.hex")) {
      String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }
  }

  @Test
  void bytesOfVersionOneAreStillRead() throws IOException {
    assertThat(read(versionOne())).isEqualTo(ofVersionOne());
  }

  @Test
  void bytesOfVersionOneAreStillWritten() throws IOException {
    assertThat(write(ofVersionOne())).isEqualTo(versionOne());
  }

  @Test
  void theBitsOfEveryFloatAreKept() throws IOException {
    int[] bits = {0x7fc00001, 0xffc12345, 0x7f800001, 0x7f800000, 0x80000000, 1};
    float[] values = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      values[i] = Float.intBitsToFloat(bits[i]);
    }
    HiddenState state = new HiddenState();
    state.begin(1, values);
    float[] back = read(write(state)).values();
    for (int i = 0; i < bits.length; i++) {
      assertThat(Float.floatToRawIntBits(back[i])).isEqualTo(bits[i]);
    }
  }

  @Test
  void aHugeClaimedLengthAllocatesNothing() throws IOException {
    byte[] bytes = write(new HiddenState());
    bytes[bytes.length - 4] = 0x7f; // the count of floats: two thousand million
    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read(bytes));
  }

  @Test
  void aNegativeLengthIsRefused() throws IOException {
    byte[] bytes = write(new HiddenState());
    bytes[bytes.length - 4] = -1;
    assertThatIOException()
        .isThrownBy(() -> read(bytes))
        .withMessage(
            "a hidden state claims -16777216 floats: the savepoint or checkpoint is damaged");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] bytes = versionOne();
    for (int length = 0; length < bytes.length; length++) {
      DataInputDeserializer in = new DataInputDeserializer(bytes, 0, length);
      assertThatExceptionOfType(EOFException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> HiddenStateSerializer.INSTANCE.deserialize(in));
    }
  }

  @Test
  void aCopySharesNoFloats() {
    HiddenState state = running(3);
    HiddenState copy = HiddenStateSerializer.INSTANCE.copy(state);
    state.values()[0]++;
    assertThat(copy).isNotEqualTo(state).isEqualTo(running(3));
  }

  private static byte[] write(HiddenState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    HiddenStateSerializer.INSTANCE.serialize(state, out);
    return out.getCopyOfBuffer();
  }

  private static HiddenState read(byte[] bytes) throws IOException {
    return HiddenStateSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes));
  }
}
