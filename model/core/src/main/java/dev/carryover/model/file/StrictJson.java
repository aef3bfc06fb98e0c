package dev.carryover.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON object, strictly: no duplicate key, no half of a surrogate pair, nothing after the
 * object, at most so many values and levels. Objects become {@code Map<String, Object>}, arrays
 * {@code List<Object>}, strings {@code String}, booleans {@code Boolean}, numbers {@link Number},
 * null {@link #NULL}.
 */
final class StrictJson {
  /** A number as it is written; what it is read as decides who asks for it. */
  record Number(String text, boolean whole) {
    @Override
    public String toString() {
      return text;
    }
  }

  /** JSON's null. */
  static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private static final int MAX_DEPTH = 16;
  private static final int MAX_NUMBER_LENGTH = 64;
  private static final int MAX_NAME_LENGTH = 4096;

  private final JsonParser parser;
  private final String where;
  private final ModelFileError malformed;
  private final long maxValues;
  private long values;

  private StrictJson(JsonParser parser, String where, ModelFileError malformed, long maxValues) {
    this.parser = parser;
    this.where = where;
    this.malformed = malformed;
    this.maxValues = maxValues;
  }

  /**
   * Reads a text that is one JSON object.
   *
   * @param where names the text in errors
   * @param malformed the error of a text that is not one JSON object
   * @param maxValues the most values, objects and arrays among them
   */
  static Map<String, Object> parse(
      String text, String where, ModelFileError malformed, long maxValues)
      throws ModelFileException {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH)
            .maxNumberLength(MAX_NUMBER_LENGTH)
            .maxNameLength(MAX_NAME_LENGTH)
            .maxStringLength(Math.max(1, text.length()))
            .build();
    // Without the symbol table a file cannot fill, or collide in, a structure shared by the
    // process.
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
    try (JsonParser parser = factory.createParser(text)) {
      StrictJson json = new StrictJson(parser, where, malformed, maxValues);
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw json.malformed("it does not begin with '{'");
      }
      Map<String, Object> object = json.object();
      if (parser.nextToken() != null) {
        throw json.malformed("something follows the object");
      }
      return object;
    } catch (ModelFileException e) {
      throw e;
    } catch (JsonProcessingException e) {
      throw new ModelFileException(
          malformed,
          "not one JSON object: " + e.getOriginalMessage().replaceAll("\\s+", " "),
          where + (e.getLocation() == null ? "" : at(e.getLocation().getCharOffset())),
          "write the file again",
          e);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }

  /** Decodes UTF-8 strictly, or answers {@code null} when the bytes are not UTF-8. */
  static String decodeUtf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private Map<String, Object> object() throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = text();
      if (object.containsKey(key)) {
        throw new ModelFileException(
            ModelFileError.DUPLICATE_KEY,
            "key '" + key + "' stands twice in one object",
            where + offset(),
            "remove one of the two");
      }
      parser.nextToken();
      object.put(key, value());
    }
    return object;
  }

  private List<Object> array() throws IOException {
    List<Object> array = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value());
    }
    return array;
  }

  private Object value() throws IOException {
    if (++values > maxValues) {
      throw new ModelFileException(
          ModelFileError.TOO_MANY_VALUES,
          "more than " + maxValues + " JSON values, which is the limit",
          where + offset(),
          "raise the limits of the reader if the file is meant to be this large");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> text();
      case VALUE_NUMBER_INT -> new Number(parser.getText(), true);
      case VALUE_NUMBER_FLOAT -> new Number(parser.getText(), false);
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> NULL;
      default -> throw malformed("unexpected " + parser.currentToken());
    };
  }

  private String text() throws IOException {
    String text = parser.getText();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw malformed("a string holds half of a surrogate pair, \\u%04x".formatted((int) c));
        }
        i++;
      }
    }
    return text;
  }

  private ModelFileException malformed(String what) {
    return new ModelFileException(
        malformed, "not one JSON object: " + what, where + offset(), "write the file again");
  }

  private String offset() {
    return at(parser.currentTokenLocation().getCharOffset());
  }

  private static String at(long offset) {
    return ", character " + Math.max(0, offset);
  }
}
