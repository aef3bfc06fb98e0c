package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.schemas.RecordDecodingException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records whose bytes lie: each is refused with its code, and nothing of size is allocated. */
class RecordReaderTest {

  /** What an exception, its trace and its message may take; a lying length asks for far more. */
  private static final long SMALL = 64 * 1024;

  private static final String REMEDY =
      "; the record is damaged or was written with another schema: check its producer";

  private static final Schema EMPTY = SchemaBuilder.record("Empty").fields().endRecord();

  @ParameterizedTest
  @ValueSource(longs = {5, 20, Integer.MAX_VALUE - 8L, Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE})
  void aStringOrBytesLongerThanTheRecordIsRefused(long length) {
    byte[] body = new Body().number(length).raw(1, 2, 3, 4).bytes();
    String where = "; R, byte " + (body.length - 4) + " of " + body.length + REMEDY;

    for (String type : List.of("string", "bytes")) {
      assertRefused(
          record(Schema.create(Schema.Type.valueOf(type.toUpperCase(Locale.ROOT)))),
          body,
          Code.LENGTH_BEYOND_RECORD,
          type + " of " + length + " bytes, 4 bytes remain" + where);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Integer.MIN_VALUE, Long.MIN_VALUE})
  void aNegativeLengthIsRefused(long length) {
    byte[] body = new Body().number(length).bytes();

    assertRefused(
        record(Schema.create(Schema.Type.STRING)),
        body,
        Code.MALFORMED,
        "string of length "
            + length
            + ", 0 or more is allowed; R, byte "
            + body.length
            + " of "
            + body.length
            + REMEDY);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 1L << 31, Long.MAX_VALUE})
  void anArrayOrMapOfMoreItemsThanBytesIsRefused(long count) {
    byte[] body = new Body().number(count).raw(0, 0, 0, 0).bytes();
    String what =
        " block of "
            + count
            + " items, 4 are possible in the bytes that remain; R, byte "
            + (body.length - 4)
            + " of "
            + body.length
            + REMEDY;

    for (Schema items :
        List.of(
            Schema.create(Schema.Type.FLOAT),
            Schema.create(Schema.Type.NULL),
            EMPTY,
            Schema.createArray(Schema.create(Schema.Type.LONG)))) {
      assertRefused(
          record(Schema.createArray(items)), body, Code.LENGTH_BEYOND_RECORD, "array" + what);
      assertRefused(record(Schema.createMap(items)), body, Code.LENGTH_BEYOND_RECORD, "map" + what);
    }
  }

  @Test
  void aBlockWithItsSizeIsHeldToTheSameBounds() {
    Schema floats = record(Schema.createArray(Schema.create(Schema.Type.FLOAT)));

    assertRefused(
        floats,
        new Body().number(-(1L << 31)).number(2).raw(0, 0).bytes(),
        Code.LENGTH_BEYOND_RECORD,
        null);
    assertRefused(
        floats,
        new Body().number(-1).number(1L << 31).raw(0, 0, 0, 0, 0).bytes(),
        Code.LENGTH_BEYOND_RECORD,
        null);
    assertRefused(
        floats, new Body().number(-1).number(-4).raw(0, 0, 0, 0, 0).bytes(), Code.MALFORMED, null);
    assertRefused(
        floats,
        new Body().number(Long.MIN_VALUE).number(2).raw(0, 0).bytes(),
        Code.LENGTH_BEYOND_RECORD,
        null);
  }

  @Test
  void aBlockWithItsSizeIsRead() throws IOException {
    Schema longs = record(Schema.createArray(Schema.create(Schema.Type.LONG)));
    byte[] body = new Body().number(-2).number(2).raw(2, 4).number(1).raw(6).raw(0).bytes();

    assertThat(RecordReader.generic(longs).read(body, 0, body.length, null).get(0))
        .isEqualTo(List.of(1L, 2L, 3L));
  }

  @Test
  void blocksOfItemsWithoutBytesDoNotAddUp() {
    Schema nulls = record(Schema.createArray(Schema.create(Schema.Type.NULL)));
    Body body = new Body();
    for (int i = 0; i < 1000; i++) {
      body.number(60);
    }

    // 1,000 blocks would make 60,000 items of a record of 1,000 bytes.
    assertRefused(
        nulls,
        body.raw(0).bytes(),
        Code.LENGTH_BEYOND_RECORD,
        "array block of 60 items, 41 are possible in the bytes that remain; R, byte 17 of 1001"
            + REMEDY);
  }

  @Test
  void itemsWithoutBytesAreReadWithinTheLengthOfTheRecord() throws IOException {
    Schema nulls = record(Schema.createArray(Schema.create(Schema.Type.NULL)));
    byte[] body = {2, 0};

    assertThat((List<?>) RecordReader.generic(nulls).read(body, 0, 2, null).get(0)).hasSize(1);
  }

  @Test
  void nestedArraysCannotMultiplyTheirClaims() {
    Schema nested = Schema.create(Schema.Type.NULL);
    for (int depth = 0; depth < 6; depth++) {
      nested = Schema.createArray(nested);
    }
    byte[] body = new byte[20];
    Arrays.fill(body, (byte) 24);

    assertRefused(
        record(nested),
        body,
        Code.LENGTH_BEYOND_RECORD,
        "array block of 12 items, 8 are possible in the bytes that remain; R, byte 2 of 20"
            + REMEDY);
  }

  @Test
  void fieldsThatAreSkippedAreHeldToTheSameBounds() {
    Map<Schema, byte[]> lies =
        Map.of(
            Schema.create(Schema.Type.STRING), new Body().number(1L << 31).bytes(),
            Schema.create(Schema.Type.BYTES), new Body().number(1L << 31).bytes(),
            Schema.createArray(Schema.create(Schema.Type.NULL)),
                new Body().number(1L << 31).bytes(),
            Schema.createMap(Schema.create(Schema.Type.LONG)),
                new Body().number(-1).number(1L << 31).bytes(),
            Schema.createArray(Schema.create(Schema.Type.LONG)),
                new Body().number(-1).number(3).bytes());
    Schema event = Event.getClassSchema();
    lies.forEach(
        (type, body) -> {
          Schema writer = withField(event, "first", type);
          byte[] bytes = Arrays.copyOf(body, body.length + 1);
          assertRefused(
              RecordReader.specific(writer, Event.class), bytes, Code.LENGTH_BEYOND_RECORD, null);
        });
  }

  @Test
  void valuesOutsideTheirTypeAreRefused() {
    assertRefused(
        record(Schema.create(Schema.Type.BOOLEAN)),
        new byte[] {2},
        Code.MALFORMED,
        "boolean of value 2, 0 or 1 is allowed; R, byte 1 of 1" + REMEDY);
    assertRefused(
        record(Schema.create(Schema.Type.INT)),
        new Body().number(1L << 31).bytes(),
        Code.MALFORMED,
        "int of value 2147483648, 32 bits are allowed; R, byte 5 of 5" + REMEDY);
    assertRefused(
        record(Schema.create(Schema.Type.LONG)),
        new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, 2},
        Code.MALFORMED,
        "variable-length integer of more than 64 bits; R, byte 10 of 10" + REMEDY);
    assertRefused(
        record(Schema.create(Schema.Type.DOUBLE)),
        new byte[7],
        Code.TRUNCATED,
        "the record ends inside a value: 8 more bytes needed, 7 remain; R, byte 0 of 7" + REMEDY);
    assertRefused(
        record(Schema.createFixed("F", null, null, 4)),
        new byte[3],
        Code.TRUNCATED,
        "the record ends inside a value: 4 more bytes needed, 3 remain; R, byte 0 of 3" + REMEDY);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 2, Integer.MAX_VALUE})
  void aUnionBranchOrEnumSymbolThereIsNotIsRefused(long index) {
    Schema union =
        Schema.createUnion(Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.LONG));
    Schema symbols = Schema.createEnum("S", null, null, List.of("A", "B"));
    byte[] body = new Body().number(index).bytes();

    assertRefused(record(union), body, Code.MALFORMED, null);
    assertRefused(record(symbols), body, Code.MALFORMED, null);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x80, 0xC0, 0xFF, 0xF5})
  void stringsThatAreNotUtf8AreRefused(int bad) {
    byte[] body = new Body().number(3).raw('a', bad, 'b').bytes();
    String message = "string of 3 bytes that are not UTF-8; R, byte 4 of 4" + REMEDY;
    Schema utf8 = Schema.create(Schema.Type.STRING);
    Schema string = Schema.create(Schema.Type.STRING);
    string.addProp("avro.java.string", "String");

    assertRefused(record(utf8), body, Code.MALFORMED, message);
    assertRefused(record(string), body, Code.MALFORMED, message);
  }

  @Test
  void positionsCountFromTheBeginningOfTheRecord() {
    byte[] body = new Body().raw(9, 9, 9, 9, 9).number(100).raw(1).bytes();

    assertThatExceptionOfType(RecordDecodingException.class)
        .isThrownBy(
            () ->
                RecordReader.generic(record(Schema.create(Schema.Type.STRING)))
                    .read(body, 5, body.length - 5, null))
        .withMessage("string of 100 bytes, 1 bytes remain; R, byte 2 of 3" + REMEDY);
  }

  @Test
  void everyTypeOfAvroIsRead() throws IOException {
    Schema schema =
        SchemaBuilder.record("R")
            .fields()
            .requiredBoolean("boolean")
            .requiredInt("int")
            .requiredLong("long")
            .requiredFloat("float")
            .requiredDouble("double")
            .requiredBytes("bytes")
            .requiredString("string")
            .name("map")
            .type()
            .map()
            .values()
            .longType()
            .noDefault()
            .name("array")
            .type()
            .array()
            .items()
            .stringType()
            .noDefault()
            .endRecord();
    GenericRecord record =
        new GenericRecordBuilder(schema)
            .set("boolean", true)
            .set("int", Integer.MIN_VALUE)
            .set("long", Long.MIN_VALUE)
            .set("float", -1.5f)
            .set("double", Math.PI)
            .set("bytes", ByteBuffer.wrap(new byte[] {1, -1}))
            .set("string", new Utf8("\u00e9"))
            .set("map", Map.of(new Utf8("a"), Long.MAX_VALUE))
            .set("array", List.of(new Utf8(""), new Utf8("b")))
            .build();
    GrowingEncoder encoder = new GrowingEncoder();
    encoder.reset(new byte[0]);
    new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
    byte[] body = encoder.toByteArray();

    assertThat(RecordReader.generic(schema).read(body, 0, body.length, null)).isEqualTo(record);
  }

  @Test
  void aSchemaThatContainsItselfIsRefused() {
    Schema list =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "List", "fields": [
                  {"name": "value", "type": "long"},
                  {"name": "rest", "type": ["null", {"type": "array", "items": "List"}]}]}
                """);
    String message =
        "schema contains itself, a finite depth is needed; record List;"
            + " leave the recursive field out of the schema of this topic";

    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordReader.generic(list))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SchemaArchive.released().with(list))
        .withMessage(message);
  }

  @Test
  void aSchemaThatIsNotARecordIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordReader.generic(Schema.create(Schema.Type.STRING)))
        .withMessage(
            "schema of type string, a record is needed; string;"
                + " wrap the value in a record with one field");
  }

  @Test
  void aSchemaCannotNameAClassToConstruct() throws IOException {
    Schema string = Schema.create(Schema.Type.STRING);
    string.addProp("java-class", "java.io.File");
    byte[] body = new Body().number(2).raw('/', 'x').bytes();

    assertThat(RecordReader.generic(record(string)).read(body, 0, body.length, null).get(0))
        .isEqualTo(new Utf8("/x"));
  }

  private static Schema record(Schema type) {
    return SchemaBuilder.record("R").fields().name("field").type(type).noDefault().endRecord();
  }

  private static Schema withField(Schema schema, String name, Schema type) {
    return EvolutionTest.change(schema, fields -> fields.add(0, new Schema.Field(name, type)));
  }

  private static void assertRefused(Schema schema, byte[] body, Code code, String message) {
    assertRefused(RecordReader.generic(schema), body, code, message);
  }

  private static void assertRefused(
      RecordReader<?> reader, byte[] body, Code code, String message) {
    RecordDecodingException[] thrown = new RecordDecodingException[1];
    long allocated = 0;
    // The first round loads classes.
    for (int round = 0; round < 2; round++) {
      long before = Allocation.bytes();
      try {
        reader.read(body, 0, body.length, null);
      } catch (RecordDecodingException e) {
        thrown[0] = e;
      }
      allocated = Allocation.bytes() - before;
    }
    assertThat(thrown[0]).isNotNull();
    assertThat(thrown[0].code()).as(thrown[0].getMessage()).isEqualTo(code);
    if (message != null) {
      assertThat(thrown[0]).hasMessage(message);
    }
    assertThat(allocated).as(thrown[0].getMessage()).isLessThan(SMALL);
  }

  /** The bytes of a record's body, written value by value. */
  private static final class Body {
    private final GrowingEncoder encoder = new GrowingEncoder();

    Body() {
      encoder.reset(new byte[0]);
    }

    Body number(long value) {
      encoder.writeLong(value);
      return this;
    }

    Body raw(int... values) {
      for (int value : values) {
        encoder.writeFixed(new byte[] {(byte) value}, 0, 1);
      }
      return this;
    }

    byte[] bytes() {
      return encoder.toByteArray();
    }
  }
}
