package dev.carryover.job.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      timed,
      withTokens(1, 1, 255),
      withTokens(40, 17, 256),
      withTokens(3000, 2500, Integer.MAX_VALUE),
      withFeatures(20, 12, 3),
      withFeatures(700, 700, 5)
    };
  }

  private static HiddenState withTokens(int inputs, int limit, int bound) {
    Random random = new Random(inputs);
    HiddenState state = running(4);
    for (int i = 0; i < inputs; i++) {
      state.rememberToken(random.nextInt(bound), limit);
    }
    return state;
  }

  private static HiddenState withFeatures(int inputs, int limit, int width) {
    Random random = new Random(inputs);
    HiddenState state = numbered(running(4), 5);
    for (int i = 0; i < inputs; i++) {
      float[] features = new float[width];
      for (int j = 0; j < width; j++) {
        features[j] = (float) random.nextGaussian();
      }
      state.rememberFeatures(features, limit);
    }
    return state;
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

  /** The state that {@code hidden-state.v2.hex} holds. */
  private static HiddenState ofVersionTwo() {
    HiddenState state = ofVersionOne();
    for (int token : new int[] {7, 3, 300, 70_000}) {
      state.rememberToken(token, 3);
    }
    return state;
  }

  private static byte[] version(int version) throws IOException {
    String name = "/state/hidden-state.v" + version + ".hex";
    try (InputStream in = HiddenStateSerializerTest.class.getResourceAsStream(name)) {
      String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }
  }

  @Test
  void bytesOfVersionOneAreStillRead() throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(version(1));
    assertThat(HiddenStateSerializer.LAYOUT_1.deserialize(in)).isEqualTo(ofVersionOne());
    assertThat(in.available()).isZero();
  }

  @Test
  void bytesOfVersionTwoAreStillRead() throws IOException {
    assertThat(read(version(2))).isEqualTo(ofVersionTwo());
  }

  @Test
  void bytesOfVersionTwoAreStillWritten() throws IOException {
    assertThat(write(ofVersionTwo())).isEqualTo(version(2));
  }

  @Test
  void theFirstLayoutIsWrittenAsItWas() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    HiddenStateSerializer.LAYOUT_1.serialize(ofVersionTwo(), out);
    assertThat(out.getCopyOfBuffer()).isEqualTo(version(1));
  }

  @Test
  void rememberedFeaturesAreStoredAsTheirBits() throws IOException {
    HiddenState state = new HiddenState();
    state.rememberFeatures(new float[] {1.5f, -0f}, 2);
    assertThat(HexFormat.of().formatHex(write(state)))
        .endsWith("00000000" + "05" + "00000001" + "00000002" + "3fc00000" + "80000000");
  }

  @Test
  void nothingRememberedIsOneByte() throws IOException {
    assertThat(write(ofVersionOne())).hasSize(version(1).length + 1).endsWith(0);
    assertThat(write(new HiddenState())).hasSize(46);
  }

  @Test
  void bothLayoutsTravelInAJobGraph() throws Exception {
    assertThat(CommonTestUtils.createCopySerializable(HiddenStateSerializer.INSTANCE))
        .isSameAs(HiddenStateSerializer.INSTANCE);
    assertThat(CommonTestUtils.createCopySerializable(HiddenStateSerializer.LAYOUT_1))
        .isSameAs(HiddenStateSerializer.LAYOUT_1);
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
    bytes[bytes.length - 5] = 0x7f; // the count of floats: two thousand million
    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read(bytes));

    byte[] remembering = version(2);
    remembering[version(1).length + 1] = 0x7f; // the count of remembered tokens
    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read(remembering));
  }

  @ParameterizedTest
  @CsvSource({
    "06,         'inputs of the form 6, known are 0 to 5'",
    "01 00000000,'0 inputs of 0 features'",
    "03 ffffffff,'-1 inputs of 0 features'",
    "05 00000001 00000000,'1 inputs of 0 features'",
    "05 00000001 80000000,'1 inputs of -2147483648 features'",
    "05 00010000 00010000,'65536 inputs of 65536 features'"
  })
  void rememberedInputsThatCannotBeAreRefused(String hex, String claim) throws IOException {
    byte[] bytes = write(new HiddenState());
    byte[] damage = HexFormat.of().parseHex(hex.replace(" ", ""));
    byte[] damaged = Arrays.copyOf(bytes, bytes.length - 1 + damage.length);
    System.arraycopy(damage, 0, damaged, bytes.length - 1, damage.length);
    assertThatIOException()
        .isThrownBy(() -> read(damaged))
        .withMessage(
            "a hidden state claims to remember "
                + claim
                + ": the savepoint or checkpoint is damaged, restore from another one");
  }

  @Test
  void aNegativeLengthIsRefused() throws IOException {
    byte[] bytes = write(new HiddenState());
    bytes[bytes.length - 5] = -1;
    assertThatIOException()
        .isThrownBy(() -> read(bytes))
        .withMessage(
            "a hidden state claims -16777216 floats: the savepoint or checkpoint is damaged");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] bytes = version(2);
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

  @Test
  void aCopySharesNoRememberedInputs() {
    HiddenState state = withTokens(40, 17, 256);
    HiddenState copy = HiddenStateSerializer.INSTANCE.copy(state);
    assertThat(copy).isEqualTo(state);
    state.rememberToken(300, 17);
    assertThat(copy).isNotEqualTo(state).isEqualTo(withTokens(40, 17, 256));
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
