package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.schemas.RecordDecodingException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;

/** Records written with another version of a schema than the one this code was built with. */
class EvolutionTest {

  private static final Schema EVENT = Event.getClassSchema();

  @Test
  void aFieldThatAWriterAddedIsLeftOut() throws IOException {
    Schema newer =
        change(
            EVENT,
            fields ->
                fields.add(
                    2,
                    new Schema.Field(
                        "trace",
                        Schema.createArray(Schema.create(Schema.Type.STRING)),
                        null,
                        List.of())));
    GenericRecord written = new GenericData.Record(newer);
    written.put("key", "k");
    written.put("timestamp_ms", 5L);
    written.put("trace", List.of("a", "b"));
    written.put("token", "E5");
    written.put("features", List.of(1f, 2f));
    written.put("end", true);

    Event read = codecWith(newer).decode(encode(written));

    assertThat(read).isEqualTo(new Event("k", 5L, null, "E5", List.of(1f, 2f), true));
  }

  @Test
  void aFieldThatAnOlderWriterDidNotHaveTakesItsDefault() throws IOException {
    Schema older =
        change(
            EVENT,
            fields ->
                fields.removeIf(
                    field -> List.of("features", "end", "sequence").contains(field.name())));
    GenericRecord written = new GenericData.Record(older);
    written.put("key", "k");
    written.put("timestamp_ms", 5L);
    written.put("token", "E5");

    Event read = codecWith(older).decode(encode(written));

    assertThat(read).isEqualTo(new Event("k", 5L, null, "E5", List.of(), false));
  }

  @Test
  void aReusedRecordKeepsNothingOfTheOneBefore() throws IOException {
    Schema older =
        change(EVENT, fields -> fields.removeIf(field -> field.name().equals("features")));
    GenericRecord written = new GenericData.Record(older);
    written.put("key", "k");
    written.put("timestamp_ms", 5L);
    written.put("end", false);
    RecordCodec<Event> codec = codecWith(older);
    Event reuse = codec.decode(codec.encode(Samples.event()));
    byte[] bytes = encode(written);

    assertThat(codec.decode(bytes, 0, bytes.length, reuse))
        .isSameAs(reuse)
        .isEqualTo(new Event("k", 5L, null, null, List.of(), false));
  }

  @Test
  void fieldsInAnotherOrderAndOfNarrowerTypesAreRead() throws IOException {
    Schema other =
        change(
            EVENT,
            fields -> {
              fields.set(1, new Schema.Field("timestamp_ms", Schema.create(Schema.Type.INT)));
              fields.remove(5);
              fields.add(0, new Schema.Field("end", Schema.create(Schema.Type.BOOLEAN)));
            });
    GenericRecord written = new GenericData.Record(other);
    written.put("end", true);
    written.put("key", "k");
    written.put("timestamp_ms", 5);
    written.put("features", List.of());

    assertThat(codecWith(other).decode(encode(written)))
        .isEqualTo(new Event("k", 5L, null, null, List.of(), true));
  }

  @Test
  void aCauseThatANewerJobKnowsIsReadAsUnknown() throws IOException {
    Schema newer =
        new Schema.Parser()
            .parse(
                Inference.getClassSchema()
                    .toString()
                    .replace("\"MAXIMUM_LENGTH\",", "\"MAXIMUM_LENGTH\",\"MODEL_CHANGE\","));
    Inference sample = Samples.inference(Samples.nextToken(), SequenceEnd.END_FLAG);
    GenericRecord written = new GenericData.Record(newer);
    for (Schema.Field field : newer.getFields()) {
      written.put(field.pos(), sample.get(sample.getSchema().getField(field.name()).pos()));
    }
    Schema cause = newer.getField("sequence_end").schema().getTypes().get(1);
    written.put("sequence_end", new GenericData.EnumSymbol(cause, "MODEL_CHANGE"));

    Inference read =
        RecordCodec.of(Inference.class, SchemaArchive.released().with(newer))
            .decode(encode(written));

    assertThat(read).isEqualTo(Samples.inference(Samples.nextToken(), SequenceEnd.UNKNOWN));
  }

