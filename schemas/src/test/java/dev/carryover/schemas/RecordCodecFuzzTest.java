package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes changed at random: each is either a record, which then survives a round trip, or refused.
 */
class RecordCodecFuzzTest {

  private static final int ROUNDS = 20_000;

  /** Room for a record, an exception with its trace, and now and then a class that is loaded. */
  private static final long ALLOWED_BYTES = 1 << 20;

  @ParameterizedTest
  @MethodSource("dev.carryover.schemas.Samples#stream")
  void changedBytesAreARecordOrRefused(SpecificRecord sample) {
    fuzz(Samples.codecFor(sample), Samples.encode(sample), 1);
  }

  @Test
  void changedBytesOfAnotherSchemaAreARecordOrRefused() {
    Schema other =
        EvolutionTest.change(
            Event.getClassSchema(),
            fields ->
                fields.add(
                    0,
                    new Schema.Field(
                        "skipped",
                        Schema.createMap(Schema.createArray(Schema.create(Schema.Type.STRING))))));
    byte[] event = Samples.encode(Samples.event());
    byte[] skipped = {2, 2, 'm', 4, 2, 'a', 2, 'b', 0, 0};
    byte[] bytes = new byte[event.length + skipped.length];
    long fingerprint = SchemaNormalization.parsingFingerprint64(other);
    bytes[0] = event[0];
    bytes[1] = event[1];
    for (int i = 0; i < 8; i++) {
      bytes[2 + i] = (byte) (fingerprint >>> (8 * i));
    }
    System.arraycopy(skipped, 0, bytes, RecordCodec.HEADER_LENGTH, skipped.length);
    System.arraycopy(
        event,
        RecordCodec.HEADER_LENGTH,
        bytes,
        RecordCodec.HEADER_LENGTH + skipped.length,
        event.length - RecordCodec.HEADER_LENGTH);

    fuzz(RecordCodec.of(Event.class, SchemaArchive.released().with(other)), bytes, 2);
  }

  private static <T extends SpecificRecord> void fuzz(
      RecordCodec<T> codec, byte[] valid, long seed) {
    Random random = new Random(seed);
    Set<RecordDecodingException.Code> codes = EnumSet.noneOf(RecordDecodingException.Code.class);
    int records = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutate(valid, random);
      T record = null;
      long before = Allocation.bytes();
      try {
        record = codec.decode(bytes);
      } catch (RecordDecodingException e) {
        codes.add(e.code());
      } catch (Throwable e) {
        throw new AssertionError(describe(seed, round, bytes), e);
      }
      long allocated = Allocation.bytes() - before;
      assertThat(allocated).as(describe(seed, round, bytes)).isLessThan(ALLOWED_BYTES);
      if (record != null) {
        records++;
        assertSurvivesARoundTrip(codec, record, describe(seed, round, bytes));
      }
    }
    // Otherwise the changes are too wild or too tame to try anything.
    assertThat(records).as("seed=%d: records", seed).isGreaterThan(ROUNDS / 100);
    assertThat(codes)
        .as("seed=%d: refusals", seed)
        .contains(
            RecordDecodingException.Code.TRUNCATED,
            RecordDecodingException.Code.TRAILING_BYTES,
            RecordDecodingException.Code.LENGTH_BEYOND_RECORD,
            RecordDecodingException.Code.MALFORMED);
  }

  private static <T extends SpecificRecord> void assertSurvivesARoundTrip(
      RecordCodec<T> codec, T record, String description) {
    try {
      assertThat(codec.decode(codec.encode(record))).as(description).isEqualTo(record);
    } catch (RecordDecodingException e) {
      throw new AssertionError(description, e);
    }
  }

  /** One to three changes of the body: a byte, a bit, a cut, an insertion, a giant number. */
  private static byte[] mutate(byte[] valid, Random random) {
    byte[] bytes = valid;
    for (int change = random.nextInt(3); change >= 0; change--) {
      int bodyLength = bytes.length - RecordCodec.HEADER_LENGTH;
      int at = RecordCodec.HEADER_LENGTH + (bodyLength == 0 ? 0 : random.nextInt(bodyLength));
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> splice(bytes, at, 1, new byte[] {(byte) random.nextInt()});
            case 1 ->
                splice(
                    bytes,
                    at,
                    1,
                    new byte[] {
                      at < bytes.length ? (byte) (bytes[at] ^ 1 << random.nextInt(8)) : 0
                    });
            case 2 -> Arrays.copyOf(bytes, at);
            case 3 ->
                splice(
                    bytes,
                    RecordCodec.HEADER_LENGTH + random.nextInt(bodyLength + 1),
                    0,
                    new byte[] {(byte) random.nextInt()});
            default ->
                splice(bytes, at, 1, variableLength(random.nextLong() >>> random.nextInt(64)));
          };
    }
    return bytes;
  }

  private static byte[] splice(byte[] bytes, int at, int removed, byte[] inserted) {
    int tail = Math.min(bytes.length, at + removed);
    byte[] result = new byte[at + inserted.length + bytes.length - tail];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(bytes, tail, result, at + inserted.length, bytes.length - tail);
    return result;
  }

  private static byte[] variableLength(long value) {
    GrowingEncoder encoder = new GrowingEncoder();
    encoder.reset(new byte[0]);
    encoder.writeLong(value);
    return encoder.toByteArray();
  }

  private static String describe(long seed, int round, byte[] bytes) {
    return "seed=" + seed + ", round " + round + ", " + bytes.length + " bytes";
  }
}
