package dev.carryover.schemas;

import dev.carryover.schemas.RecordDecodingException.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * Records to bytes and back, in Avro's single-object encoding: {@code C3 01}, the 8 bytes of the
 * writer's schema fingerprint (CRC-64-AVRO, little-endian), then the body.
 *
 * <pre>{@code
 * RecordCodec<Event> codec = RecordCodec.of(Event.class);
 * byte[] bytes = codec.encode(event);
 * Event again = codec.decode(bytes);
 * }</pre>
 *
 * <p>A record of the codec's own schema is recognized by its fingerprint and read directly. For any
 * other fingerprint the writer's schema is looked up in the {@link SchemaArchive} and resolved by
 * Avro's rules, once per schema.
 *
 * <p>Bytes are not trusted: decoding returns a record or throws {@link RecordDecodingException},
 * and allocates no more than a small multiple of the length it is given. Encoding allocates the
 * array it returns.
 *
 * <p>Thread-safety: none; one per thread. Aliasing: neither side keeps the other's arrays.
 */
public final class RecordCodec<T extends SpecificRecord> {

  /** Length in bytes of what stands before the body: two marker bytes and the fingerprint. */
  public static final int HEADER_LENGTH = 10;

  private static final byte MARKER_0 = (byte) 0xC3;
  private static final byte MARKER_1 = 0x01;
  private static final int FINGERPRINT_OFFSET = 2;

  private final Class<T> type;
  private final Schema schema;
  private final long fingerprint;
  private final byte[] header;
  private final SchemaArchive archive;
  private final SpecificDatumWriter<T> writer;
  private final GrowingEncoder encoder = new GrowingEncoder();
  private final RecordReader<T> ownReader;
  private final Map<Long, Resolution<T>> resolutions = new HashMap<>();

  /** How records of one foreign schema are read, or why they cannot be. */
  private record Resolution<T extends SpecificRecord>(RecordReader<T> reader, String refusal) {}

  private RecordCodec(Class<T> type, SchemaArchive archive) {
    SpecificData data = new SpecificData(type.getClassLoader());
    data.setCustomCoders(true);
    this.type = type;
    this.schema = data.getSchema(type);
    this.fingerprint = SchemaNormalization.parsingFingerprint64(schema);
    this.header =
        ByteBuffer.allocate(HEADER_LENGTH)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(MARKER_0)
            .put(MARKER_1)
            .putLong(fingerprint)
            .array();
    this.archive = archive;
    this.writer = new SpecificDatumWriter<>(schema, data);
    this.ownReader = RecordReader.specific(schema, type);
  }

  /** A codec that reads every released version of the record. */
  public static <T extends SpecificRecord> RecordCodec<T> of(Class<T> type) {
    return of(type, SchemaArchive.released());
  }

  /** A codec that reads the record as written with any schema of the archive. */
  public static <T extends SpecificRecord> RecordCodec<T> of(Class<T> type, SchemaArchive archive) {
    return new RecordCodec<>(type, archive);
  }

  /** The schema that records are written with and read as. */
  public Schema schema() {
    return schema;
  }

  /** The fingerprint of {@link #schema()}. */
  public long fingerprint() {
    return fingerprint;
  }

