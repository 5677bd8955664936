package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Surrogates;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a JSON object, read by their types. A field that is {@code null} counts as absent.
 * Errors name the field as seen from the record's root, such as {@code messages[1].role}.
 */
final class Fields {
  /** Whole numbers up to this are the same as {@code double} and as {@code long}. */
  private static final double MAX_EXACT = 1L << 53;

  private static final JsonMapper WRITER =
      JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

  private final JsonNode object;
  private final String path;
  private final UnknownFields unknownFields;

  /**
   * @param path of the object: empty for the root, else such as {@code messages[1]}
   * @throws InvalidRequestException if {@code node} is no object
   */
  Fields(JsonNode node, String path, UnknownFields unknownFields) {
    if (!node.isObject()) {
      throw new InvalidRequestException(
          path, "%s must be an object, but is %s".formatted(path, kind(node)));
    }
    this.object = node;
    this.path = path;
    this.unknownFields = unknownFields;
  }

  /**
   * This object, whose fields are all in the table.
   *
   * @throws InvalidRequestException if it has one that is to be refused
   */
  Fields as(FieldTable table) {
    if (unknownFields == UnknownFields.REFUSE) {
      table.check(this);
    }
    return this;
  }

  /** Each field that is there, by its name. */
  void forEach(BiConsumer<String, JsonNode> action) {
    object
        .properties()
        .forEach(
            field -> {
              if (!field.getValue().isNull()) {
                action.accept(field.getKey(), field.getValue());
              }
            });
  }

  /** The field's full name. */
  String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  Optional<JsonNode> node(String field) {
    return Optional.ofNullable(object.get(field)).filter(n -> !n.isNull());
  }

  String requiredText(String field) {
    return text(field).orElseThrow(() -> missing(field));
  }

  Optional<String> text(String field) {
    return node(field).map(n -> text(n, name(field)));
  }

  /** A text of at most {@code maxBytes} bytes of UTF-8. */
  Optional<String> text(String field, int maxBytes) {
    Optional<String> text = text(field);
    text.map(t -> t.getBytes(StandardCharsets.UTF_8).length)
        .filter(bytes -> bytes > maxBytes)
        .ifPresent(
            bytes -> {
              throw invalid(
                  field, "has %d bytes, but at most %d are allowed".formatted(bytes, maxBytes));
            });
    return text;
  }

  String requiredText(String field, int maxBytes) {
    return text(field, maxBytes).orElseThrow(() -> missing(field));
  }

  /** Also spelled as {@code 5.0}: JSON has one kind of number. */
  OptionalInt integer(String field) {
    Optional<JsonNode> node = node(field);
    return node.isEmpty() ? OptionalInt.empty() : OptionalInt.of(integer(node.get(), name(field)));
  }

  private static int integer(JsonNode node, String name) {
    OptionalLong value = whole(node);
    if (value.isEmpty() || value.getAsLong() != (int) value.getAsLong()) {
      throw new InvalidRequestException(
          name, "%s must be an integer of 32 bits, but is %s".formatted(name, kind(node)));
    }
    return (int) value.getAsLong();
  }

  OptionalLong longInteger(String field) {
    Optional<JsonNode> node = node(field);
    if (node.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong value = whole(node.get());
    require(value.isPresent(), field, "an integer of 64 bits", node.get());
    return value;
  }

  private static OptionalLong whole(JsonNode node) {
    if (node.isIntegralNumber()) {
      return node.canConvertToLong() ? OptionalLong.of(node.longValue()) : OptionalLong.empty();
    }
    if (!node.isNumber()) {
      return OptionalLong.empty();
    }
    double value = node.numberValue().doubleValue();
    return Math.abs(value) <= MAX_EXACT && value == Math.rint(value)
        ? OptionalLong.of((long) value)
        : OptionalLong.empty();
  }

  double number(String field, double absent) {
    Optional<JsonNode> node = node(field);
    node.ifPresent(n -> require(n.isNumber(), field, "a number", n));
    // Of a node's own conversions, those to double throw where the number is too great for one.
    return node.map(n -> n.numberValue().doubleValue()).orElse(absent);
  }

  boolean flag(String field) {
    Optional<JsonNode> node = node(field);
    node.ifPresent(n -> require(n.isBoolean(), field, "true or false", n));
    return node.map(JsonNode::booleanValue).orElse(false);
  }

  Fields requiredObject(String field) {
    return object(field).orElseThrow(() -> missing(field));
  }

  Optional<Fields> object(String field) {
    return node(field).map(n -> new Fields(n, name(field), unknownFields));
  }

  /** The objects of a list; none where the field is absent. */
  List<Fields> objects(String field) {
    List<Fields> result = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      result.add(new Fields(element, element(field, result.size()), unknownFields));
    }
    return result;
  }

