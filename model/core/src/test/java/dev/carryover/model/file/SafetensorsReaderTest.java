package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.model.file.SafetensorsReader.DType;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetensorsReaderTest {
  @Test
  void halfPrecisionIsReadExactly() throws ModelFileException {
    Map<String, float[]> values =
        read(
            new TestingSafetensors()
                .halves(
                    "t",
                    "F16",
                    new int[] {2, 5},
                    0x3c00,
                    0xc000,
                    0x0000,
                    0x8000,
                    0x3555,
                    0x7bff,
                    0xfbff,
                    0x0400,
                    0x03ff,
                    0x8001)
                .bytes());

    assertThat(values.get("t"))
        .containsExactly(
            1f, -2f, 0f, -0f, 0.333251953125f, 65504f, -65504f, 0x1p-14f, 0x1.ff8p-15f, -0x1p-24f);
  }

  @Test
  void everyFiniteHalfFollowsItsDefinition() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = bits >>> 10 & 0x1f;
      double fraction = (bits & 0x3ff) / 1024.0;
      double magnitude =
          exponent == 0 ? Math.scalb(fraction, -14) : Math.scalb(1 + fraction, exponent - 15);
      float value = DType.halfToFloat((short) bits);
      if (exponent == 0x1f) {
        assertThat(Float.isFinite(value)).as("bits %04x", bits).isFalse();
      } else {
        assertThat(value)
            .as("bits %04x", bits)
            .isEqualTo((float) ((bits & 0x8000) == 0 ? magnitude : -magnitude));
      }
    }
  }

  @Test
  void brainFloatsAreReadExactly() throws ModelFileException {
    Map<String, float[]> values =
        read(
            new TestingSafetensors()
                .halves("t", "BF16", new int[] {6}, 0x3f80, 0xc000, 0x8000, 0x7f7f, 0x0001, 0x3eab)
                .bytes());

    assertThat(values.get("t"))
        .containsExactly(1f, -2f, -0f, Float.intBitsToFloat(0x7f7f0000), 0x1p-133f, 0.333984375f);
  }

  @Test
  void headerMayBePaddedAndListTensorsInAnyOrder() throws ModelFileException {
    String header =
        """
        {"b":{"shape":[1],"dtype":"F32","data_offsets":[4,8]},
         "empty":{"dtype":"F16","shape":[0,3],"data_offsets":[4,4]},
         "scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  \s""";

    Map<String, float[]> values = read(TestingSafetensors.of(header, 8));

    assertThat(values).containsOnlyKeys("b", "empty", "scalar");
    assertThat(values.get("scalar")).containsExactly(0f);
    assertThat(values.get("empty")).isEmpty();
  }

  @Test
  void tensorsAcrossManyChunksArriveWholeFromAStreamThatGivesLittleAtATime() throws Exception {
    float[] large = new float[10_000];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.5f;
    }
    byte[] bytes = new TestingSafetensors().tensor("t", new int[] {100, 100}, large).bytes();

    SafetensorsReader reader =
        SafetensorsReader.open(
            new SlowStream(bytes), bytes.length, "f", ModelFileLimits.defaults());

    assertThat(reader.readValues().get("t")).containsExactly(large);
    assertThat(reader.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
  }

  private static Map<String, float[]> read(byte[] bytes) throws ModelFileException {
    return SafetensorsReader.open(
            new ByteArrayInputStream(bytes), bytes.length, "f", ModelFileLimits.defaults())
        .readValues();
  }

  /** A stream that answers at most seven bytes a call, as a network may. */
  private static final class SlowStream extends InputStream {
    private final ByteArrayInputStream bytes;

    SlowStream(byte[] bytes) {
      this.bytes = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, Math.min(7, length));
    }
  }
}
