package dev.carryover.job.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class StreamEventSerializerTest extends SerializerTestBase<StreamEvent> {
  /** The event that {@link #V1} holds. */
  private static final StreamEvent EVENT =
      StreamEvent.builder()
          .key("blk_-1")
          .timestampMs(1_226_291_915_000L)
          .sequence(-7)
          .token("E5")
          .features(1.5f, -0f)
          .end(true)
          .origin("events", 3, 4_294_967_296L)
          .recordTimestampMs(1_226_291_915_250L)
          .record(ascii("blk_-1"), ascii("value"))
          .build();

  /** {@link #EVENT} in layout 1. Never edit: savepoints hold such bytes. */
  private static final String V1 =
      "ff01066576656e7473038080808010f0a38dcbb047f40306626c6b5f2d310576616c75650d03453502"
          + "3fc0000080000000";

  @Override
  protected TypeSerializer<StreamEvent> createSerializer() {
    return new StreamEventSerializer();
  }

  @Override
  protected int getLength() {
    return -1;
  }

  @Override
  protected Class<StreamEvent> getTypeClass() {
    return StreamEvent.class;
  }

  @Override
  protected StreamEvent[] getTestData() {
    byte[] key = ascii("key");
    return new StreamEvent[] {
      EVENT,
      StreamEvent.builder().build(),
      StreamEvent.builder().key("").token("").build(),
      StreamEvent.builder().key("key").record(key, null).build(),
      StreamEvent.builder().key("other").record(key, key).build(),
      StreamEvent.builder().key("keyy").record(key, key).build(),
      StreamEvent.builder().key("ü\uD83D\uDE00").token("\uD800").record(ascii("ü"), key).build(),
      StreamEvent.builder().key("\u0000").record(new byte[] {0}, new byte[0]).build(),
      StreamEvent.builder().key("\u00FF").record(new byte[] {-1}, new byte[0]).build(),
      StreamEvent.builder().timestampMs(Long.MAX_VALUE).recordTimestampMs(Long.MIN_VALUE).build(),
      StreamEvent.builder().timestampMs(Long.MIN_VALUE).recordTimestampMs(Long.MAX_VALUE).build(),
      StreamEvent.builder().timestampMs(-1).sequence(Long.MIN_VALUE).build(),
      StreamEvent.builder().sequence(0).origin("t", Integer.MAX_VALUE, Long.MAX_VALUE).build(),
      StreamEvent.builder().features(Float.NaN, Float.NEGATIVE_INFINITY).build(),
      StreamEvent.builder().origin("a.b_c-d", 1, 2).record(new byte[100_000], null).build(),
      EVENT.withRejection(RejectReason.LATE, "too late; here; send sooner"),
    };
  }

  @Test
  void bytesOfLayoutOneAreStillReadAndWritten() throws IOException {
    assertThat(write(EVENT)).isEqualTo(HexFormat.of().parseHex(V1));
    assertThat(read(new StreamEventSerializer(), HexFormat.of().parseHex(V1))).isEqualTo(EVENT);
  }

  @Test
  void randomEventsSurvive() throws IOException {
    long seed = 42;
    Random random = new Random(seed);
    StreamEventSerializer serializer = new StreamEventSerializer();
    for (int i = 0; i < 5_000; i++) {
      StreamEvent event = random(random);
      assertThat(read(serializer, write(event))).as("seed=%d, event %d", seed, i).isEqualTo(event);
    }
  }

  @Test
  void topicOfFollowingEventsIsDecodedOnce() throws IOException {
    StreamEventSerializer serializer = new StreamEventSerializer();
    StreamEvent first = read(serializer, write(EVENT));
    StreamEvent second = read(serializer, write(EVENT));

    assertThat(second.topic()).isSameAs(first.topic());
  }

  @Test
  void keyThatIsTheRecordKeyIsWrittenOnce() throws IOException {
    StreamEvent.Builder event =
        StreamEvent.builder()
            .key("a-key-of-20-letters.")
            .record(ascii("a-key-of-20-letters."), null);
    int once = write(event.build()).length;
    int twice = write(event.record(ascii("a-key-of-20-letterx."), null).build()).length;

    assertThat(twice - once).isEqualTo(21);
  }

  @Test
  void typicalEventTakesFewBytesBesideItsRecord() throws IOException {
    assertThat(write(EVENT).length)
        .isLessThanOrEqualTo(
            EVENT.topic().length()
                + EVENT.recordKey().length
                + EVENT.recordValue().length
                + EVENT.token().length()
                + 4 * EVENT.features().length
                + 25);
  }

  @Test
  void numberOfMoreThanTenBytesIsDamage() {
    byte[] damaged = new byte[16];
    Arrays.fill(damaged, (byte) 0xFF);

    assertThatIOException()
        .isThrownBy(() -> read(new StreamEventSerializer(), damaged))
        .withMessageContaining("more than ten bytes");
  }

  @Test
  void snapshotOfALaterLayoutIsRefused() {
    assertThatIOException()
        .isThrownBy(
            () ->
                new StreamEventSerializerSnapshot()
                    .readSnapshot(2, new DataInputDeserializer(), getClass().getClassLoader()))
        .withMessageContaining("layout 2")
        .withMessageContaining("reads layout 1");
  }

  @Test
  void typeIsFoundByExtractionAndNeverFallsBackToKryo() {
    SerializerConfigImpl config = new SerializerConfigImpl();
    config.setGenericTypes(false);

    TypeInformation<StreamEvent> type = TypeInformation.of(StreamEvent.class);

    assertThat(type).isEqualTo(new StreamEventTypeInfo());
    assertThat(type.createSerializer(config)).isInstanceOf(StreamEventSerializer.class);
    assertThat(type.createSerializer(new ExecutionConfig().getSerializerConfig()))
        .isEqualTo(new StreamEventSerializer());
  }

  @Test
  void eventShowsNoContent() {
    assertThat(EVENT).hasToString("StreamEvent[events-3@4294967296]");
    assertThat(EVENT.withRejection(RejectReason.LATE, "secret"))
        .hasToString("StreamEvent[events-3@4294967296, LATE]");
  }

  private static StreamEvent random(Random random) {
    StreamEvent.Builder event =
        StreamEvent.builder()
            .origin("topic-" + random.nextInt(3), random.nextInt(1 << 20), random.nextLong() >>> 1)
            .timestampMs(random.nextLong())
            .recordTimestampMs(random.nextLong())
            .end(random.nextBoolean());
    if (random.nextBoolean()) {
      event.key(text(random));
    }
    if (random.nextBoolean()) {
      event.token(text(random));
    }
    if (random.nextBoolean()) {
      event.sequence(random.nextLong());
    }
    float[] features = new float[random.nextInt(5)];
    for (int i = 0; i < features.length; i++) {
      features[i] = Float.intBitsToFloat(random.nextInt());
    }
    event.features(features);
    byte[] value = new byte[random.nextInt(300)];
    random.nextBytes(value);
    event.record(random.nextBoolean() ? value : null, random.nextBoolean() ? value : null);
    if (random.nextInt(4) == 0) {
      RejectReason[] reasons = RejectReason.values();
      event.rejection(reasons[random.nextInt(reasons.length)], text(random));
    }
    return event.build();
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(20); length > 0; length--) {
      text.append((char) (random.nextBoolean() ? 'a' + random.nextInt(26) : random.nextInt(65536)));
    }
    return text.toString();
  }

  private static byte[] write(StreamEvent event) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    new StreamEventSerializer().serialize(event, out);
    return out.getCopyOfBuffer();
  }

  private static StreamEvent read(StreamEventSerializer serializer, byte[] bytes)
      throws IOException {
    return serializer.deserialize(new DataInputDeserializer(bytes));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