  /** A text, or a list of texts. */
  List<String> texts(String field) {
    Optional<JsonNode> single = node(field).filter(n -> !n.isArray());
    if (single.isPresent()) {
      require(single.get().isString(), field, "a text or a list of texts", single.get());
      return List.of(text(single.get(), name(field)));
    }
    return textList(field);
  }

  /** A list of texts; none where the field is absent. */
  List<String> textList(String field) {
    List<String> result = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      result.add(text(element, element(field, result.size())));
    }
    return result;
  }

  /** A list of integers; none where the field is absent. */
  List<Integer> integerList(String field) {
    List<Integer> result = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      result.add(integer(element, element(field, result.size())));
    }
    return result;
  }

  /**
   * The object itself as compact JSON text; a number that is too great for a {@code double} is
   * {@code Infinity}, as Python has it, and no text.
   */
  String json() {
    return WRITER.writeValueAsString(object);
  }

  /** A JSON schema, as an object, as true or false, or as a text that is one of these. */
  Optional<String> schema(String field) {
    Optional<JsonNode> node = node(field);
    if (node.filter(JsonNode::isString).isPresent()) {
      node = node.map(n -> schema(text(n, name(field)), field));
    }
    node.ifPresent(n -> require(n.isObject() || n.isBoolean(), field, "a JSON schema", n));
    return node.map(WRITER::writeValueAsString);
  }

  private JsonNode schema(String text, String field) {
    try {
      return StrictJson.object(text.getBytes(StandardCharsets.UTF_8));
    } catch (InvalidRequestException e) {
      throw invalid(field, "must be a JSON schema, but is a text that is none: " + e.getMessage());
    }
  }

  InvalidRequestException missing(String field) {
    return new InvalidRequestException(name(field), name(field) + " is missing");
  }

  InvalidRequestException invalid(String field, String message) {
    return new InvalidRequestException(name(field), name(field) + " " + message);
  }

  /** What a value is, for messages: numbers and words as they are, the rest by type. */
  static String kind(JsonNode node) {
    if (node.isObject()) {
      return "an object";
    }
    if (node.isArray()) {
      return "a list";
    }
    if (node.isString()) {
      return "a text";
    }
    if (node.isNumber()) {
      return Excerpt.of(node.numberValue().toString());
    }
    return node.isMissingNode() ? "empty" : node.toString();
  }

  /** The value itself where it is short, for messages. */
  static String shown(JsonNode node) {
    return node.isString() ? "\"" + Excerpt.of(node.stringValue()) + "\"" : kind(node);
  }

  private Iterable<JsonNode> elements(String field) {
    Optional<JsonNode> node = node(field);
    node.ifPresent(n -> require(n.isArray(), field, "a list", n));
    return node.map(JsonNode::values).orElse(List.of());
  }

  private String element(String field, int index) {
    return "%s[%d]".formatted(name(field), index);
  }

  private void require(boolean holds, String field, String type, JsonNode value) {
    if (!holds) {
      throw invalid(field, "must be %s, but is %s".formatted(type, kind(value)));
    }
  }

  private static String text(JsonNode node, String name) {
    if (!node.isString()) {
      throw new InvalidRequestException(
          name, "%s must be a text, but is %s".formatted(name, kind(node)));
    }
    String text = node.stringValue();
    int lone = Surrogates.firstLone(text);
    if (lone >= 0) {
      throw new InvalidRequestException(
          name,
          "%s has half a surrogate pair, \\u%04x, at character %d"
              .formatted(name, (int) text.charAt(lone), lone));
    }
    return text;
  }
}
