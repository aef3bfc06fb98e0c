package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.source.BadRecords.Format;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventDeserializerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Format.class)
  void deserializerTravelsInAJobGraph(Format format) throws Exception {
    EventDeserializer deserializer =
        CommonTestUtils.createCopySerializable(TestingRecords.deserializer(format.options(folder)));
    deserializer.open(null);
    List<StreamEvent> events = new ArrayList<>();

    deserializer.deserialize(
        TestingRecords.record(null, format.good(), BadRecords.NOW_MS), new ListCollector(events));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).key()).isEqualTo("user-1");
    assertThat(deserializer.getProducedType()).isEqualTo(new StreamEventTypeInfo());
  }

  @Test
  void recordAtEveryLimitIsAccepted() throws Exception {
    EventDeserializer deserializer =
        TestingRecords.deserializer(
            Map.of(
                "events.format", "json",
                "events.mapping.key", "id",
                "events.mapping.timestamp", "at",
                "events.mapping.token", "word",
                "events.max-record-size", "200 b",
                "events.max-key-length", "10",
                "events.max-time-ahead", "1 s"));
    String json = "{\"id\": \"0123456789\", \"at\": 1001000, \"word\": \"a\"}";

    StreamEvent event = deserializer.decode(padded(json, 200));
    assertThat(event.detail()).isNull();
    assertThat(event.key()).isEqualTo("0123456789");

    assertThat(deserializer.decode(padded(json, 201)).rejection())
        .isEqualTo(RejectReason.RECORD_TOO_LARGE);
    assertThat(deserializer.decode(padded(json.replace("012", "0123"), 200)).rejection())
        .isEqualTo(RejectReason.KEY_TOO_LONG);
    assertThat(deserializer.decode(padded(json.replace("1001000", "1001001"), 200)).rejection())
        .isEqualTo(RejectReason.TIMESTAMP_OUT_OF_RANGE);
  }

  @Test
  void sourceIsUnboundedUnlessItIsMadeBounded() throws Exception {
    KafkaSource<StreamEvent> source =
        EventSource.builder(
                TestingRecords.configuration(
                    Map.of("events.topics", "a, b", "events.start", "committed")))
            .build();

    assertThat(source.getBoundedness()).isEqualTo(Boundedness.CONTINUOUS_UNBOUNDED);
    assertThat(source.getProducedType()).isEqualTo(new StreamEventTypeInfo());
  }

  @Test
  void abortedTransactionsAreNotReadUnlessTheConfigurationSaysSo() throws Exception {
    assertThat(EventSource.consumerProperties(TestingRecords.configuration(Map.of())))
        .containsEntry("isolation.level", "read_committed");
    assertThat(
            EventSource.consumerProperties(
                TestingRecords.configuration(
                    Map.of(
                        "events.properties.isolation.level", "read_uncommitted",
                        "events.properties.max.poll.records", "100"))))
        .containsEntry("isolation.level", "read_uncommitted")
        .containsEntry("max.poll.records", "100");
  }

  @Test
  void eventTimeIsTheEventsAndThatOfARejectedOneTheRecords() throws Exception {
    WatermarkStrategy<StreamEvent> strategy =
        EventSource.watermarks(TestingRecords.configuration(Map.of()));
    TimestampAssigner<StreamEvent> assigner = strategy.createTimestampAssigner(() -> null);
    StreamEvent event = StreamEvent.builder().key("a").timestampMs(5).build();

    assertThat(assigner.extractTimestamp(event, 99)).isEqualTo(5);
    assertThat(assigner.extractTimestamp(event.withRejection(RejectReason.LATE, "late"), 99))
        .isEqualTo(99);
    assertThat(CommonTestUtils.createCopySerializable(strategy)).isNotNull();
  }

  private static ConsumerRecord<byte[], byte[]> padded(String json, int length) {
    byte[] value = (json + " ".repeat(length - json.length())).getBytes(StandardCharsets.UTF_8);
    return TestingRecords.record(null, value, 1_000_000);
  }

  private record ListCollector(List<StreamEvent> events) implements Collector<StreamEvent> {
    @Override
    public void collect(StreamEvent event) {
      events.add(event);
    }

    @Override
    public void close() {}
  }
}
