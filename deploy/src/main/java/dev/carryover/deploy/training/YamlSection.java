package dev.carryover.deploy.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.Collection;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads YAML into records whose names are written with hyphens, and says what is wrong with it. */
final class YamlSection {

  private static final ObjectMapper YAML =
      YAMLMapper.builder(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private YamlSection() {}

  /**
   * Reads a text.
   *
   * @param source what it is called in errors
   * @throws IllegalArgumentException when it is no YAML mapping
   */
  static JsonNode tree(String yaml, String source) {
    JsonNode tree;
    try {
      tree = YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s, line %d: this is no YAML (%s); write lines of the form 'format: lines'"
              .formatted(
                  source,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    }
    if (!tree.isObject()) {
      throw new IllegalArgumentException(
          source + ": there is no mapping in it; write lines of the form 'format: lines'");
    }
    return tree;
  }

  /**
   * Makes a record of a mapping.
   *
   * @param source what the mapping is called in errors
   * @throws IllegalArgumentException when a key is unknown or a value is of another kind
   */
  static <T> T read(JsonNode mapping, Class<T> type, String source) {
    try {
      return YAML.treeToValue(mapping, type);
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException(
          "%s: there is no key '%s'; the keys are %s"
              .formatted(source, e.getPropertyName(), sorted(e.getKnownPropertyIds())),
          e);
    } catch (JsonMappingException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw new IllegalArgumentException(source + ": " + refused.getMessage(), e);
      }
      String key =
          e.getPath().stream()
              .map(
                  at ->
                      at.getFieldName() == null
                          ? Integer.toString(at.getIndex())
                          : at.getFieldName())
              .collect(Collectors.joining("."));
      throw new IllegalArgumentException(
          "%s: %s has a value of another kind (%s)"
              .formatted(
                  source,
                  key.isEmpty() ? "the section" : key,
                  e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(source + ": " + e.getOriginalMessage(), e);
    }
  }

  private static Collection<String> sorted(Collection<Object> keys) {
    return keys.stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
  }

  /** A record or a mapping as YAML, without what is absent. */
  static String write(Object value) {
    try {
      return YAML.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
