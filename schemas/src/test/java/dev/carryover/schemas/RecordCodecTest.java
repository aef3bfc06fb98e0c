package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.carryover.schemas.RecordDecodingException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCodecTest {

  private final RecordCodec<Event> codec = RecordCodec.of(Event.class);

  @ParameterizedTest
  @MethodSource("dev.carryover.schemas.Samples#stream")
  void aRecordSurvivesTheRoundTrip(SpecificRecord record) throws IOException {
    assertThat(Samples.codecFor(record).decode(Samples.encode(record))).isEqualTo(record);
  }

  @ParameterizedTest
  @MethodSource("dev.carryover.schemas.Samples#stream")
  void theBytesAreThoseOfAvrosOwnEncoder(SpecificRecord record) throws IOException {
    byte[] bytes = Samples.encode(record);

    ByteBuffer expected =
        new BinaryMessageEncoder<SpecificRecord>(SpecificData.get(), record.getSchema())
            .encode(record);
    assertThat(ByteBuffer.wrap(bytes)).isEqualTo(expected);
    assertThat(
            new BinaryMessageDecoder<SpecificRecord>(SpecificData.get(), record.getSchema())
                .decode(bytes))
        .isEqualTo(record);
  }

  @ParameterizedTest
  @MethodSource("dev.carryover.schemas.Samples#stream")
  void aRecordCutAnywhereIsRefused(SpecificRecord record) {
    byte[] bytes = Samples.encode(record);
    RecordCodec<SpecificRecord> codec = Samples.codecFor(record);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatExceptionOfType(RecordDecodingException.class)
          .as("%d of %d bytes", length, bytes.length)
          .isThrownBy(() -> codec.decode(cut))
          .extracting(RecordDecodingException::code)
          .isIn(
              length < RecordCodec.HEADER_LENGTH
                  ? List.of(Code.TOO_SHORT)
                  : List.of(Code.TRUNCATED, Code.LENGTH_BEYOND_RECORD));
    }
  }

  @Test
  void aRecordBeginsWithTheMarkerAndTheLittleEndianFingerprint() {
    ByteBuffer header =
        ByteBuffer.wrap(codec.encode(Samples.event())).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(header.getShort()).isEqualTo((short) 0x01C3);
    assertThat(header.getLong())
        .isEqualTo(codec.fingerprint())
        .isEqualTo(SchemaNormalization.parsingFingerprint64(Event.getClassSchema()));
  }

  @Test
  void fieldsWithADefaultMayBeLeftOut() throws IOException {
    Event event = Event.newBuilder().setKey("k").setTimestampMs(0).build();

    Event read = codec.decode(codec.encode(event));

    assertThat(read.getSequence()).isNull();
    assertThat(read.getToken()).isNull();
    assertThat(read.getFeatures()).isEmpty();
    assertThat(read.getEnd()).isFalse();
  }

  @Test
  void aSliceOfALargerArrayIsRead() throws IOException {
    byte[] bytes = codec.encode(Samples.event());
    byte[] larger = new byte[bytes.length + 20];
    Arrays.fill(larger, (byte) 0x55);
    System.arraycopy(bytes, 0, larger, 7, bytes.length);

    assertThat(codec.decode(larger, 7, bytes.length, null)).isEqualTo(Samples.event());
  }

  @Test
  void aRecordIsReadIntoTheOneToReuse() throws IOException {
    Event reuse = codec.decode(codec.encode(Samples.event()));
    List<Float> features = reuse.getFeatures();
    Event other = Event.newBuilder().setKey("k").setTimestampMs(1).setFeatures(List.of(7f)).build();
    byte[] bytes = codec.encode(other);

    Event read = codec.decode(bytes, 0, bytes.length, reuse);

    assertThat(read).isSameAs(reuse).isEqualTo(other);
    assertThat(read.getFeatures()).isSameAs(features);
  }

  @Test
  void aReusedInferenceMayChangeTheKindOfItsPrediction() throws IOException {
    RecordCodec<Inference> inferences = RecordCodec.of(Inference.class);
    Inference reuse = null;
    for (String kind : List.of("NextToken", "Transduction", "Regression", "Classification")) {
      Inference expected = (Inference) Samples.all().get("Inference-" + kind);
      byte[] bytes = inferences.encode(expected);
      reuse = inferences.decode(bytes, 0, bytes.length, reuse);
      assertThat(reuse).isEqualTo(expected);
    }
  }

  @Test
  void aRecordToReuseWhoseListCannotChangeIsTheCallersError() {
    byte[] bytes = codec.encode(Samples.event());
    Event reuse = new Event("k", 1L, null, null, List.of(1f), false);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.decode(bytes, 0, bytes.length, reuse))
        .withMessage(
            "a list that cannot be changed; the record to reuse; pass one that was read, or null");
  }

  @Test
  void whatIsReadHoldsNothingOfTheArray() throws IOException {
    RecordCodec<DeadLetter> deadLetters = RecordCodec.of(DeadLetter.class);
    DeadLetter sample = (DeadLetter) Samples.all().get("DeadLetter");
    byte[] bytes = deadLetters.encode(sample);

    DeadLetter read = deadLetters.decode(bytes);
    Arrays.fill(bytes, (byte) 0);

    assertThat(read).isEqualTo(sample);
  }

  @Test
  void aGiantRecordIsWrittenAndASmallOneAfterIt() throws IOException {
    RecordCodec<DeadLetter> deadLetters = RecordCodec.of(DeadLetter.class);
    DeadLetter small = (DeadLetter) Samples.all().get("DeadLetter");
    byte[] value = new byte[5_000_000];
    Arrays.fill(value, (byte) 0xA7);
    DeadLetter giant = DeadLetter.newBuilder(small).setRecordValue(ByteBuffer.wrap(value)).build();

    assertThat(deadLetters.decode(deadLetters.encode(giant))).isEqualTo(giant);
    assertThat(deadLetters.decode(deadLetters.encode(small))).isEqualTo(small);
  }

  @Test
  void encodingAllocatesLittleMoreThanItsResult() {
    Event event = Samples.event();
    event.setToken("E5");
    int rounds = 10_000;
    int length = codec.encode(event).length;
    for (int i = 0; i < rounds; i++) {
      codec.encode(event);
    }

    long before = Allocation.bytes();
    for (int i = 0; i < rounds; i++) {
      codec.encode(event);
    }
    long perRecord = (Allocation.bytes() - before) / rounds;

    // The array's header and padding, and an iterator over the features.
    assertThat(perRecord).isBetween((long) length, length + 96L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "\u007f", "\u0080", "\u07ff\u0800", "\uffff", "\ufffd", "\ud83d\ude00"})
  void everyStringOfUnicodeSurvives(String key) throws IOException {
    Event event = Event.newBuilder().setKey(key).setTimestampMs(0).build();

    assertThat(codec.decode(codec.encode(event)).getKey()).isEqualTo(key);
  }

  @Test
  void halfASurrogatePairIsWrittenAsAQuestionMark() throws IOException {
    Event event = Event.newBuilder().setKey("k\ud83d").setTimestampMs(0).build();

    assertThat(codec.decode(codec.encode(event)).getKey()).isEqualTo("k?");
  }

  @Test
  void aMissingFieldIsNamed() {
    Inference inference =
        Samples.inference(
            new NextToken("E5", 1f, 0, List.of(new TokenProbability()), List.of()), null);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.encode(new Event()))
        .withMessage(
            "a value that the schema does not allow; Event.key is null;"
                + " set every field that has no default");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.of(Inference.class).encode(inference))
        .withMessageContaining("; Inference.prediction.expected[0].token is null;");
  }

  @Test
  void aPredictionOfAnotherTypeIsNamed() {
    Inference inference = Samples.inference(Samples.nextToken(), null);
    inference.setPrediction("E5");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.of(Inference.class).encode(inference))
        .withMessageContaining("; Inference.prediction is a java.lang.String;");
  }

  @Test
  void anEncoderThatFailedEncodesTheNextRecord() throws IOException {
    assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(new Event()));

    assertThat(codec.decode(codec.encode(Samples.event()))).isEqualTo(Samples.event());
  }

  @Test
  void bytesShorterThanTheHeaderAreRefused() {
    assertRefused(
        new byte[9],
        Code.TOO_SHORT,
        "9 bytes, a header of 10 is needed; Event, byte 0 of 9;"
            + " write records in Avro's single-object encoding");
  }

  @Test
  void bytesWithoutTheMarkerAreRefused() {
    byte[] bytes = codec.encode(Samples.event());
    bytes[1] = 2;

    assertRefused(
        bytes,
        Code.NOT_SINGLE_OBJECT,
        "begins with C3 02, not C3 01; Event, byte 0 of "
            + bytes.length
            + "; write records in Avro's single-object encoding");
  }

  @Test
  void anUnknownFingerprintIsRefusedWithItsDigits() {
    byte[] bytes = new byte[30];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) 0x01C3)
        .putLong(0x0123456789abcdefL);

    assertRefused(
        bytes,
        Code.UNKNOWN_FINGERPRINT,
        "schema fingerprint 0123456789abcdef, Event has "
            + SchemaArchive.hex(codec.fingerprint())
            + "; Event, byte 2 of 30; add the producer's schema to the archive");
  }

  @Test
  void bytesAfterTheLastFieldAreRefused() {
    byte[] bytes = codec.encode(Samples.event());

    assertRefused(
        Arrays.copyOf(bytes, bytes.length + 3),
        Code.TRAILING_BYTES,
        "3 bytes are left after the last field; Event, byte "
            + bytes.length
            + " of "
            + (bytes.length + 3)
            + "; the record is damaged or was written with another schema: check its producer");
  }

  @Test
  void anotherRecordOnTheTopicIsRefusedByItsName() {
    byte[] bytes = Samples.encode(Samples.all().get("ModelStatus"));

    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(RecordDecodingException.class)
          .isThrownBy(() -> codec.decode(bytes))
          .withMessageStartingWith(
              "dev.carryover.schemas.ModelStatus cannot be read as dev.carryover.schemas.Event: ")
          .extracting(RecordDecodingException::code)
          .isEqualTo(Code.INCOMPATIBLE_SCHEMA);
    }
  }

  private void assertRefused(byte[] bytes, Code code, String message) {
    assertThatExceptionOfType(RecordDecodingException.class)
        .isThrownBy(() -> codec.decode(bytes))
        .withMessage(message)
        .asInstanceOf(type(RecordDecodingException.class))
        .extracting(RecordDecodingException::code)
        .isEqualTo(code);
  }
}
