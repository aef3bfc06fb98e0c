package dev.carryover.tests.records;

import dev.carryover.job.source.BadRecords.Format;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Writes an event as a record of any format, with the mapping that the bad records have. */
final class RecordWriter {
  private static final int SCHEMA_ID = 7;

  private final Format format;
  private final Schema schema;

  /**
   * A writer.
   *
   * @param folder where the options of the format put its schema
   */
  RecordWriter(Format format, Path folder) throws IOException {
    this.format = format;
    String file = format.options(folder).get("events.avro.schema");
    this.schema = file == null ? null : new Schema.Parser().parse(Path.of(file).toFile());
  }

  byte[] write(Event event) throws IOException {
    return switch (format) {
      case EVENT -> RecordCodec.of(Event.class).encode(event);
      case JSON -> json(event).getBytes(StandardCharsets.UTF_8);
      case AVRO -> avro(event, new byte[0]);
      case AVRO_SINGLE_OBJECT ->
          avro(
              event,
              ByteBuffer.allocate(10)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .put((byte) 0xC3)
                  .put((byte) 1)
                  .putLong(SchemaNormalization.parsingFingerprint64(schema))
                  .array());
      case AVRO_CONFLUENT -> avro(event, new byte[] {0, 0, 0, 0, SCHEMA_ID});
    };
  }

  private static String json(Event event) {
    return "{\"user\": {\"id\": %s}, \"at\": %d, \"page\": %s, \"last\": %b, \"values\": [%s]}"
        .formatted(
            quote(event.getKey()),
            event.getTimestampMs(),
            event.getToken() == null ? "null" : quote(event.getToken()),
            event.getEnd(),
            event.getFeatures().stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private byte[] avro(Event event, byte[] framing) throws IOException {
    Schema userSchema = schema.getField("user").schema().getTypes().get(1);
    GenericData.Record user = new GenericData.Record(userSchema);
    user.put("id", event.getKey());
    GenericData.Record click = new GenericData.Record(schema);
    click.put("user", user);
    click.put("at", event.getTimestampMs());
    click.put("page", event.getToken());
    click.put("last", event.getEnd());
    click.put("values", event.getFeatures().stream().map(Float::doubleValue).toList());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(framing);
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(click, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }
}
