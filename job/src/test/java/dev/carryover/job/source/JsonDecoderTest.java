package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonDecoderTest {
  private static final Map<String, String> FLAT =
      Map.of(
          "events.mapping.key", "id",
          "events.mapping.timestamp", "at",
          "events.mapping.token", "word");

  @Test
  void mappedFieldsAreFoundAnywhereAndTheRestIsSkipped() throws Exception {
    StreamEvent event =
        decode(
            Map.of(
                "events.mapping.key", "user.ids[1]",
                "events.mapping.timestamp", "meta.at",
                "events.mapping.timestamp-unit", "s",
                "events.mapping.token", "items[0].tags[2].name",
                "events.mapping.features", "items[1].x, y, items[1].z",
                "events.mapping.sequence", "meta.n",
                "events.mapping.end", "log\\.end"),
            """
            {"skip": [[{"user": 1}], null], "y": 2,
             "user": {"skip": {}, "ids": ["a", "b", "c"]},
             "items": [{"tags": [1, 2, {"name": "tok"}]}, {"x": 1, "z": 3.5}, {"x": 9}],
             "meta": {"at": 1767225600.5, "n": "12"}, "log.end": 1, "log": {"end": 0}}""");

    assertThat(event.detail()).isNull();
    assertThat(event.key()).isEqualTo("b");
    assertThat(event.timestampMs()).isEqualTo(1767225600500L);
    assertThat(event.token()).isEqualTo("tok");
    assertThat(event.features()).containsExactly(1f, 2f, 3.5f);
    assertThat(event.sequence()).isEqualTo(12);
    assertThat(event.end()).isTrue();
  }

  @Test
  void keyAndTimeMayComeFromTheKafkaRecord() throws Exception {
    Map<String, String> mapping =
        Map.of(
            "events.mapping.key", "$key",
            "events.mapping.timestamp", "$timestamp",
            "events.mapping.token", "word");

    StreamEvent event = decode(mapping, bytes("grüße"), bytes("{\"word\": \"a\"}"), 1234);
    assertThat(event.key()).isEqualTo("grüße");
    assertThat(event.timestampMs()).isEqualTo(1234);

    assertRejected(
        decode(mapping, null, bytes("{\"word\": \"a\"}"), 1234),
        RejectReason.MISSING_KEY,
        "the Kafka record has no key, one is needed; record key;"
            + " let the producer set it, or set events.mapping.key to a field");
    assertRejected(
        decode(mapping, new byte[0], bytes("{\"word\": \"a\"}"), 1234),
        RejectReason.MISSING_KEY,
        "the key is empty, at least one character is needed; key;"
            + " let the producer send the key of the event");
    assertRejected(
        decode(mapping, new byte[] {(byte) 0xFF}, bytes("{\"word\": \"a\"}"), 1234),
        RejectReason.UNDECODABLE,
        "the key of the Kafka record (1 bytes) is not UTF-8 text; record key;"
            + " let the producer write text, or set events.mapping.key to a field");
    assertRejected(
        decode(mapping, bytes("k"), bytes("{\"word\": \"a\"}"), -1),
        RejectReason.MISSING_TIMESTAMP,
        "the Kafka record has no timestamp (-1), one of at least 0 is needed; record timestamp;"
            + " let the producer set it, or set events.mapping.timestamp to a field");
  }

  @Test
  void oneFieldMayBeSeveralThings() throws Exception {
    StreamEvent event =
        decode(
            Map.of(
                "events.mapping.key", "id",
                "events.mapping.timestamp", "at",
                "events.mapping.token", "id",
                "events.mapping.sequence", "at"),
            "{\"id\": 7, \"at\": 1000}");

    assertThat(event.key()).isEqualTo("7");
    assertThat(event.token()).isEqualTo("7");
    assertThat(event.sequence()).isEqualTo(1000);
  }

  @Test
  void optionalFieldsMayBeMissingOrNull() throws Exception {
    Map<String, String> mapping =
        Map.of(
            "events.mapping.key", "id",
            "events.mapping.timestamp", "at",
            "events.mapping.token", "word",
            "events.mapping.features", "x, y",
            "events.mapping.sequence", "n",
            "events.mapping.end", "end");
    for (String json :
        new String[] {
          "{\"id\": \"a\", \"at\": 1}",
          "{\"id\": \"a\", \"at\": 1, \"word\": null, \"x\": null, \"n\": null, \"end\": null}"
        }) {
      StreamEvent event = decode(mapping, json);

      assertThat(event.detail()).isNull();
      assertThat(event.token()).isNull();
      assertThat(event.features()).isSameAs(StreamEvent.NO_FEATURES);
      assertThat(event.hasSequence()).isFalse();
      assertThat(event.end()).isFalse();
    }
  }

  @Test
  void someFeaturesButNotAllAreAMissingInput() throws Exception {
    assertRejected(
        decode(
            Map.of(
                "events.mapping.key", "id",
                "events.mapping.timestamp", "at",
                "events.mapping.features", "x, y.z"),
            "{\"id\": \"a\", \"at\": 1, \"x\": 5}"),
        RejectReason.MISSING_INPUT,
        "the feature is missing or null, a value is needed; field y.z; send it, or correct"
            + " events.mapping.features");
  }

  @Test
  void featuresMayBeOneListOfAnyLength() throws Exception {
    Map<String, String> mapping =
        Map.of(
            "events.mapping.key", "id",
            "events.mapping.timestamp", "at",
            "events.mapping.features", "v");

    assertThat(
            decode(mapping, "{\"id\":1,\"at\":1,\"v\":[" + "1,".repeat(999) + "\"2.5\"]}")
                .features())
        .hasSize(1000)
        .endsWith(2.5f);
    assertThat(decode(mapping, "{\"id\":1,\"at\":1,\"v\":[]}").features()).isEmpty();
    assertThat(decode(mapping, "{\"id\":1,\"at\":1,\"v\":3}").features()).containsExactly(3f);
  }

  @Test
  void recordMayBeAList() throws Exception {
    StreamEvent event =
        decode(
            Map.of(
                "events.mapping.key", "[0]",
                "events.mapping.timestamp", "[2]",
                "events.mapping.token", "[1].word"),
            "[\"a\", {\"word\": \"b\"}, 5]");

    assertThat(event.key()).isEqualTo("a");
    assertThat(event.token()).isEqualTo("b");
    assertThat(event.timestampMs()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'id': 'a', 'at': 'noon'} | the value is the text \"noon\", a number of ms since 1970 is needed; field at; send such a value, or map another field",
        "{'id': {'x': 1}, 'at': 1} | the value is an object, text or a whole number is needed; field id; send such a value, or map another field",
        "{'at': 1} | the key is missing or null, a value is needed; field id; send it, or correct events.mapping.key",
        "{'id': 'a', 'id': 'b'} | the field occurs twice, once is needed; field id; let the producer write one JSON object per record",
        "{'id': 'a', 'at': 1} x | the value is not JSON: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'); byte 22; let the producer write one JSON object per record",
        "{'id': 'a', 'at': -5} | the time is -5 ms since 1970, allowed are 0 to 253402300799999; time; correct the clock of the producer, or events.mapping.timestamp-unit",
        "{'id': 'a', 'at': 86401235} | the time 1970-01-02T00:00:01.235Z is PT24H0.001S ahead of the Kafka record's, allowed are PT24H; time; correct the clock of the producer, or raise events.max-time-ahead",
      })
  void detailSaysWhatWhereAndWhatToDo(String json, String detail) throws Exception {
    StreamEvent event = decode(FLAT, null, bytes(json.replace('\'', '"')), 1234);

    assertThat(event.detail()).isEqualTo("events-3@17: " + detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "events.mapping.key | a..b | events.mapping.key: \"a..b\" is no field path: a name is needed at character 3",
        "events.mapping.key | $timestamp | events.mapping.key is \"$timestamp\"; only events.mapping.key may be $key and only events.mapping.timestamp $timestamp",
        "events.mapping.token | $key | events.mapping.token is \"$key\"; only events.mapping.key may be $key and only events.mapping.timestamp $timestamp",
        "events.mapping.features | a, b[x] | events.mapping.features: \"b[x]\" is no field path: an index such as [0] is needed at character 2",
      })
  void malformedMappingIsRefusedBeforeAnythingStarts(String key, String path, String message) {
    Map<String, String> mapping = new TreeMap<>(FLAT);
    mapping.put(key, path);

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> deserializer(mapping))
        .withMessage(message);
  }

  private static void assertRejected(StreamEvent event, RejectReason reason, String detail) {
    assertThat(event.rejection()).isEqualTo(reason);
    assertThat(event.detail()).isEqualTo("events-3@17: " + detail);
  }

  private static StreamEvent decode(Map<String, String> mapping, String json) throws Exception {
    return decode(mapping, null, bytes(json), BadRecords.NOW_MS);
  }

  private static StreamEvent decode(
      Map<String, String> mapping, byte[] key, byte[] value, long timestampMs) throws Exception {
    return deserializer(mapping).decode(TestingRecords.record(key, value, timestampMs));
  }

  private static EventDeserializer deserializer(Map<String, String> mapping) throws Exception {
    Map<String, String> options = new TreeMap<>(mapping);
    options.put("events.format", "json");
    return TestingRecords.deserializer(options);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
