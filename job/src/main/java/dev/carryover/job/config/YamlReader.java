package dev.carryover.job.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads a YAML mapping into entries with dotted keys: {@code a: {b: 1}} and {@code a.b: 1} are the
 * same.
 *
 * <p>Values stay text; nothing is constructed from tags. Anchors, aliases, tags, a second document,
 * a key that occurs twice, and nesting or sizes beyond reason are refused.
 */
final class YamlReader {
  static final int MAX_CHARACTERS = 1 << 20;
  private static final int MAX_DEPTH = 16;

  private final String source;
  private final YAMLParser parser;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private YamlReader(String source, YAMLParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /** Returns the entries in the order of the text. */
  static List<Entry> read(String yaml, String source) throws ConfigurationException {
    if (yaml.length() > MAX_CHARACTERS) {
      throw new ConfigurationException(
          "%s: the configuration has %d characters, allowed are %d: this is not a job configuration"
              .formatted(source, yaml.length(), MAX_CHARACTERS));
    }
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MAX_CHARACTERS);
    limits.setNestingDepthLimit(MAX_DEPTH);
    YAMLFactory factory =
        YAMLFactory.builder()
            .loaderOptions(limits)
            .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
            .build();
    try (YAMLParser parser = factory.createParser(yaml)) {
      return new YamlReader(source, parser).document();
    } catch (IOException e) {
      throw malformed(e, source);
    }
  }

  private List<Entry> document() throws IOException, ConfigurationException {
    JsonToken first = parser.nextToken();
    if (first == null || first == JsonToken.VALUE_NULL) {
      return List.of();
    }
    if (first != JsonToken.START_OBJECT) {
      throw refuse(
          "the configuration is not a mapping; write keys and values, as in job.name: scoring");
    }
    mapping("", 1);
    if (parser.nextToken() != null) {
      throw refuse("a second YAML document begins; put the whole configuration into one");
    }
    return List.copyOf(entries.values());
  }

  private void mapping(String prefix, int depth) throws IOException, ConfigurationException {
    if (depth > MAX_DEPTH) {
      throw refuse("mappings are nested more than " + MAX_DEPTH + " deep");
    }
    refuseAnchorsAndTags();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      refuseAnchorsAndTags();
      String key = prefix + parser.currentName();
      int line = line();
      JsonToken value = parser.nextToken();
      refuseAnchorsAndTags();
      if (value == JsonToken.START_OBJECT) {
        mapping(key + ".", depth + 1);
      } else if (value == JsonToken.START_ARRAY) {
        add(new Entry(key, line, sequence(key), true));
      } else {
        add(new Entry(key, line, List.of(scalar(key, value)), false));
      }
    }
  }

  private List<String> sequence(String key) throws IOException, ConfigurationException {
    List<String> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      refuseAnchorsAndTags();
      elements.add(scalar(key, token));
    }
    if (elements.isEmpty()) {
      throw refuse(key + " is an empty list; give it an entry or remove the key");
    }
    return List.copyOf(elements);
  }

  private String scalar(String key, JsonToken token) throws IOException, ConfigurationException {
    if (token == JsonToken.VALUE_NULL) {
      throw refuse(key + " has no value; give it one or remove the key");
    }
    if (!token.isScalarValue()) {
      throw refuse(key + " is a list that holds more than plain values");
    }
    return parser.getText();
  }

  private void add(Entry entry) throws ConfigurationException {
    Entry previous = entries.putIfAbsent(entry.key(), entry);
    if (previous != null) {
      throw refuse(
          "%s is set twice, in lines %d and %d; keep one"
              .formatted(entry.key(), previous.line(), entry.line()));
    }
  }

  private void refuseAnchorsAndTags() throws IOException, ConfigurationException {
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      throw refuse("anchors and aliases are not allowed; write the value out");
    }
    if (parser.getTypeId() != null) {
      throw refuse("tags are not allowed; write the plain value, quoted where needed");
    }
  }

  private ConfigurationException refuse(String problem) {
    return new ConfigurationException("%s:%d: %s".formatted(source, line(), problem));
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  /*
   * The messages of the YAML parser quote the text around the fault, which may be a password; only
   * the problem and the place are told, and the cause is not chained.
   */
  private static ConfigurationException malformed(IOException e, String source) {
    if (e.getCause() instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
      return new ConfigurationException(
          "%s:%d: not valid YAML at column %d: %s"
              .formatted(
                  source,
                  yaml.getProblemMark().getLine() + 1,
                  yaml.getProblemMark().getColumn() + 1,
                  yaml.getProblem()));
    }
    if (e instanceof JsonProcessingException json && json.getLocation() != null) {
      return new ConfigurationException(
          "%s:%d: not valid YAML at column %d"
              .formatted(source, json.getLocation().getLineNr(), json.getLocation().getColumnNr()));
    }
    return new ConfigurationException(source + ": not valid YAML");
  }
}
