package dev.carryover.job.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.carryover.job.events.RejectReason;
import dev.carryover.job.events.StreamEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads JSON records by a field mapping.
 *
 * <p>The text is read once, from front to back, and only the mapped values are taken out of it; the
 * rest is skipped, but must be well-formed. Nothing nests on the stack deeper than the mapping
 * does.
 */
final class JsonDecoder implements EventDecoder {
  static final int MAX_DEPTH = 200;
  private static final String REMEDY = "let the producer write one JSON object per record";

  private final FieldMapping mapping;
  private final JsonFactory factory;
  private final Node root = new Node();
  private final Object[] values;
  private float[] features = new float[16];

  JsonDecoder(FieldMapping mapping, long maxRecordSize) {
    this.mapping = mapping;
    this.values = new Object[mapping.slots().size()];
    this.factory =
        JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxDocumentLength(maxRecordSize)
                    .maxStringLength((int) Math.min(maxRecordSize, Integer.MAX_VALUE))
                    .maxNumberLength(400)
                    .build())
            .build();
    for (int i = 0; i < values.length; i++) {
      root.descend(mapping.slots().get(i).path().steps()).slots.add(i);
    }
  }

  @Override
  public void decode(ConsumerRecord<byte[], byte[]> record, StreamEvent.Builder event)
      throws RejectedRecordException {
    Arrays.fill(values, null);
    try (JsonParser parser = factory.createParser(record.value())) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new RejectedRecordException(
            RejectReason.UNDECODABLE, "the value holds no JSON", "byte 0", REMEDY);
      }
      checkRoot(first, parser);
      walk(parser, root);
      if (parser.nextToken() != null) {
        throw new RejectedRecordException(
            RejectReason.UNDECODABLE,
            "a second JSON value begins after the first",
            "byte " + parser.currentTokenLocation().getByteOffset(),
            REMEDY);
      }
    } catch (JsonProcessingException e) {
      throw new RejectedRecordException(
          RejectReason.UNDECODABLE,
          "the value is not JSON: " + e.getOriginalMessage(),
          e.getLocation() == null ? "value" : "byte " + e.getLocation().getByteOffset(),
          REMEDY);
    } catch (IOException e) {
      throw new RejectedRecordException(
          RejectReason.UNDECODABLE, "the value is not JSON: " + e.getMessage(), "value", REMEDY);
    }
    mapping.fill(values, record, event);
  }

  private void checkRoot(JsonToken first, JsonParser parser)
      throws IOException, RejectedRecordException {
    boolean usable =
        first == JsonToken.START_OBJECT
            ? root.elements.isEmpty()
            : first == JsonToken.START_ARRAY && root.fields.isEmpty();
    if (!usable) {
      throw new RejectedRecordException(
          RejectReason.WRONG_TYPE,
          "the value is %s, %s is needed"
              .formatted(
                  Conversions.describe(value(parser)),
                  root.elements.isEmpty() ? "an object" : "a list"),
          "byte 0",
          REMEDY);
    }
  }

  /** Takes what is mapped at or below a node out of the value that the parser stands at. */
  private void walk(JsonParser parser, Node node) throws IOException, RejectedRecordException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      take(node, value(parser));
      for (JsonToken next = parser.nextToken();
          next != JsonToken.END_OBJECT;
          next = parser.nextToken()) {
        Node child = node.fields.get(parser.currentName());
        parser.nextToken();
        visit(parser, child);
      }
    } else if (token == JsonToken.START_ARRAY) {
      if (node.elements.isEmpty() && isFeatures(node)) {
        take(node, readFeatures(parser));
        return;
      }
      take(node, value(parser));
      int index = 0;
      for (JsonToken next = parser.nextToken();
          next != JsonToken.END_ARRAY;
          next = parser.nextToken()) {
        visit(parser, node.elements.get(index++));
      }
    } else {
      take(node, value(parser));
    }
  }

  private void visit(JsonParser parser, Node child) throws IOException, RejectedRecordException {
    if (child == null) {
      parser.skipChildren();
    } else {
      walk(parser, child);
    }
  }

  private void take(Node node, Object value) throws RejectedRecordException {
    for (int slot : node.slots) {
      if (values[slot] != null) {
        throw new RejectedRecordException(
            RejectReason.UNDECODABLE,
            "the field occurs twice, once is needed",
            "field " + mapping.slots().get(slot).path(),
            REMEDY);
      }
      values[slot] = value;
    }
  }

  private boolean isFeatures(Node node) {
    return node.slots.size() == 1
        && mapping.slots().get(node.slots.get(0)).role() == FieldMapping.Role.FEATURES;
  }

  private float[] readFeatures(JsonParser parser) throws IOException, RejectedRecordException {
    int count = 0;
    for (JsonToken next = parser.nextToken();
        next != JsonToken.END_ARRAY;
        next = parser.nextToken()) {
      if (count == features.length) {
        features = Arrays.copyOf(features, 2 * count);
      }
      features[count] = Conversions.feature(value(parser), "[" + count + "] of the features");
      count++;
    }
    return Arrays.copyOf(features, count);
  }

  /** The value that the parser stands at, or what stands for one that has parts. */
  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case START_OBJECT -> Conversions.Composite.OBJECT;
      case START_ARRAY -> Conversions.Composite.LIST;
      default -> null;
    };
  }

  /** A step of the mapping: the slots that end here, and the steps that go on. */
  private static final class Node {
    final List<Integer> slots = new ArrayList<>(1);
    final Map<String, Node> fields = new HashMap<>();
    final Map<Integer, Node> elements = new HashMap<>();

    Node descend(List<FieldPath.Step> steps) {
      Node node = this;
      for (FieldPath.Step step : steps) {
        node =
            step.isIndex()
                ? node.elements.computeIfAbsent(step.index(), index -> new Node())
                : node.fields.computeIfAbsent(step.name(), name -> new Node());
      }
      return node;
    }
  }

  /** Makes JSON decoders. */
  record Factory(FieldMapping mapping, long maxRecordSize) implements EventDecoder.Factory {
    @Override
    public EventDecoder create() {
      return new JsonDecoder(mapping, maxRecordSize);
    }
  }
}
