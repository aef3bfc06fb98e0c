package dev.carryover.tests.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.source.BadRecords;
import dev.carryover.job.source.BadRecords.Case;
import dev.carryover.job.source.BadRecords.Format;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.Regression;
import dev.carryover.tests.stream.BitwiseInferences;
import dev.carryover.tests.stream.BrokerExtension;
import dev.carryover.tests.stream.CommittedRecords;
import dev.carryover.tests.stream.EventTopic;
import dev.carryover.tests.stream.PlainLoop;
import dev.carryover.tests.stream.TestingCluster;
import dev.carryover.tests.stream.TestingJob;
import dev.carryover.tests.stream.TestingModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every kind of bad record arrives whole among the dead letters or the late events, with its reason
 * and the position that it came from, while the good records around it are all inferred.
 */
@ExtendWith(BrokerExtension.class)
class BadRecordsITCase {
  private static final int PARTITIONS = 4;
  private static final int LARGEST_RECORD = 16 << 20;
  private static final int GOOD_KEYS = 40;
  private static final int MAX_WAITING = 50;
  private static final long HOUR_MS = 3_600_000;
  private static final long FIRST_END_MS = BadRecords.NOW_MS + HOUR_MS;
  private static final long SECOND_END_MS = BadRecords.NOW_MS + 2 * HOUR_MS;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "EVENT, TOKENS, true",
    "EVENT, FEATURES, false",
    "JSON, TOKENS, false",
    "JSON, FEATURES, true",
    "AVRO, TOKENS, true",
    "AVRO_SINGLE_OBJECT, FEATURES, false",
    "AVRO_CONFLUENT, TOKENS, false"
  })
  void badRecordsArriveWholeWhileTheRestFlows(
      Format format, Input input, boolean eventTime, EmbeddedBroker broker) throws Exception {
    TestingJob job = job(format, input, eventTime, broker);
    RecordWriter writer = new RecordWriter(format, folder);
    Sent sent = new Sent(input, writer);

    try (EventTopic events = new EventTopic(broker, job.events(), PARTITIONS, LARGEST_RECORD);
        TestingCluster cluster = TestingCluster.start(1, 2, folder);
        CommittedRecords inferences = job.read(job.inferences());
        CommittedRecords deadLetters = job.read(job.deadLetters());
        CommittedRecords late = job.read(job.late())) {
      for (Case bad : sendable(format)) {
        sent.addBad(events, bad);
      }
      for (Case misfit : input.misfits(format, writer)) {
        sent.addBad(events, misfit);
      }
      sent.addGoodOfEveryKey(events, FIRST_END_MS - 1);
      sent.addClocks(events, FIRST_END_MS);
      sent.flush(events);
      TestingCluster.Job running = cluster.submit(job.build());

      // When the last of every key is out, the watermark is at most one millisecond behind the
      // clocks.
      inferences.await(GOOD_KEYS + sent.goodBadPairs(), running::ended);
      if (eventTime) {
        for (long time : new long[] {0, 1, BadRecords.NOW_MS - 1, FIRST_END_MS - 1}) {
          sent.addLate(events, time);
        }
        sent.addCrowd(events, SECOND_END_MS - 2, MAX_WAITING);
      }
      sent.addGoodOfEveryKey(events, SECOND_END_MS - 1);
      sent.addClocks(events, SECOND_END_MS);
      sent.flush(events);
      int clocks = eventTime ? PARTITIONS : 2 * PARTITIONS;
      int crowd = eventTime ? MAX_WAITING : 0;
      inferences.await(2 * GOOD_KEYS + sent.goodBadPairs() + clocks + crowd, running::ended);
      running.stop(folder.resolve("savepoints"));

      assertInferred(format + ", " + input, input, sent, eventTime, inferences.toEnd());
      assertLetters(sent.bad, deadLetters.toEnd(), job.events());
      assertLetters(sent.late, late.toEnd(), job.events());
    }
  }

  @Test
  void thereAreFarMoreThanAHundredKinds() throws IOException {
    Set<String> kinds = new HashSet<>();
    for (Format format : Format.values()) {
      sendable(format).forEach(bad -> kinds.add(bad.name()));
      for (Input input : Input.values()) {
        for (Case misfit : input.misfits(format, new RecordWriter(format, folder))) {
          kinds.add(input + " " + misfit.name());
        }
      }
    }
    assertThat(kinds).hasSizeGreaterThan(200);
  }

  /** The kinds that a present-day producer can send: it gives every record a timestamp. */
  private static List<Case> sendable(Format format) {
    return format.cases().stream().filter(bad -> bad.recordTimestampMs() >= 0).toList();
  }

  private TestingJob job(Format format, Input input, boolean eventTime, EmbeddedBroker broker)
      throws IOException {
    String name = "bad-" + format.name().toLowerCase().replace('_', '-') + "-" + input.ordinal();
    Path model = TestingModels.write(input.model(), folder);
    return new TestingJob(broker, name, model, folder)
        .with(format.options(folder))
        .with("parallelism", "2")
        .with("events.unknown-token", "dead-letter")
        .with("ordering.mode", eventTime ? "event-time" : "arrival")
        .with("ordering.max-buffered-events", Integer.toString(MAX_WAITING))
        .createOutputTopics();
  }

  private static void assertInferred(
      String run,
      Input input,
      Sent sent,
      boolean eventTime,
      List<ConsumerRecord<byte[], byte[]>> records)
      throws IOException {
    List<Event> usable = new ArrayList<>(sent.good);
    if (eventTime) {
      // The last clocks wait for a watermark that never comes.
      usable.removeIf(event -> event.getTimestampMs() == SECOND_END_MS);
    }
    if (input == Input.TOKENS) {
      PlainLoop loop = PlainLoop.of(input.model()).expecting(3);
      usable.forEach(loop::add);
      BitwiseInferences.assertEqual(run, records, loop.inferences());
      return;
    }
    Map<String, Long> steps = new HashMap<>();
    RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Inference inference = codec.decode(record.value());
      assertThat(inference.getPrediction()).isInstanceOf(Regression.class);
      assertThat(inference.getStep()).isEqualTo(steps.merge(inference.getKey(), 1L, Long::sum));
    }
    Map<String, Long> expected = new HashMap<>();
    usable.forEach(event -> expected.merge(event.getKey(), 1L, Long::sum));
    assertThat(steps).as(run).isEqualTo(expected);
  }

  private static void assertLetters(
      Map<String, Case> expected, List<ConsumerRecord<byte[], byte[]>> records, String topic)
      throws IOException {
    RecordCodec<DeadLetter> codec = RecordCodec.of(DeadLetter.class);
    Map<String, List<DeadLetter>> letters = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      DeadLetter letter = codec.decode(record.value());
      letters
          .computeIfAbsent(letter.getPartition() + "@" + letter.getOffset(), p -> new ArrayList<>())
          .add(letter);
    }
    assertThat(letters.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (place, bad) -> {
          List<DeadLetter> parts = letters.get(place);
          parts.sort(Comparator.comparing(DeadLetter::getPart));
          for (int part = 0; part < parts.size(); part++) {
            DeadLetter letter = parts.get(part);
            assertThat(letter.getTopic()).as("%s", bad).isEqualTo(topic);
            assertThat(letter.getReason())
                .as("%s: %s", bad, letter.getDetail())
                .isEqualTo(bad.reason().name());
            assertThat(letter.getTimestampMs()).as("%s", bad).isEqualTo(bad.recordTimestampMs());
            assertThat(letter.getPart()).as("%s: parts", bad).isEqualTo(part);
            assertThat(letter.getParts()).as("%s: parts", bad).isEqualTo(parts.size());
            assertThat(letter.getDetail()).as("%s", bad).isNotBlank();
          }
          assertThat(join(parts.stream().map(DeadLetter::getRecordKey).toList()))
              .as("%s: key", bad)
              .isEqualTo(bad.recordKey());
          assertThat(
                  Arrays.equals(
                      join(parts.stream().map(DeadLetter::getRecordValue).toList()),
                      bad.recordValue()))
              .as("%s: the whole value", bad)
              .isTrue();
        });
  }

  private static byte[] join(List<ByteBuffer> slices) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (ByteBuffer slice : slices) {
      if (slice == null) {
        return null;
      }
      byte[] bytes = new byte[slice.remaining()];
      slice.duplicate().get(bytes);
      whole.writeBytes(bytes);
    }
    return whole.toByteArray();
  }

  /** What was sent, and where each bad record lies in the topic. */
  private static final class Sent {
    private final Input input;
    private final RecordWriter writer;
    private final List<ProducerRecord<byte[], byte[]>> pending = new ArrayList<>();
    private final List<Case> pendingCases = new ArrayList<>();
    private final Map<String, Case> bad = new HashMap<>();
    private final Map<String, Case> late = new HashMap<>();
    private final List<Event> good = new ArrayList<>();

    private int pairs;
    private int number;

    Sent(Input input, RecordWriter writer) {
      this.input = input;
      this.writer = writer;
    }

    /** How many good events stand beside a bad record. */
    int goodBadPairs() {
      return pairs;
    }

    /**
     * Adds a bad record, and a good one of its time behind it in the same partition: no watermark
     * between them makes the next bad one late.
     */
    void addBad(EventTopic topic, Case record) throws IOException {
      int partition = pairs % PARTITIONS;
      add(topic, partition, record);
      addGood(topic, "good-" + pairs % GOOD_KEYS, BadRecords.NOW_MS);
      pairs++;
    }

    private void add(EventTopic topic, int partition, Case record) {
      pending.add(
          topic.record(
              partition, record.recordTimestampMs(), record.recordKey(), record.recordValue()));
      pendingCases.add(record);
    }

    /** Keys are spread such that a key is always in one partition. */
    private void addGood(EventTopic topic, String key, long timeMs) throws IOException {
      Event event = input.good(key, timeMs, number++);
      int partition = Integer.parseInt(key.substring(key.indexOf('-') + 1)) % PARTITIONS;
      pending.add(topic.record(partition, timeMs, null, writer.write(event)));
      pendingCases.add(null);
      good.add(event);
    }

    void addGoodOfEveryKey(EventTopic topic, long timeMs) throws IOException {
      for (int key = 0; key < GOOD_KEYS; key++) {
        addGood(topic, "good-" + key, timeMs);
      }
    }

    /** Adds an event to every partition that brings the watermark to its time, less one. */
    void addClocks(EventTopic topic, long timeMs) throws IOException {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        addGood(topic, "clock-" + partition, timeMs);
      }
    }

    /** Adds an event that comes after the watermark. */
    void addLate(EventTopic topic, long timeMs) throws IOException {
      Event event = input.good("good-1", timeMs, number++);
      add(
          topic,
          1,
          new Case(
              null,
              "time back to " + timeMs,
              null,
              writer.write(event),
              BadRecords.NOW_MS,
              RejectReason.LATE));
    }

    /** Adds three more events of a key than may wait for the watermark. */
    void addCrowd(EventTopic topic, long timeMs, int allowed) throws IOException {
      for (int i = 0; i < allowed; i++) {
        addGood(topic, "crowd-2", timeMs);
      }
      for (int i = 0; i < 3; i++) {
        Event event = input.good("crowd-2", timeMs, number++);
        add(
            topic,
            2,
            new Case(
                null,
                "one too many to wait, " + i,
                "crowd".getBytes(StandardCharsets.UTF_8),
                writer.write(event),
                BadRecords.NOW_MS + HOUR_MS,
                RejectReason.ORDERING_BUFFER_FULL));
      }
    }

    void flush(EventTopic topic) throws InterruptedException {
      List<RecordMetadata> places = topic.send(pending, "records");
      for (int i = 0; i < places.size(); i++) {
        Case record = pendingCases.get(i);
        if (record != null) {
          (record.reason() == RejectReason.LATE ? late : bad)
              .put(places.get(i).partition() + "@" + places.get(i).offset(), record);
        }
      }
      pending.clear();
      pendingCases.clear();
    }
  }
}