  @Test
  void aSchemaOutsideTheArchiveIsUnknown() throws IOException {
    Schema newer =
        change(
            EVENT,
            fields ->
                fields.add(new Schema.Field("more", Schema.create(Schema.Type.LONG), null, 0L)));
    GenericRecord written = new GenericData.Record(newer);
    written.put("key", "k");
    written.put("timestamp_ms", 5L);
    written.put("features", List.of());
    written.put("end", false);
    written.put("more", 1L);
    byte[] bytes = encode(written);
    String fingerprint = SchemaArchive.hex(SchemaNormalization.parsingFingerprint64(newer));

    assertThatExceptionOfType(RecordDecodingException.class)
        .isThrownBy(() -> RecordCodec.of(Event.class).decode(bytes))
        .withMessageContaining("schema fingerprint " + fingerprint)
        .extracting(RecordDecodingException::code)
        .isEqualTo(Code.UNKNOWN_FINGERPRINT);
    assertThat(codecWith(newer).decode(bytes).getKey()).isEqualTo("k");
  }

  @Test
  void aSchemaWithoutARequiredFieldIsIncompatible() throws IOException {
    Schema keyless = change(EVENT, fields -> fields.remove(0));
    GenericRecord written = new GenericData.Record(keyless);
    written.put("timestamp_ms", 5L);
    written.put("features", List.of());
    written.put("end", false);
    byte[] bytes = encode(written);

    assertThatExceptionOfType(RecordDecodingException.class)
        .isThrownBy(() -> codecWith(keyless).decode(bytes))
        .withMessageContaining("READER_FIELD_MISSING_DEFAULT_VALUE")
        .withMessageContaining("key")
        .extracting(RecordDecodingException::code)
        .isEqualTo(Code.INCOMPATIBLE_SCHEMA);
  }

  @Test
  void aRecordOfTheFirstReleaseHasNoneOfTheFieldsThatCameLater() throws IOException {
    ModelAnnouncement announcement =
        RecordCodec.of(ModelAnnouncement.class).decode(released("v1/ModelAnnouncement.bin"));
    assertThat(announcement.getStatePolicy()).isEqualTo(StatePolicy.DRAIN);
    assertThat(announcement.getReplayLength()).isNull();

    ModelStatus status = RecordCodec.of(ModelStatus.class).decode(released("v1/ModelStatus.bin"));
    assertThat(status.getReason()).isEqualTo("SHA256_MISMATCH");
    assertThat(status.getSubtask()).isNull();
    assertThat(status.getParallelism()).isNull();
  }

  @Test
  void aReaderOfTheFirstReleaseReadsWhatIsWrittenNow() throws IOException {
    Schema first =
        new Schema.Parser()
            .parse(new String(released("v1/ModelAnnouncement.avsc"), StandardCharsets.UTF_8));
    ModelAnnouncement sample = (ModelAnnouncement) Samples.all().get("ModelAnnouncement-Replay");
    byte[] bytes = Samples.encode(sample);

    GenericRecord read =
        new BinaryMessageDecoder<GenericRecord>(GenericData.get(), first, SchemaArchive.released())
            .decode(bytes);

    assertThat(read.get("revision")).isEqualTo(sample.getRevision());
    assertThat(read.get("state_policy")).hasToString("REPLAY");
    assertThat(read.hasField("replay_length")).isFalse();
  }

  @Test
  void anArchiveIsNotChangedByWhatIsAddedToIt() {
    SchemaArchive released = SchemaArchive.released();
    Schema newer = change(EVENT, fields -> fields.remove(5));

    SchemaArchive larger = released.with(newer);

    assertThat(larger.schemas()).hasSize(released.schemas().size() + 1).contains(newer);
    assertThat(released.schemas()).doesNotContain(newer);
  }

  static Schema change(Schema schema, Consumer<List<Schema.Field>> edit) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      fields.add(new Schema.Field(field, field.schema()));
    }
    edit.accept(fields);
    return Schema.createRecord(
        schema.getName(), schema.getDoc(), schema.getNamespace(), false, fields);
  }

  private static byte[] released(String name) throws IOException {
    try (InputStream in = EvolutionTest.class.getResourceAsStream("/released/" + name)) {
      return in.readAllBytes();
    }
  }

  private static RecordCodec<Event> codecWith(Schema schema) {
    return RecordCodec.of(Event.class, SchemaArchive.released().with(schema));
  }

  private static byte[] encode(GenericRecord record) throws IOException {
    ByteBuffer bytes =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), record.getSchema())
            .encode(record);
    return bytes.array();
  }
}
