package dev.carryover.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvroDecoderTest {
  private static final String CURRENT =
      """
      {"type": "record", "name": "Log", "namespace": "ops", "fields": [
        {"name": "block", "type": {"type": "record", "name": "Block", "fields": [
          {"name": "id", "type": "long"}]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "template", "type": {"type": "enum", "name": "Template", "symbols": ["E1", "E2"]}},
        {"name": "labels", "type": {"type": "map", "values": "string"}, "default": {}},
        {"name": "readings", "type": {"type": "array", "items": "double"}, "default": [7.5]},
        {"name": "payload", "type": "bytes", "default": ""},
        {"name": "level", "type": "int", "aliases": ["severity"], "default": 3}
      ]}
      """;

  /** An older schema: narrower types, another name, fewer fields. */
  private static final String OLD =
      """
      {"type": "record", "name": "Log", "namespace": "ops", "fields": [
        {"name": "severity", "type": "int"},
        {"name": "block", "type": {"type": "record", "name": "Block", "fields": [
          {"name": "id", "type": "int"}]}},
        {"name": "at", "type": "long"},
        {"name": "template", "type": {"type": "enum", "name": "Template", "symbols": ["E2", "E1"]}}
      ]}
      """;

  @TempDir Path folder;

  private final Map<String, String> options = new TreeMap<>();

  @BeforeEach
  void writeSchemas() throws Exception {
    Files.writeString(folder.resolve("current.avsc"), CURRENT);
    Files.writeString(folder.resolve("old.avsc"), OLD);
    options.put("events.format", "avro");
    options.put("events.avro.schema", folder.resolve("current.avsc").toString());
    options.put("events.mapping.key", "block.id");
    options.put("events.mapping.timestamp", "at");
    options.put("events.mapping.token", "template");
    options.put("events.mapping.sequence", "level");
    options.put("events.mapping.features", "readings");
  }

  @Test
  void nestedFieldsEnumsMapsAndListsAreRead() throws Exception {
    options.put("events.mapping.token", "labels.page");
    options.put("events.mapping.features", "readings[1], level, readings[0]");

    StreamEvent event = decode(current());

    assertThat(event.detail()).isNull();
    assertThat(event.key()).isEqualTo("-5");
    assertThat(event.timestampMs()).isEqualTo(BadRecords.NOW_MS);
    assertThat(event.token()).isEqualTo("home");
    assertThat(event.features()).containsExactly(2f, 9f, 1f);
    assertThat(event.sequence()).isEqualTo(9);
  }

  @Test
  void unitComesFromTheLogicalType() throws Exception {
    assertThat(decode(current()).timestampMs()).isEqualTo(BadRecords.NOW_MS);

    options.put("events.mapping.timestamp-unit", "us");
    assertThat(decode(current()).timestampMs()).isEqualTo(BadRecords.NOW_MS);

    options.put("events.mapping.timestamp-unit", "ms");
    assertRefused(
        "events.mapping.timestamp-unit is ms, but \"at\" has the logical type timestamp-micros in the"
            + " schema; remove the key");
  }

  @Test
  void absentElementIsAMissingValue() throws Exception {
    options.put("events.mapping.token", "labels.absent");
    options.put("events.mapping.features", "readings[1], readings[7]");

    StreamEvent event = decode(current());

    assertThat(event.rejection()).isEqualTo(RejectReason.MISSING_INPUT);
    assertThat(event.detail())
        .isEqualTo(
            "events-3@17: the feature is missing or null, a value is needed; field readings[7];"
                + " send it, or correct events.mapping.features");
  }

  @Test
  void recordOfAnOlderSchemaIsResolvedByItsFingerprint() throws Exception {
    options.put("events.avro.framing", "single-object");
    options.put("events.avro.writer-schemas.before-2026", folder.resolve("old.avsc").toString());

    assertResolved(
        decode(
            new Wire()
                .raw(0xC3, 1)
                .littleEndian(
                    SchemaNormalization.parsingFingerprint64(new Schema.Parser().parse(OLD)), 8)
                .raw(old())
                .bytes()));
    assertThat(
            decode(
                    new Wire()
                        .raw(0xC3, 1)
                        .littleEndian(
                            SchemaNormalization.parsingFingerprint64(
                                new Schema.Parser().parse(CURRENT)),
                            8)
                        .raw(current())
                        .bytes())
                .key())
        .isEqualTo("-5");
  }

  @Test
  void recordOfAnOlderSchemaIsResolvedByItsId() throws Exception {
    options.put("events.avro.framing", "confluent");
    options.put("events.avro.writer-schemas.100001", folder.resolve("old.avsc").toString());
    options.put("events.avro.writer-schemas.100002", folder.resolve("current.avsc").toString());

    assertResolved(decode(new Wire().raw(0, 0, 1, 0x86, 0xA1).raw(old()).bytes()));
    assertThat(decode(new Wire().raw(0, 0, 1, 0x86, 0xA2).raw(current()).bytes()).key())
        .isEqualTo("-5");

    StreamEvent unknown = decode(new Wire().raw(0, 0, 0, 0, 1).raw(current()).bytes());
    assertThat(unknown.rejection()).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
    assertThat(unknown.detail())
        .isEqualTo(
            "events-3@17: the record was written with the schema of id 1, which is not configured;"
                + " byte 1; add its file as events.avro.writer-schemas.1");
  }

  @Test
  void hostileLengthInARecordOfAnOlderSchemaAllocatesNothing() throws Exception {
    options.put("events.avro.framing", "confluent");
    options.put("events.avro.writer-schemas.1", folder.resolve("old.avsc").toString());
    options.put("events.avro.writer-schemas.2", folder.resolve("current.avsc").toString());

    byte[] huge =
        new Wire()
            .raw(0, 0, 0, 0, 2)
            .number(-5)
            .number(1)
            .number(0)
            .number(0)
            .number(Integer.MAX_VALUE)
            .bytes();

    assertThat(decode(huge).rejection()).isEqualTo(RejectReason.UNDECODABLE);
    assertThat(decode(new Wire().raw(0, 0, 0, 0, 1).raw(old()).raw(1).bytes()).rejection())
        .isEqualTo(RejectReason.UNDECODABLE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "events.mapping.key | user | events.mapping.key is \"user\", but schema ops.Log has no such field; its fields are block, at, template, labels, readings, payload, level",
        "events.mapping.key | block.name | events.mapping.key is \"block.name\", but schema ops.Log has no such field; its fields are block, at, template, labels, readings, payload, level",
        "events.mapping.key | block[0] | events.mapping.key is \"block[0]\", but schema ops.Log has no such field; its fields are block, at, template, labels, readings, payload, level",
        "events.mapping.key | block | events.mapping.key is \"block\", but that is of type record in schema ops.Log; allowed are enum, string, int, long, boolean",
        "events.mapping.token | payload | events.mapping.token is \"payload\", but that is of type bytes in schema ops.Log; allowed are enum, string, int, long, boolean",
        "events.mapping.sequence | template | events.mapping.sequence is \"template\", but that is of type enum in schema ops.Log; allowed are string, int, long",
        "events.mapping.features | labels | events.mapping.features is \"labels\", but that is of type map in schema ops.Log; allowed are array, string, int, long, float, double, boolean",
      })
  void mappingThatTheSchemaDoesNotHaveIsRefused(String key, String path, String message) {
    options.put(key, path);

    assertRefused(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | which holds no Avro schema: ",
        "\"string\" | which cannot be used: schema of type string, a record is needed",
        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"r\", \"type\": [\"null\", \"R\"]}]} | which cannot be used: schema contains itself",
      })
  void fileThatHoldsNoUsableSchemaIsRefused(String schema, String message) throws Exception {
    Files.writeString(folder.resolve("current.avsc"), schema);

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> TestingRecords.deserializer(options))
        .withMessageStartingWith("events.avro.schema is \"")
        .withMessageContaining(message);
  }

  @Test
  void schemaFileThatIsAbsentIsRefused() {
    options.put("events.avro.schema", folder.resolve("absent.avsc").toString());

    assertRefused(
        "events.avro.schema is \"%s\", which cannot be read (NoSuchFileException); give the path of"
                .formatted(folder.resolve("absent.avsc"))
            + " an .avsc file");
  }

  @Test
  void writerSchemaThatCannotBeResolvedIsRefused() throws Exception {
    Files.writeString(folder.resolve("old.avsc"), OLD.replace("\"int\"", "\"string\""));
    options.put("events.avro.framing", "single-object");
    options.put("events.avro.writer-schemas.old", folder.resolve("old.avsc").toString());

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> TestingRecords.deserializer(options))
        .withMessageStartingWith(
            "events.avro.writer-schemas.old: records of ops.Log cannot be read as ops.Log of"
                + " events.avro.schema: ");
  }

  private void assertRefused(String message) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> TestingRecords.deserializer(options))
        .withMessage(message);
  }

  private static void assertResolved(StreamEvent event) {
    assertThat(event.detail()).isNull();
    assertThat(event.key()).isEqualTo("-5");
    assertThat(event.token()).as("symbol by name, not by position").isEqualTo("E1");
    assertThat(event.features()).as("default").containsExactly(7.5f);
    assertThat(event.sequence()).as("alias").isEqualTo(2);
  }

  private StreamEvent decode(byte[] value) throws Exception {
    return TestingRecords.deserializer(options)
        .decode(TestingRecords.record(null, value, BadRecords.NOW_MS));
  }

  private static byte[] current() {
    return new Wire()
        .number(-5)
        .number(BadRecords.NOW_MS * 1000 + 999)
        .number(1)
        .number(1)
        .text("page")
        .text("home")
        .raw(0)
        .number(2)
        .float64(1)
        .float64(2)
        .raw(0)
        .text("bytes")
        .number(9)
        .bytes();
  }

  private static byte[] old() {
    return new Wire().number(2).number(-5).number(BadRecords.NOW_MS * 1000).number(1).bytes();
  }
}
