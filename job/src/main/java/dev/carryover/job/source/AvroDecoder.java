package dev.carryover.job.source;

import dev.carryover.job.config.JobOptions.AvroFraming;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.schemas.RecordDecodingException;
import dev.carryover.schemas.RecordReader;
import dev.carryover.schemas.SchemaArchive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads Avro records of any schema by a field mapping. A record written with another schema than
 * the mapping speaks of is resolved to it by Avro's rules (defaults, aliases, promotions).
 */
final class AvroDecoder implements EventDecoder {
  private static final String REMEDY =
      "correct events.avro.framing, or send these records to another topic";
  private static final int SINGLE_OBJECT_HEADER = 10;
  private static final int CONFLUENT_HEADER = 5;
  private static final byte CONFLUENT_MAGIC = 0;

  private final FieldMapping mapping;
  private final AvroFraming framing;
  private final Body plainBody;
  private final Map<Long, Body> bodies = new HashMap<>();
  private final AvroPath[] paths;
  private final Object[] values;

  AvroDecoder(AvroSchemas schemas, FieldMapping mapping) {
    this.mapping = mapping;
    this.framing = schemas.framing();
    Schema reader = schemas.reader();
    this.plainBody = new Body(reader, reader);
    if (framing == AvroFraming.SINGLE_OBJECT) {
      bodies.put(SchemaNormalization.parsingFingerprint64(reader), plainBody);
    }
    schemas
        .writers()
        .forEach(
            (name, writer) -> {
              long id =
                  framing == AvroFraming.CONFLUENT
                      ? Long.parseLong(name)
                      : SchemaNormalization.parsingFingerprint64(writer);
              bodies.putIfAbsent(id, new Body(writer, reader));
            });
    this.paths =
        mapping.slots().stream().map(slot -> new AvroPath(slot.path())).toArray(AvroPath[]::new);
    this.values = new Object[paths.length];
  }

  @Override
  public void decode(ConsumerRecord<byte[], byte[]> record, StreamEvent.Builder event)
      throws RejectedRecordException {
    byte[] value = record.value();
    GenericRecord read;
    try {
      read =
          switch (framing) {
            case NONE -> plainBody.read(value, 0);
            case SINGLE_OBJECT -> singleObjectBody(value).read(value, SINGLE_OBJECT_HEADER);
            case CONFLUENT -> confluentBody(value).read(value, CONFLUENT_HEADER);
          };
    } catch (RecordDecodingException e) {
      throw CanonicalDecoder.rejected(e);
    }
    for (int i = 0; i < paths.length; i++) {
      Object found = paths[i].in(read);
      values[i] =
          found instanceof List<?> list
                  && mapping.slots().get(i).role() == FieldMapping.Role.FEATURES
              ? features(list)
              : found;
    }
    mapping.fill(values, record, event);
  }

  private Body singleObjectBody(byte[] value) throws RejectedRecordException {
    if (value.length < SINGLE_OBJECT_HEADER || value[0] != (byte) 0xC3 || value[1] != 1) {
      throw badHeader(value, SINGLE_OBJECT_HEADER, "C3 01 and a fingerprint");
    }
    long fingerprint = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
    Body body = bodies.get(fingerprint);
    if (body == null) {
      throw unknownSchema("fingerprint " + SchemaArchive.hex(fingerprint), "byte 2", "NAME");
    }
    return body;
  }

  private Body confluentBody(byte[] value) throws RejectedRecordException {
    if (value.length < CONFLUENT_HEADER || value[0] != CONFLUENT_MAGIC) {
      throw badHeader(value, CONFLUENT_HEADER, "00 and a schema id");
    }
    int id = ByteBuffer.wrap(value).getInt(1);
    Body body = bodies.get((long) id);
    if (body == null) {
      throw unknownSchema("id " + id, "byte 1", String.valueOf(id));
    }
    return body;
  }

  private static RejectedRecordException badHeader(byte[] value, int length, String needed) {
    StringBuilder found = new StringBuilder(value.length + " bytes");
    for (int i = 0; i < Math.min(2, value.length); i++) {
      found.append(i == 0 ? " that begin with " : " ").append("%02X".formatted(value[i]));
    }
    return new RejectedRecordException(
        RejectReason.UNDECODABLE,
        "the value is "
            + found
            + ", a header of "
            + length
            + " bytes with "
            + needed
            + " is needed",
        "byte 0",
        REMEDY);
  }

  private static RejectedRecordException unknownSchema(String what, String where, String key) {
    return new RejectedRecordException(
        RejectReason.UNKNOWN_SCHEMA,
        "the record was written with the schema of " + what + ", which is not configured",
        where,
        "add its file as events.avro.writer-schemas." + key);
  }

  private static float[] features(List<?> list) throws RejectedRecordException {
    float[] features = new float[list.size()];
    for (int i = 0; i < features.length; i++) {
      features[i] = Conversions.feature(list.get(i), "[" + i + "] of the features");
    }
    return features;
  }

  /** Reads what follows the header of the records that one schema wrote. */
  private static final class Body {
    private final RecordReader<GenericRecord> reader;
    private final GenericDatumReader<GenericRecord> resolver;
    private BinaryDecoder decoder;

    Body(Schema writer, Schema reader) {
      this.reader = RecordReader.generic(writer);
      this.resolver =
          writer.equals(reader)
              ? null
              : new GenericDatumReader<>(writer, reader, new GenericData());
    }

    /*
     * A record of another schema is read twice: first as it was written, by the reader that believes
     * no length and so vouches for all of them, then by Avro's own, which resolves it but would
     * allocate whatever a length says.
     */
    GenericRecord read(byte[] bytes, int offset) throws RecordDecodingException {
      GenericRecord written = reader.read(bytes, offset, bytes.length - offset, null);
      if (resolver == null) {
        return written;
      }
      decoder = DecoderFactory.get().binaryDecoder(bytes, offset, bytes.length - offset, decoder);
      try {
        return resolver.read(null, decoder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A field path with its names in the form that Avro keeps map keys in. */
  private static final class AvroPath {
    private final List<FieldPath.Step> steps;
    private final Utf8[] mapKeys;

    AvroPath(FieldPath path) {
      this.steps = path.steps();
      this.mapKeys =
          steps.stream()
              .map(step -> step.isIndex() ? null : new Utf8(step.name()))
              .toArray(Utf8[]::new);
    }

    /** Returns the value at the path, or null where there is none. */
    Object in(Object value) {
      for (int i = 0; i < mapKeys.length && value != null; i++) {
        FieldPath.Step step = steps.get(i);
        if (value instanceof IndexedRecord record && !step.isIndex()) {
          Schema.Field field = record.getSchema().getField(step.name());
          value = field == null ? null : record.get(field.pos());
        } else if (value instanceof Map<?, ?> map && !step.isIndex()) {
          value = map.get(mapKeys[i]);
        } else if (value instanceof List<?> list && step.isIndex()) {
          value = step.index() < list.size() ? list.get(step.index()) : null;
        } else {
          value = null;
        }
      }
      return value;
    }
  }

  /** Makes Avro decoders. */
  record Factory(AvroSchemas schemas, FieldMapping mapping) implements EventDecoder.Factory {
    @Override
    public EventDecoder create() {
      return new AvroDecoder(schemas, mapping);
    }
  }
}
