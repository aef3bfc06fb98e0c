package dev.carryover.job.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadLettersTest {
  private static final long SEED = 7;

  @Test
  void smallRecordIsOneDeadLetterWithItsReasonAndOrigin() {
    StreamEvent event = rejected(new byte[] {1, 2}, new byte[] {3, 4, 5});

    assertThat(new DeadLetters(100).split(event))
        .containsExactly(
            DeadLetter.newBuilder()
                .setTopic("events")
                .setPartition(3)
                .setOffset(17)
                .setTimestampMs(99L)
                .setRecordKey(ByteBuffer.wrap(new byte[] {1, 2}))
                .setRecordValue(ByteBuffer.wrap(new byte[] {3, 4, 5}))
                .setReason("UNKNOWN_TOKEN")
                .setDetail("what; where; what to do")
                .build());
  }

  @Test
  void recordWithoutTimestampHasNone() {
    StreamEvent event =
        StreamEvent.builder().rejection(RejectReason.MISSING_VALUE, "no value").build();

    assertThat(new DeadLetters(100).split(event))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.getTimestampMs()).isNull();
              assertThat(letter.getRecordKey()).isNull();
              assertThat(letter.getRecordValue()).isNull();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "-1, -1, 1",
    "-1, 0, 1",
    "0, -1, 1",
    "0, 0, 1",
    "-1, 10, 1",
    "-1, 11, 2",
    "3, 7, 1",
    "3, 8, 2",
    "10, 0, 1",
    "11, 0, 2",
    "25, -1, 3",
    "25, 5, 3",
    "25, 6, 4",
    "1, 99, 10",
    "99, 1, 10",
    "-1, 1000, 100"
  })
  void partsJoinToTheRecordByteForByte(int keyLength, int valueLength, int parts)
      throws IOException {
    byte[] key = random(keyLength);
    byte[] value = random(valueLength);

    List<DeadLetter> letters = new DeadLetters(10).split(rejected(key, value));

    assertThat(letters).hasSize(parts);
    for (DeadLetter letter : letters) {
      assertThat(length(letter.getRecordKey()) + length(letter.getRecordValue()))
          .isLessThanOrEqualTo(10);
    }
    Collections.shuffle(letters, new Random(SEED));
    DeadLetter whole = DeadLetters.join(throughKafka(letters));
    assertThat(bytes(whole.getRecordKey())).as("seed=%d", SEED).isEqualTo(key);
    assertThat(bytes(whole.getRecordValue())).as("seed=%d", SEED).isEqualTo(value);
    assertThat(whole.getPart()).isZero();
    assertThat(whole.getParts()).isEqualTo(1);
    assertThat(whole.getReason()).isEqualTo("UNKNOWN_TOKEN");
  }

  @Test
  void giantRecordArrivesWholeInPartsThatFitAKafkaRecord() throws IOException {
    byte[] key = random(700_000);
    byte[] value = random(20_000_000);

    List<DeadLetter> letters = new DeadLetters(512 << 10).split(rejected(key, value));

    RecordCodec<DeadLetter> codec = RecordCodec.of(DeadLetter.class);
    assertThat(letters).allMatch(letter -> codec.encode(letter).length <= (512 << 10) + (16 << 10));
    DeadLetter whole = DeadLetters.join(throughKafka(letters));
    assertThat(Arrays.equals(bytes(whole.getRecordKey()), key)).isTrue();
    assertThat(Arrays.equals(bytes(whole.getRecordValue()), value)).isTrue();
  }

  @Test
  void splittingDoesNotTouchTheEvent() {
    byte[] value = random(100);
    byte[] copy = value.clone();

    new DeadLetters(10).split(rejected(null, value));

    assertThat(value).isEqualTo(copy);
  }

  @Test
  void partsThatAreNotOneRecordAreRefused() {
    List<DeadLetter> letters = new DeadLetters(10).split(rejected(null, random(30)));
    DeadLetter other = DeadLetter.newBuilder(letters.get(1)).setOffset(18).build();

    for (List<DeadLetter> wrong :
        List.of(
            letters.subList(0, 2),
            letters.subList(1, 3),
            List.of(letters.get(0), letters.get(0), letters.get(1)),
            List.of(letters.get(0), other, letters.get(2)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> DeadLetters.join(wrong))
          .withMessageMatching(
              "Part \\d of 3 of events-3@1[78] stands where part \\d of \\d of events-3@17 belongs;"
                  + " collect the parts by topic, partition and offset");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> DeadLetters.join(List.of()));
  }

  @Test
  void onlyARejectedEventBecomesADeadLetter() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DeadLetters(10)
                    .split(StreamEvent.builder().key("a").origin("events", 1, 2).build()))
        .withMessage("events-1@2 is not rejected; only a rejected event becomes a dead letter");
  }

  @Test
  void partOfNoBytesIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new DeadLetters(0));
  }

  @Test
  void functionTravelsInAJobGraph() throws Exception {
    assertThat(
            CommonTestUtils.createCopySerializable(new DeadLetters(10))
                .split(rejected(null, random(11))))
        .hasSize(2);
  }

  private static List<DeadLetter> throughKafka(List<DeadLetter> letters) throws IOException {
    RecordCodec<DeadLetter> codec = RecordCodec.of(DeadLetter.class);
    List<DeadLetter> read = new ArrayList<>();
    for (DeadLetter letter : letters) {
      read.add(codec.decode(codec.encode(letter)));
    }
    return read;
  }

  private static StreamEvent rejected(byte[] key, byte[] value) {
    return StreamEvent.builder()
        .origin("events", 3, 17)
        .recordTimestampMs(99)
        .record(key, value)
        .rejection(RejectReason.UNKNOWN_TOKEN, "what; where; what to do")
        .build();
  }

  private static byte[] random(int length) {
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    new Random(SEED).nextBytes(bytes);
    return bytes;
  }

  private static int length(ByteBuffer buffer) {
    return buffer == null ? 0 : buffer.remaining();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
