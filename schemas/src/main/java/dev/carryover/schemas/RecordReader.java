package dev.carryover.schemas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads bare Avro bodies (no header) of one writer's schema from bytes that are not trusted.
 *
 * <pre>{@code
 * RecordReader<GenericRecord> reader = RecordReader.generic(schemaOfTheTopic);
 * GenericRecord record = reader.read(value, 5, value.length - 5, null);
 * }</pre>
 *
 * <p>Whatever the bytes are, {@link #read} returns a record or throws {@link
 * RecordDecodingException}, and allocates no more than a small multiple of the record's length. An
 * array of items that take no bytes (nulls, records without fields) may therefore not have more
 * items than the record has bytes.
 *
 * <p>Thread-safety: none; one per thread. Aliasing: a record returned holds nothing of the array it
 * was read from.
 */
public final class RecordReader<T extends IndexedRecord> {

  private final DatumReader<T> reader;
  private final BoundedDecoder decoder;

  private RecordReader(Schema writer, Schema reader, GenericData data) {
    requireFiniteNesting(writer);
    try {
      // A schema may come from a registry: it must not name classes to construct from its strings.
      this.reader =
          new FastReaderBuilder(data)
              .withClassPropEnabled(false)
              .withKeyClassEnabled(false)
              .createDatumReader(writer, reader);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode the default values of " + reader, e);
    }
    this.decoder = new BoundedDecoder(writer.getName());
  }

  /**
   * A reader of generic records in the schema they were written with.
   *
   * @throws IllegalArgumentException if the schema is not a record's or contains itself
   */
  public static RecordReader<GenericRecord> generic(Schema schema) {
    return new RecordReader<>(schema, schema, new GenericData());
  }

  /**
   * A reader of {@code type} from records of the {@code writer}'s schema.
   *
   * @throws IllegalArgumentException if the writer's schema is not a record's or contains itself
   */
  public static <T extends SpecificRecord> RecordReader<T> specific(Schema writer, Class<T> type) {
    SpecificData data = new SpecificData(type.getClassLoader());
    return new RecordReader<>(writer, data.getSchema(type), data);
  }

  /**
   * Reads the record that {@code bytes[offset, offset + length)} is.
   *
   * @param reuse a record that this reader returned, to fill and return again with its lists, or
   *     null for a new one; after an error its fields are undefined
   * @throws RecordDecodingException if the bytes are not exactly one record
   */
  public T read(byte[] bytes, int offset, int length, T reuse) throws RecordDecodingException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return read(bytes, offset, offset, offset + length, reuse);
  }

  /** Reads {@code bytes[start, limit)}; positions in messages count from {@code origin}. */
  T read(byte[] bytes, int origin, int start, int limit, T reuse) throws RecordDecodingException {
    decoder.reset(bytes, origin, start, limit);
    T record;
    try {
      record = reader.read(reuse, decoder);
    } catch (RecordDecodingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("reading from an array", e);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(
          "a list that cannot be changed; the record to reuse; pass one that was read, or null", e);
    } catch (RuntimeException e) {
      // A union branch or an enum symbol that the schema does not have.
      throw decoder.malformed(e);
    }
    if (decoder.remaining() > 0) {
      throw decoder.trailingBytes();
    }
    return record;
  }

  /** Records of a schema that contains itself nest as deep as their bytes say: stack overflow. */
  static void requireFiniteNesting(Schema schema) {
    if (schema.getType() != Schema.Type.RECORD) {
      throw new IllegalArgumentException(
          "schema of type "
              + schema.getType().getName()
              + ", a record is needed; "
              + schema.getName()
              + "; wrap the value in a record with one field");
    }
    requireFiniteNesting(schema, new HashSet<>());
  }

  private static void requireFiniteNesting(Schema schema, Set<String> enclosing) {
    switch (schema.getType()) {
      case RECORD -> {
        if (!enclosing.add(schema.getFullName())) {
          throw new IllegalArgumentException(
              "schema contains itself, a finite depth is needed; record "
                  + schema.getFullName()
                  + "; leave the recursive field out of the schema of this topic");
        }
        for (Schema.Field field : schema.getFields()) {
          requireFiniteNesting(field.schema(), enclosing);
        }
        enclosing.remove(schema.getFullName());
      }
      case ARRAY -> requireFiniteNesting(schema.getElementType(), enclosing);
      case MAP -> requireFiniteNesting(schema.getValueType(), enclosing);
      case UNION -> schema.getTypes().forEach(branch -> requireFiniteNesting(branch, enclosing));
      default -> {}
    }
  }
}