  /**
   * The record in its single-object encoding. Half of a surrogate pair has no UTF-8 and is written
   * as a question mark.
   *
   * @throws IllegalArgumentException if a value is null or of a kind that its field does not allow
   */
  public byte[] encode(T record) {
    encoder.reset(header);
    try {
      writer.write(record, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array", e);
    } catch (NullPointerException | ClassCastException | AvroRuntimeException e) {
      String misfit = misfit(schema.getName(), schema, record);
      throw new IllegalArgumentException(
          "a value that the schema does not allow; "
              + (misfit == null ? schema.getName() : misfit)
              + "; set every field that has no default",
          e);
    }
    return encoder.toByteArray();
  }

  /**
   * The record that the bytes are the single-object encoding of.
   *
   * @throws RecordDecodingException if they are not exactly one such record
   */
  public T decode(byte[] bytes) throws RecordDecodingException {
    return decode(bytes, 0, bytes.length, null);
  }

  /**
   * The record that {@code bytes[offset, offset + length)} is the single-object encoding of.
   *
   * @param reuse a record that decoding returned, to fill and return again with its lists, or null
   *     for a new one; after an error its fields are undefined
   * @throws RecordDecodingException if they are not exactly one such record
   */
  public T decode(byte[] bytes, int offset, int length, T reuse) throws RecordDecodingException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length < HEADER_LENGTH) {
      throw new RecordDecodingException(
          Code.TOO_SHORT,
          length + " bytes, a header of " + HEADER_LENGTH + " is needed",
          schema.getName() + ", byte 0 of " + length,
          "write records in Avro's single-object encoding");
    }
    if (bytes[offset] != MARKER_0 || bytes[offset + 1] != MARKER_1) {
      throw new RecordDecodingException(
          Code.NOT_SINGLE_OBJECT,
          String.format("begins with %02X %02X, not C3 01", bytes[offset], bytes[offset + 1]),
          schema.getName() + ", byte 0 of " + length,
          "write records in Avro's single-object encoding");
    }
    long written = fingerprintAt(bytes, offset + FINGERPRINT_OFFSET);
    RecordReader<T> reader = written == fingerprint ? ownReader : foreignReader(written, length);
    return reader.read(bytes, offset, offset + HEADER_LENGTH, offset + length, reuse);
  }

  private RecordReader<T> foreignReader(long written, int length) throws RecordDecodingException {
    Resolution<T> resolution = resolutions.get(written);
    if (resolution == null) {
      Schema writerSchema = archive.findByFingerprint(written);
      if (writerSchema == null) {
        throw new RecordDecodingException(
            Code.UNKNOWN_FINGERPRINT,
            "schema fingerprint "
                + SchemaArchive.hex(written)
                + ", "
                + schema.getName()
                + " has "
                + SchemaArchive.hex(fingerprint),
            schema.getName() + ", byte " + FINGERPRINT_OFFSET + " of " + length,
            "add the producer's schema to the archive");
      }
      resolution = resolve(writerSchema);
      resolutions.put(written, resolution);
    }
    if (resolution.refusal() != null) {
      throw new RecordDecodingException(
          Code.INCOMPATIBLE_SCHEMA,
          resolution.refusal(),
          schema.getName() + ", byte " + FINGERPRINT_OFFSET + " of " + length,
          "send these records to another topic or change the producer's schema");
    }
    return resolution.reader();
  }

  private Resolution<T> resolve(Schema writerSchema) {
    SchemaPairCompatibility compatibility =
        SchemaCompatibility.checkReaderWriterCompatibility(schema, writerSchema);
    if (compatibility.getType() == SchemaCompatibilityType.COMPATIBLE) {
      return new Resolution<>(RecordReader.specific(writerSchema, type), null);
    }
    return new Resolution<>(
        null,
        writerSchema.getFullName()
            + " cannot be read as "
            + schema.getFullName()
            + ": "
            + compatibility.getResult().getIncompatibilities());
  }

  /** The first value below {@code path} that its schema does not allow, or null. */
  private static String misfit(String path, Schema schema, Object value) {
    if (value instanceof IndexedRecord record) {
      for (Schema.Field field : record.getSchema().getFields()) {
        String misfit = misfit(path + "." + field.name(), field.schema(), record.get(field.pos()));
        if (misfit != null) {
          return misfit;
        }
      }
      return null;
    }
    if (schema.getType() == Schema.Type.ARRAY && value instanceof List<?> items) {
      for (int i = 0; i < items.size(); i++) {
        String misfit = misfit(path + "[" + i + "]", schema.getElementType(), items.get(i));
        if (misfit != null) {
          return misfit;
        }
      }
      return null;
    }
    if (SpecificData.get().validate(schema, value)) {
      return null;
    }
    return path + " is " + (value == null ? "null" : "a " + value.getClass().getName());
  }

  private static long fingerprintAt(byte[] bytes, int offset) {
    long value = 0;
    for (int i = 7; i >= 0; i--) {
      value = value << 8 | (bytes[offset + i] & 0xff);
    }
    return value;
  }
}
