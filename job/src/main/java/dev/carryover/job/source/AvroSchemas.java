package dev.carryover.job.source;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.config.JobOptions.AvroFraming;
import dev.carryover.job.config.JobOptions.TimestampUnit;
import dev.carryover.schemas.RecordReader;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/**
 * The schemas of a user's Avro records, as text so that they can travel in a job graph.
 *
 * @param framing what says which schema a record was written with
 * @param readerJson the schema that the mapping speaks of
 * @param writersJson the schemas that records were written with, by id or name
 */
record AvroSchemas(AvroFraming framing, String readerJson, TreeMap<String, String> writersJson)
    implements Serializable {

  private static final Set<Schema.Type> TEXT =
      EnumSet.of(
          Schema.Type.STRING,
          Schema.Type.ENUM,
          Schema.Type.INT,
          Schema.Type.LONG,
          Schema.Type.BOOLEAN);
  private static final Set<Schema.Type> TIME =
      EnumSet.of(
          Schema.Type.LONG,
          Schema.Type.INT,
          Schema.Type.FLOAT,
          Schema.Type.DOUBLE,
          Schema.Type.STRING);
  private static final Set<Schema.Type> WHOLE =
      EnumSet.of(Schema.Type.LONG, Schema.Type.INT, Schema.Type.STRING);
  private static final Set<Schema.Type> NUMBER =
      EnumSet.of(
          Schema.Type.FLOAT,
          Schema.Type.DOUBLE,
          Schema.Type.INT,
          Schema.Type.LONG,
          Schema.Type.BOOLEAN,
          Schema.Type.STRING);

  /**
   * Reads {@code events.avro.*}.
   *
   * @throws ConfigurationException if a file is missing or holds no schema that can be used
   */
  static AvroSchemas of(JobConfiguration configuration) throws ConfigurationException {
    String key = JobOptions.EVENTS_AVRO_SCHEMA.key();
    Schema reader = read(key, configuration.path(JobOptions.EVENTS_AVRO_SCHEMA));
    TreeMap<String, String> writers = new TreeMap<>();
    for (Map.Entry<String, Path> entry : configuration.writerSchemas().entrySet()) {
      String writerKey = "events.avro.writer-schemas." + entry.getKey();
      Schema writer = read(writerKey, entry.getValue());
      var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
      if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
        throw new ConfigurationException(
            "%s: records of %s cannot be read as %s of %s: %s"
                .formatted(
                    writerKey,
                    writer.getFullName(),
                    reader.getFullName(),
                    key,
                    compatibility.getResult().getIncompatibilities()));
      }
      writers.put(entry.getKey(), writer.toString());
    }
    return new AvroSchemas(
        configuration.get(JobOptions.EVENTS_AVRO_FRAMING), reader.toString(), writers);
  }

  Schema reader() {
    return new Schema.Parser().parse(readerJson);
  }

  Map<String, Schema> writers() {
    Map<String, Schema> schemas = new TreeMap<>();
    writersJson.forEach((name, json) -> schemas.put(name, new Schema.Parser().parse(json)));
    return schemas;
  }

  /**
   * Checks that every path of a mapping leads to a field that can be converted, and takes the unit
   * of the time from its logical type.
   *
   * @param unitIsSet whether the configuration names the unit, which must then agree
   * @throws ConfigurationException if a path leads nowhere
   */
  FieldMapping check(FieldMapping mapping, boolean unitIsSet) throws ConfigurationException {
    Schema schema = reader();
    FieldMapping checked = mapping;
    for (FieldMapping.Slot slot : mapping.slots()) {
      List<Schema> leaves = new ArrayList<>();
      collect(schema, slot.path().steps(), 0, leaves);
      Set<Schema.Type> allowed = allowed(slot.role());
      if (leaves.isEmpty()) {
        throw new ConfigurationException(
            "%s is \"%s\", but schema %s has no such field; its fields are %s"
                .formatted(slot.option(), slot.path(), schema.getFullName(), fieldNames(schema)));
      }
      if (leaves.stream().noneMatch(leaf -> allowed.contains(leaf.getType()))) {
        throw new ConfigurationException(
            "%s is \"%s\", but that is of type %s in schema %s; allowed are %s"
                .formatted(
                    slot.option(),
                    slot.path(),
                    names(leaves.stream().map(Schema::getType)),
                    schema.getFullName(),
                    names(allowed.stream())));
      }
      if (slot.role() == FieldMapping.Role.TIMESTAMP) {
        checked = withUnitOf(leaves, slot, mapping, unitIsSet);
      }
    }
    return checked;
  }

  private static FieldMapping withUnitOf(
      List<Schema> leaves, FieldMapping.Slot slot, FieldMapping mapping, boolean unitIsSet)
      throws ConfigurationException {
    for (Schema leaf : leaves) {
      LogicalType logical = leaf.getLogicalType();
      if (logical == null) {
        continue;
      }
      TimestampUnit unit =
          switch (logical.getName()) {
            case "timestamp-millis" -> TimestampUnit.MS;
            case "timestamp-micros" -> TimestampUnit.US;
            case "timestamp-nanos" -> TimestampUnit.NS;
            default ->
                throw new ConfigurationException(
                    "%s is \"%s\", which has the logical type %s; a timestamp type is needed"
                        .formatted(slot.option(), slot.path(), logical.getName()));
          };
      if (unitIsSet && unit != mapping.timestampUnit()) {
        throw new ConfigurationException(
            "%s is %s, but \"%s\" has the logical type %s in the schema; remove the key"
                .formatted(
                    JobOptions.EVENTS_MAPPING_TIMESTAMP_UNIT.key(),
                    mapping.timestampUnit().name().toLowerCase(Locale.ROOT),
                    slot.path(),
                    logical.getName()));
      }
      return mapping.withTimestampUnit(unit);
    }
    return mapping;
  }

  /** Collects the schemas, null aside, that a path may lead to. */
  private static void collect(
      Schema schema, List<FieldPath.Step> steps, int position, List<Schema> leaves) {
    if (schema.getType() == Schema.Type.UNION) {
      schema.getTypes().forEach(branch -> collect(branch, steps, position, leaves));
      return;
    }
    if (position == steps.size()) {
      if (schema.getType() != Schema.Type.NULL) {
        leaves.add(schema);
      }
      return;
    }
    FieldPath.Step step = steps.get(position);
    switch (schema.getType()) {
      case RECORD -> {
        Schema.Field field = step.isIndex() ? null : schema.getField(step.name());
        if (field != null) {
          collect(field.schema(), steps, position + 1, leaves);
        }
      }
      case MAP -> {
        if (!step.isIndex()) {
          collect(schema.getValueType(), steps, position + 1, leaves);
        }
      }
      case ARRAY -> {
        if (step.isIndex()) {
          collect(schema.getElementType(), steps, position + 1, leaves);
        }
      }
      default -> {}
    }
  }

  private static Set<Schema.Type> allowed(FieldMapping.Role role) {
    return switch (role) {
      case KEY, TOKEN, END -> TEXT;
      case TIMESTAMP -> TIME;
      case SEQUENCE -> WHOLE;
      case FEATURE -> NUMBER;
      case FEATURES -> {
        Set<Schema.Type> allowed = EnumSet.copyOf(NUMBER);
        allowed.add(Schema.Type.ARRAY);
        yield allowed;
      }
    };
  }

  private static Schema read(String key, Path file) throws ConfigurationException {
    Schema schema;
    try {
      schema = new Schema.Parser().parse(Files.readString(file));
    } catch (IOException e) {
      throw new ConfigurationException(
          "%s is \"%s\", which cannot be read (%s); give the path of an .avsc file"
              .formatted(key, file, e.getClass().getSimpleName()));
    } catch (AvroRuntimeException e) {
      throw new ConfigurationException(
          "%s is \"%s\", which holds no Avro schema: %s".formatted(key, file, e.getMessage()));
    }
    try {
      RecordReader.generic(schema);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "%s is \"%s\", which cannot be used: %s".formatted(key, file, e.getMessage()));
    }
    return schema;
  }

  private static String fieldNames(Schema schema) {
    return schema.getFields().stream().map(Schema.Field::name).collect(Collectors.joining(", "));
  }

  private static String names(Stream<Schema.Type> types) {
    return types.map(Schema.Type::getName).distinct().collect(Collectors.joining(", "));
  }
}
