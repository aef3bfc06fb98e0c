package dev.carryover.schemas;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.message.SchemaStore;

/**
 * The schemas that records may have been written with, by fingerprint: every released schema of
 * this module, and those a user adds.
 *
 * <pre>{@code
 * SchemaArchive archive = SchemaArchive.released().with(schemaOfANewerProducer);
 * RecordCodec<Event> codec = RecordCodec.of(Event.class, archive);
 * }</pre>
 *
 * <p>Immutable, so it may be shared by threads. A fingerprint is the CRC-64-AVRO of a schema's
 * parsing canonical form: documentation, defaults and aliases do not change it.
 */
public final class SchemaArchive implements SchemaStore {

  /** Every released schema, oldest release first; a release adds its folder and never edits one. */
  static final List<String> RELEASED =
      List.of(
          "v1/DeadLetter.avsc",
          "v1/Event.avsc",
          "v1/Inference.avsc",
          "v1/ModelAnnouncement.avsc",
          "v1/ModelStatus.avsc",
          "v2/DeadLetter.avsc",
          "v2/Event.avsc",
          "v2/Inference.avsc",
          "v2/ModelAnnouncement.avsc",
          "v2/ModelStatus.avsc");

  private final Map<Long, Schema> schemas;

  private SchemaArchive(Map<Long, Schema> schemas) {
    this.schemas = Collections.unmodifiableMap(schemas);
  }

  /** The archive of every schema this module has released. */
  public static SchemaArchive released() {
    return Released.ARCHIVE;
  }

  /**
   * This archive and the given schemas.
   *
   * @throws IllegalArgumentException if a schema is not a record's or contains itself
   */
  public SchemaArchive with(Schema... added) {
    Map<Long, Schema> all = new LinkedHashMap<>(schemas);
    for (Schema schema : added) {
      RecordReader.requireFiniteNesting(schema);
      all.putIfAbsent(SchemaNormalization.parsingFingerprint64(schema), schema);
    }
    return new SchemaArchive(all);
  }

  /** The schema of a fingerprint, or null when there is none. */
  @Override
  public Schema findByFingerprint(long fingerprint) {
    return schemas.get(fingerprint);
  }

  /** Every schema, in the order they were added. */
  public Collection<Schema> schemas() {
    return schemas.values();
  }

  /** A fingerprint as messages and logs show it: 16 hexadecimal digits, most significant first. */
  public static String hex(long fingerprint) {
    return String.format("%016x", fingerprint);
  }

  private static Schema load(String path) {
    try (InputStream in = SchemaArchive.class.getResourceAsStream("released/" + path)) {
      if (in == null) {
        throw new FileNotFoundException(
            "no released schema "
                + path
                + "; class path of "
                + SchemaArchive.class.getName()
                + "; build carryover-schemas again");
      }
      return new Schema.Parser().parse(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Released {
    static final SchemaArchive ARCHIVE =
        new SchemaArchive(Map.of())
            .with(RELEASED.stream().map(SchemaArchive::load).toArray(Schema[]::new));
  }
}
