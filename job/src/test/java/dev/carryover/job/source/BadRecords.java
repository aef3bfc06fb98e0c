package dev.carryover.job.source;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.carryover.job.events.RejectReason;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * Kinds of Kafka records that cannot be used, each with the reason that it must be rejected for.
 *
 * <p>Made anew on every call, always the same bytes.
 */
public final class BadRecords {
  /** The timestamp of every record whose own does not matter: 2026-01-01T00:00:00Z. */
  public static final long NOW_MS = 1_767_225_600_000L;

  /** The value of {@code events.max-record-size} that the cases are made for. */
  public static final int MAX_RECORD_BYTES = 64 << 10;

  private static final byte[] KEY = "k".getBytes(UTF_8);
  private static final long DAY_MS = 86_400_000L;
  private static final long YEAR_10000_MS = 253_402_300_800_000L;

  private static final Schema USER_SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Click", "namespace": "shop", "fields": [
                {"name": "user", "type": ["null", {"type": "record", "name": "User", "fields": [
                  {"name": "id", "type": ["null", "string", "long", "double"]}]}]},
                {"name": "at", "type": ["null", "long", "double", "string", "boolean"]},
                {"name": "page", "type": ["null", "string", "bytes"]},
                {"name": "count", "type": ["null", "long", "double", "string"]},
                {"name": "last", "type": ["null", "boolean", "string"]},
                {"name": "values", "type": {"type": "array", "items": ["null", "double", "string"]}}
              ]}
              """);

  private final List<Case> cases = new ArrayList<>();
  private final Format format;

  private BadRecords(Format format) {
    this.format = format;
  }

  /** A format that the cases are records of. */
  public enum Format {
    /** The canonical event. */
    EVENT,
    /** JSON with a mapping. */
    JSON,
    /** Bare Avro with a mapping. */
    AVRO,
    /** Avro in single-object encoding with a mapping. */
    AVRO_SINGLE_OBJECT,
    /** Avro in Confluent's wire format with a mapping. */
    AVRO_CONFLUENT;

    /**
     * The {@code events.*} options that the cases of this format are made for.
     *
     * @param folder where the schema of the Avro formats is written to
     */
    public Map<String, String> options(Path folder) {
      Map<String, String> options = new TreeMap<>();
      options.put("events.max-record-size", (MAX_RECORD_BYTES >> 10) + " kb");
      if (this == EVENT) {
        options.put("events.format", "event");
        return options;
      }
      options.put("events.mapping.key", "user.id");
      options.put("events.mapping.timestamp", "at");
      options.put("events.mapping.token", "page");
      options.put("events.mapping.sequence", "count");
      options.put("events.mapping.end", "last");
      options.put("events.mapping.features", "values");
      if (this == JSON) {
        options.put("events.format", "json");
        return options;
      }
      Path schema = folder.resolve("click.avsc");
      try {
        Files.writeString(schema, USER_SCHEMA.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      options.put("events.format", "avro");
      options.put("events.avro.schema", schema.toString());
      switch (this) {
        case AVRO_SINGLE_OBJECT -> options.put("events.avro.framing", "single-object");
        case AVRO_CONFLUENT -> {
          options.put("events.avro.framing", "confluent");
          options.put("events.avro.writer-schemas.7", schema.toString());
        }
        default -> options.put("events.avro.framing", "none");
      }
      return options;
    }

    /** The kinds of bad records of this format. */
    public List<Case> cases() {
      BadRecords records = new BadRecords(this);
      switch (this) {
        case EVENT -> records.addEvents();
        case JSON -> records.addJson();
        case AVRO -> records.addAvro();
        case AVRO_SINGLE_OBJECT -> records.addSingleObject();
        case AVRO_CONFLUENT -> records.addConfluent();
      }
      return List.copyOf(records.cases);
    }

    /** A record of this format that can be used: key {@code user-1}, token {@code home}. */
    public byte[] good() {
      return switch (this) {
        case EVENT -> encode(event());
        case JSON ->
            """
            {"user": {"id": "user-1"}, "at": 1767225600000, "page": "home", "count": 5,
             "last": true, "values": [1.5, 2]}"""
                .getBytes(UTF_8);
        case AVRO -> click();
        case AVRO_SINGLE_OBJECT -> singleObject(fingerprint(USER_SCHEMA)).raw(click()).bytes();
        case AVRO_CONFLUENT -> new Wire().raw(0, 0, 0, 0, 7).raw(click()).bytes();
      };
    }
  }

  /**
   * A record that cannot be used.
   *
   * @param name what is wrong with it, unique within its format
   * @param recordKey may be null
   * @param recordValue may be null
   * @param recordTimestampMs negative for a record without a timestamp, which only old brokers hold
   * @param reason what it must be rejected for
   */
  public record Case(
      Format format,
      String name,
      byte[] recordKey,
      byte[] recordValue,
      long recordTimestampMs,
      RejectReason reason) {
    @Override
    public String toString() {
      return format + ": " + name;
    }
  }

  /** The cases of every format. */
  public static List<Case> all() {
    return Arrays.stream(Format.values()).flatMap(format -> format.cases().stream()).toList();
  }

  private void add(RejectReason reason, String name, byte[] value) {
    cases.add(new Case(format, name, KEY, value, NOW_MS, reason));
  }

  private void add(RejectReason reason, String name, Wire value) {
    add(reason, name, value.bytes());
  }

  private void addForEveryFormat(byte[] good) {
    cases.add(new Case(format, "tombstone", KEY, null, NOW_MS, RejectReason.MISSING_VALUE));
    cases.add(
        new Case(
            format, "tombstone without a key", null, null, NOW_MS, RejectReason.MISSING_VALUE));
    cases.add(
        new Case(
            format,
            "record key larger than a record may be",
            new byte[MAX_RECORD_BYTES + 1],
            good,
            NOW_MS,
            RejectReason.RECORD_TOO_LARGE));
    cases.add(
        new Case(
            format,
            "tombstone with a giant key",
            new byte[MAX_RECORD_BYTES + 1],
            null,
            NOW_MS,
            RejectReason.RECORD_TOO_LARGE));
    cases.add(
        new Case(
            format,
            "key and value one byte too large together",
            new byte[1 + MAX_RECORD_BYTES - good.length],
            good,
            NOW_MS,
            RejectReason.RECORD_TOO_LARGE));
    add(
        RejectReason.RECORD_TOO_LARGE,
        "value ten times as large as a record may be",
        random(1, 10 * MAX_RECORD_BYTES));
    add(RejectReason.UNDECODABLE, "value of no bytes", new byte[0]);
    add(RejectReason.UNDECODABLE, "random bytes", random(2, 200));
    add(RejectReason.UNDECODABLE, "all ones", filled(64, 0xFF));
    add(RejectReason.UNDECODABLE, "gzip", new Wire().raw(0x1F, 0x8B, 8, 0).raw(random(3, 40)));
    add(RejectReason.UNDECODABLE, "last byte cut off", Arrays.copyOf(good, good.length - 1));
    add(RejectReason.UNDECODABLE, "cut in half", Arrays.copyOf(good, good.length / 2));
    add(RejectReason.UNDECODABLE, "twice in one record", new Wire().raw(good).raw(good));
    add(RejectReason.UNDECODABLE, "one byte too many", new Wire().raw(good).raw(0x41));
  }

  private void addEvents() {
    byte[] good = encode(event());
    addForEveryFormat(good);

    add(RejectReason.UNDECODABLE, "one byte", new Wire().raw(0xC3));
    add(RejectReason.UNDECODABLE, "marker alone", new Wire().raw(0xC3, 1));
    add(RejectReason.UNDECODABLE, "header cut off", Arrays.copyOf(good, 9));
    add(RejectReason.UNDECODABLE, "header without a body", Arrays.copyOf(good, 10));
    add(RejectReason.UNDECODABLE, "plain text", "user-1 home 12:00".getBytes(UTF_8));
    add(RejectReason.UNDECODABLE, "JSON in place of Avro", "{\"key\":\"a\"}".getBytes(UTF_8));
    add(RejectReason.UNDECODABLE, "all zeros", new byte[64]);
    add(RejectReason.UNDECODABLE, "marker of another version", event(0xC3, 2));
    add(RejectReason.UNDECODABLE, "marker reversed", event(1, 0xC3));
    add(
        RejectReason.UNDECODABLE,
        "Confluent's framing",
        new Wire().raw(0, 0, 0, 0, 7).raw(eventBody().bytes()));
    add(RejectReason.UNDECODABLE, "body without a header", eventBody());
    add(
        RejectReason.UNDECODABLE,
        "Avro container file",
        new Wire().raw('O', 'b', 'j', 1).raw(good));

    long fingerprint = fingerprint(Event.getClassSchema());
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "fingerprint of zeros",
        singleObject(0).raw(eventBody().bytes()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "fingerprint in the wrong byte order",
        singleObject(Long.reverseBytes(fingerprint)).raw(eventBody().bytes()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "fingerprint with one bit wrong",
        singleObject(fingerprint ^ 1).raw(eventBody().bytes()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "record of a schema that nobody released",
        singleObject(fingerprint(USER_SCHEMA)).raw(click()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "dead letter in place of an event",
        RecordCodec.of(DeadLetter.class)
            .encode(
                DeadLetter.newBuilder()
                    .setTopic("events")
                    .setPartition(0)
                    .setOffset(0)
                    .setReason("LATE")
                    .setDetail("late")
                    .build()));

    int[] cuts = {11, 14, 17, 19, 24, 25, 27, 30, 31, 33};
    for (int cut : cuts) {
      add(RejectReason.UNDECODABLE, "cut off after " + cut + " bytes", Arrays.copyOf(good, cut));
    }
    Wire header = singleObject(fingerprint);
    add(RejectReason.UNDECODABLE, "key of negative length", header.number(-1).raw(random(4, 20)));
    for (long length : new long[] {100, 1L << 30, Integer.MAX_VALUE, 1L << 31, Long.MAX_VALUE}) {
      add(
          RejectReason.UNDECODABLE,
          "key that claims " + length + " bytes",
          singleObject(fingerprint).number(length).raw(random(5, 20)));
    }
    int[][] notUtf8 = {
      {0xFF}, {0xC3, 0x28}, {0xC0, 0x80}, {0xED, 0xA0, 0x80}, {0xF4, 0x90, 0x80, 0x80}, {0xE2, 0x82}
    };
    for (int[] bytes : notUtf8) {
      add(
          RejectReason.UNDECODABLE,
          "key of bytes that are not UTF-8: " + Arrays.toString(bytes),
          singleObject(fingerprint).number(bytes.length).raw(bytes).raw(afterKey()));
      add(
          RejectReason.UNDECODABLE,
          "token of bytes that are not UTF-8: " + Arrays.toString(bytes),
          upToToken().number(bytes.length).raw(bytes).number(0).raw(0));
    }
    add(
        RejectReason.UNDECODABLE,
        "time of eleven bytes",
        singleObject(fingerprint).text("a").raw(filled(10, 0xFF)).raw(1).raw(0, 0, 0, 0));
    for (long branch : new long[] {2, -1, 99, Long.MAX_VALUE}) {
      add(
          RejectReason.UNDECODABLE,
          "sequence of union branch " + branch,
          singleObject(fingerprint).text("a").number(NOW_MS).number(branch).raw(0, 0, 0));
    }
    add(RejectReason.UNDECODABLE, "token that claims 1 GiB", upToToken().number(1 << 30).raw(0, 0));
    for (long count : new long[] {1000, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE}) {
      add(
          RejectReason.UNDECODABLE,
          "features that claim to be " + count,
          upToFeatures().number(count).float32(1).raw(0));
    }
    add(
        RejectReason.UNDECODABLE,
        "features in a block of negative count beyond 64 bits",
        upToFeatures().number(Long.MIN_VALUE).number(4).float32(1).raw(0, 0));
    add(
        RejectReason.UNDECODABLE,
        "features without an end",
        upToFeatures().number(1).float32(1).number(1).float32(1));
    add(RejectReason.UNDECODABLE, "end of value 2", upToFeatures().raw(0, 2));

    add(RejectReason.MISSING_KEY, "empty key", encode(event("", NOW_MS, "home")));
    add(
        RejectReason.KEY_TOO_LONG,
        "key of 1025 letters",
        encode(event("k".repeat(1025), NOW_MS, "a")));
    add(
        RejectReason.KEY_TOO_LONG,
        "key of 513 characters outside the basic plane",
        encode(event("\uD83D\uDE00".repeat(513), NOW_MS, "a")));
    long[] times = {
      -1, -NOW_MS, Long.MIN_VALUE, Long.MAX_VALUE, YEAR_10000_MS, NOW_MS * 1000, NOW_MS * 1_000_000
    };
    for (long time : times) {
      add(RejectReason.TIMESTAMP_OUT_OF_RANGE, "time " + time, encode(event("a", time, "home")));
    }
    add(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "time one millisecond too far ahead",
        encode(event("a", NOW_MS + DAY_MS + 1, "home")));
    cases.add(
        new Case(
            format,
            "time in the year 10000, record without a timestamp",
            KEY,
            encode(event("a", YEAR_10000_MS, "home")),
            -1,
            RejectReason.TIMESTAMP_OUT_OF_RANGE));
    float[] bad = {
      Float.NaN,
      Float.intBitsToFloat(0x7F800001),
      Float.intBitsToFloat(0xFFC00000),
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY
    };
    for (float feature : bad) {
      String bits = Integer.toHexString(Float.floatToRawIntBits(feature));
      add(
          RejectReason.NON_FINITE_FEATURE,
          "first feature of bits " + bits,
          upToFeatures().number(2).float32(feature).float32(1).raw(0, 0));
      add(
          RejectReason.NON_FINITE_FEATURE,
          "last feature of bits " + bits,
          upToFeatures().number(2).float32(1).float32(feature).raw(0, 0));
    }
  }

  private void addJson() {
    addForEveryFormat(Format.JSON.good());

    Map<String, String> undecodable = new TreeMap<>();
    undecodable.put("spaces alone", "   \n\t ");
    undecodable.put("opening brace alone", "{");
    undecodable.put("closing brace alone", "}");
    undecodable.put("half of a word", "nul");
    undecodable.put("plain text", "user-1 home");
    undecodable.put("field without a value", "{\"at\":}");
    undecodable.put("field without a colon", "{\"at\" 1}");
    undecodable.put("field without quotes", "{at: 1}");
    undecodable.put("single quotes", "{'at': 1}");
    undecodable.put("comma at the end of an object", "{\"at\": 1,}");
    undecodable.put("comma at the end of a list", "{\"values\": [1,]}");
    undecodable.put("comment", "{\"at\": 1 /* ms */}");
    undecodable.put("bracket closed by a brace", "{\"values\": [1}");
    undecodable.put("NaN without quotes", good("values", "[NaN]"));
    undecodable.put("Infinity without quotes", good("values", "[-Infinity]"));
    undecodable.put("number with a leading zero", good("at", "01"));
    undecodable.put("number with a plus", good("at", "+1"));
    undecodable.put("hexadecimal number", good("at", "0x1F"));
    undecodable.put("minus alone", good("at", "-"));
    undecodable.put("number that ends in a point", good("at", "1."));
    undecodable.put("exponent without digits", good("at", "1e"));
    undecodable.put("number of 2000 digits", good("at", "9".repeat(2000)));
    undecodable.put("text without an end", "{\"user\": {\"id\": \"abc");
    undecodable.put("line feed in a text", good("page", "\"a\nb\""));
    undecodable.put("NUL in a text", good("page", "\"a\0b\""));
    undecodable.put("escape that there is not", good("page", "\"\\x41\""));
    undecodable.put("escape cut off", good("page", "\"\\u12\""));
    undecodable.put("second object", good("at", "1") + "{}");
    undecodable.put("words after the object", good("at", "1") + " end");
    undecodable.put("key twice", "{\"user\": {\"id\": \"a\", \"id\": \"b\"}, \"at\": 1}");
    undecodable.put("time twice", "{\"user\": {\"id\": \"a\"}, \"at\": 1, \"at\": 2}");
    undecodable.put("lists 10,000 deep in a field", "{\"x\": " + "[".repeat(10_000));
    undecodable.put(
        "objects 5,000 deep and closed", "{\"x\":".repeat(5_000) + "1" + "}".repeat(5_000));
    undecodable.put(
        "lists 5,000 deep and closed in a field",
        "{\"x\": " + "[".repeat(5_000) + "]".repeat(5_000) + "}");
    undecodable.forEach((name, json) -> add(RejectReason.UNDECODABLE, name, json.getBytes(UTF_8)));
    add(
        RejectReason.UNDECODABLE,
        "key of bytes that are not UTF-8",
        new Wire().raw("{\"user\":{\"id\":\"".getBytes(UTF_8)).raw(0xFF, 0xFE).raw('"', '}', '}'));
    add(
        RejectReason.UNDECODABLE,
        "token that breaks off within a character",
        new Wire().raw("{\"page\":\"".getBytes(UTF_8)).raw(0xE2, 0x82).raw('"', '}'));
    add(
        RejectReason.UNDECODABLE,
        "UTF-16 cut at an odd byte",
        Arrays.copyOf(good("at", "1").getBytes(UTF_16LE), 41));
    add(RejectReason.UNDECODABLE, "all zeros", new byte[64]);
    add(RejectReason.UNDECODABLE, "Avro in place of JSON", encode(event()));

    for (String root : List.of("5", "1.5", "\"text\"", "true", "null", "[]", "[{\"at\": 1}]")) {
      add(RejectReason.WRONG_TYPE, "not an object but " + root, root.getBytes(UTF_8));
    }
    json(
        RejectReason.MISSING_KEY, "user", null, "null", "5", "\"a\"", "[]", "{}", "{\"id\": null}");
    json(RejectReason.MISSING_KEY, "user", "{\"id\": \"\"}");
    json(
        RejectReason.WRONG_TYPE,
        "user",
        "{\"id\": 1.5}",
        "{\"id\": {}}",
        "{\"id\": [\"a\"]}",
        "{\"id\": \"\\ud800\"}",
        "{\"id\": \"a\\udc00b\"}",
        "{\"id\": \"\\udc00\\ud800\"}");
    json(RejectReason.KEY_TOO_LONG, "user", "{\"id\": \"" + "k".repeat(1025) + "\"}");
    json(RejectReason.MISSING_TIMESTAMP, "at", null, "null");
    json(
        RejectReason.WRONG_TYPE,
        "at",
        "true",
        "{}",
        "[1]",
        "\"\"",
        "\"yesterday\"",
        "\"2026-01-01T00:00:00Z\"",
        "\"0x10\"");
    json(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "at",
        "-1",
        "-0.5",
        "\"-1\"",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "1e30",
        "1e300",
        "1e999",
        "\"1e999\"",
        String.valueOf(YEAR_10000_MS),
        String.valueOf(NOW_MS + DAY_MS + 1),
        String.valueOf(NOW_MS * 1000),
        "9".repeat(300));
    json(RejectReason.WRONG_TYPE, "page", "1.5", "{}", "[\"a\"]", "\"\\ud800\"");
    json(
        RejectReason.WRONG_TYPE,
        "count",
        "1.5",
        "\"five\"",
        "\"\"",
        "true",
        "[1]",
        "{}",
        "9223372036854775808",
        "\"99999999999999999999\"");
    json(RejectReason.WRONG_TYPE, "last", "\"yes\"", "2", "\"\"", "0.5", "{}", "[]");
    json(
        RejectReason.WRONG_TYPE,
        "values",
        "\"many\"",
        "{}",
        "[null]",
        "[1, \"two\"]",
        "[[1]]",
        "[{}]",
        "[\"0x1p3\"]",
        "[\"1f\"]");
    json(
        RejectReason.NON_FINITE_FEATURE,
        "values",
        "[1e39]",
        "[1, -1e39]",
        "[1e999]",
        "[\"NaN\"]",
        "[1, \"Infinity\"]",
        "[\"-Infinity\"]",
        "\"NaN\"",
        "[" + "9".repeat(100) + "]");
  }

  /** Adds a record for every value of a field, null for none, that is right otherwise. */
  private void json(RejectReason reason, String field, String... values) {
    for (String value : values == null ? new String[] {null} : values) {
      String shown = value == null ? "missing" : value.substring(0, Math.min(40, value.length()));
      add(reason, field + " " + shown, good(field, value).getBytes(UTF_8));
    }
  }

  private static String good(String field, String value) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("user", "{\"id\": \"a\"}");
    fields.put("at", String.valueOf(NOW_MS));
    fields.put("page", "\"home\"");
    if (value == null) {
      fields.remove(field);
    } else {
      fields.put(field, value);
    }
    StringBuilder json = new StringBuilder("{");
    fields.forEach(
        (name, text) ->
            json.append(json.length() > 1 ? ", " : "").append('"' + name + "\": " + text));
    return json.append('}').toString();
  }

  private void addAvro() {
    addForEveryFormat(click());

    add(RejectReason.UNDECODABLE, "plain text", "user-1 home".getBytes(UTF_8));
    add(RejectReason.UNDECODABLE, "key of a union branch that there is not", wire(2).raw(8).raw(0));
    add(RejectReason.UNDECODABLE, "key of negative length", wire(2).number(1).number(-5).raw(0, 0));
    add(
        RejectReason.UNDECODABLE,
        "key that claims 2 GiB",
        wire(2).number(1).number(Integer.MAX_VALUE).raw(0, 0));
    add(
        RejectReason.UNDECODABLE,
        "features of nulls that claim to be 2 billion",
        upToValues().number(Integer.MAX_VALUE).raw(0, 0, 0));
    add(
        RejectReason.UNDECODABLE,
        "page of bytes that claims 1 GiB",
        upToPage().number(2).number(1 << 30).raw(0, 0));
    add(RejectReason.UNDECODABLE, "single-object framing", Format.AVRO_SINGLE_OBJECT.good());
    add(RejectReason.UNDECODABLE, "JSON in place of Avro", Format.JSON.good());

    add(RejectReason.MISSING_KEY, "no user", wire(0).raw(afterUser()));
    add(RejectReason.MISSING_KEY, "no id", wire(2).number(0).raw(afterUser()));
    add(RejectReason.MISSING_KEY, "empty id", wire(2).number(1).text("").raw(afterUser()));
    add(RejectReason.WRONG_TYPE, "id a fraction", wire(2).number(3).float64(1.5).raw(afterUser()));
    add(
        RejectReason.KEY_TOO_LONG,
        "id of 1025 letters",
        wire(2).number(1).text("k".repeat(1025)).raw(afterUser()));
    add(RejectReason.MISSING_TIMESTAMP, "no time", upToAt().number(0).raw(afterAt()));
    add(RejectReason.WRONG_TYPE, "time a boolean", upToAt().number(4).raw(1).raw(afterAt()));
    add(RejectReason.WRONG_TYPE, "time in words", upToAt().number(3).text("noon").raw(afterAt()));
    add(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "time NaN",
        upToAt().number(2).float64(Double.NaN).raw(afterAt()));
    add(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "time infinite",
        upToAt().number(2).float64(Double.POSITIVE_INFINITY).raw(afterAt()));
    add(
        RejectReason.TIMESTAMP_OUT_OF_RANGE,
        "time a fraction of 308 digits",
        upToAt().number(2).float64(Double.MAX_VALUE).raw(afterAt()));
    for (long time : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, NOW_MS + DAY_MS + 1}) {
      add(
          RejectReason.TIMESTAMP_OUT_OF_RANGE,
          "time " + time,
          upToAt().number(1).number(time).raw(afterAt()));
    }
    add(
        RejectReason.WRONG_TYPE,
        "page of bytes",
        upToPage().number(2).text("home").number(0).number(0).raw(0));
    add(
        RejectReason.WRONG_TYPE,
        "count a fraction",
        upToPage().number(0).number(2).float64(1.5).number(0).raw(0));
    add(
        RejectReason.WRONG_TYPE,
        "count in words",
        upToPage().number(0).number(3).text("five").number(0).raw(0));
    add(
        RejectReason.WRONG_TYPE,
        "last in words",
        upToPage().number(0).number(0).number(2).text("yes").raw(0));
    add(RejectReason.WRONG_TYPE, "feature null", upToValues().number(1).number(0).raw(0));
    add(
        RejectReason.WRONG_TYPE,
        "feature in words",
        upToValues().number(1).number(2).text("two").raw(0));
    for (double feature : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 1e39, -1e300}) {
      add(
          RejectReason.NON_FINITE_FEATURE,
          "feature " + feature,
          upToValues().number(1).number(1).float64(feature).raw(0));
    }
  }

  private void addSingleObject() {
    addForEveryFormat(Format.AVRO_SINGLE_OBJECT.good());
    add(RejectReason.UNDECODABLE, "no framing", click());
    add(RejectReason.UNDECODABLE, "Confluent's framing", Format.AVRO_CONFLUENT.good());
    add(RejectReason.UNDECODABLE, "header cut off", new Wire().raw(0xC3, 1, 5, 5));
    add(
        RejectReason.UNDECODABLE,
        "header without a body",
        singleObject(fingerprint(USER_SCHEMA)).bytes());
    add(RejectReason.UNKNOWN_SCHEMA, "canonical event", encode(event()));
    add(RejectReason.UNKNOWN_SCHEMA, "fingerprint of zeros", singleObject(0).raw(click()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "fingerprint in the wrong byte order",
        singleObject(Long.reverseBytes(fingerprint(USER_SCHEMA))).raw(click()));
  }

  private void addConfluent() {
    addForEveryFormat(Format.AVRO_CONFLUENT.good());
    add(RejectReason.UNDECODABLE, "single-object framing", Format.AVRO_SINGLE_OBJECT.good());
    add(RejectReason.UNDECODABLE, "header cut off", new Wire().raw(0, 0, 0, 7));
    add(RejectReason.UNDECODABLE, "header without a body", new Wire().raw(0, 0, 0, 0, 7));
    add(RejectReason.UNDECODABLE, "magic byte 1", new Wire().raw(1, 0, 0, 0, 7).raw(click()));
    add(RejectReason.UNKNOWN_SCHEMA, "id 0", new Wire().raw(0, 0, 0, 0, 0).raw(click()));
    add(RejectReason.UNKNOWN_SCHEMA, "id 8", new Wire().raw(0, 0, 0, 0, 8).raw(click()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "id in the wrong byte order",
        new Wire().raw(0, 7, 0, 0, 0).raw(click()));
    add(
        RejectReason.UNKNOWN_SCHEMA,
        "id -1",
        new Wire().raw(0, 0xFF, 0xFF, 0xFF, 0xFF).raw(click()));
  }

  private static Event event() {
    return Event.newBuilder(event("user-1", NOW_MS, "home"))
        .setSequence(5L)
        .setFeatures(List.of(1.5f, 2f))
        .setEnd(true)
        .build();
  }

  private static Event event(String key, long timestampMs, String token) {
    return Event.newBuilder().setKey(key).setTimestampMs(timestampMs).setToken(token).build();
  }

  private static byte[] encode(Event event) {
    return RecordCodec.of(Event.class).encode(event);
  }

  /** A good event behind another marker. */
  private static byte[] event(int marker0, int marker1) {
    byte[] bytes = encode(event());
    bytes[0] = (byte) marker0;
    bytes[1] = (byte) marker1;
    return bytes;
  }

  private static Wire eventBody() {
    return new Wire().text("user-1").raw(afterKey());
  }

  private static byte[] afterKey() {
    return new Wire().number(NOW_MS).number(0).number(0).number(0).raw(0).bytes();
  }

  private static Wire upToToken() {
    return singleObject(fingerprint(Event.getClassSchema()))
        .text("a")
        .number(NOW_MS)
        .number(0)
        .number(1);
  }

  private static Wire upToFeatures() {
    return upToToken().text("home");
  }

  /** The body of a good click. */
  private static byte[] click() {
    return new Wire()
        .number(1)
        .number(1)
        .text("user-1")
        .number(1)
        .number(NOW_MS)
        .number(1)
        .text("home")
        .number(1)
        .number(5)
        .number(1)
        .raw(1)
        .number(2)
        .number(1)
        .float64(1.5)
        .number(1)
        .float64(2)
        .raw(0)
        .bytes();
  }

  /** The beginning of a click: 0 for no user, 2 for a user, whose id follows. */
  private static Wire wire(int zigzagBranch) {
    return new Wire().raw(zigzagBranch);
  }

  private static Wire upToAt() {
    return wire(2).number(1).text("a");
  }

  private static Wire upToPage() {
    return upToAt().number(1).number(NOW_MS);
  }

  private static Wire upToValues() {
    return upToPage().number(0).number(0).number(0);
  }

  private static byte[] afterUser() {
    return new Wire().number(1).number(NOW_MS).raw(afterAt()).bytes();
  }

  private static byte[] afterAt() {
    return new Wire().number(0).number(0).number(0).raw(0).bytes();
  }

  private static Wire singleObject(long fingerprint) {
    return new Wire().raw(0xC3, 1).littleEndian(fingerprint, 8);
  }

  private static long fingerprint(Schema schema) {
    return SchemaNormalization.parsingFingerprint64(schema);
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
