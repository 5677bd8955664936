package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a JSON object, read by their types. A field that is {@code null} counts as absent.
 * Errors name the field as seen from the record's root, such as {@code messages[1].role}.
 */
final class Fields {
  private final JsonNode object;
  private final String path;

  /**
   * @param path of the object: empty for the root, else such as {@code messages[1]}
   * @throws InvalidRequestException if {@code node} is no object
   */
  Fields(JsonNode node, String path) {
    if (!node.isObject()) {
      throw new InvalidRequestException(
          path, "%s must be an object, but is %s".formatted(path, kind(node)));
    }
    this.object = node;
    this.path = path;
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

  OptionalInt integer(String field) {
    Optional<JsonNode> node = node(field);
    if (node.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonNode n = node.get();
    require(n.isIntegralNumber() && n.canConvertToInt(), field, "an integer of 32 bits", n);
    return OptionalInt.of(n.intValue());
  }

  OptionalLong longInteger(String field) {
    Optional<JsonNode> node = node(field);
    if (node.isEmpty()) {
      return OptionalLong.empty();
    }
    JsonNode n = node.get();
    require(n.isIntegralNumber() && n.canConvertToLong(), field, "an integer of 64 bits", n);
    return OptionalLong.of(n.longValue());
  }

  double number(String field, double absent) {
    Optional<JsonNode> node = node(field);
    node.ifPresent(n -> require(n.isNumber(), field, "a number", n));
    return node.map(JsonNode::doubleValue).orElse(absent);
  }

  boolean flag(String field) {
    Optional<JsonNode> node = node(field);
    node.ifPresent(n -> require(n.isBoolean(), field, "true or false", n));
    return node.map(JsonNode::booleanValue).orElse(false);
  }

  Optional<Fields> object(String field) {
    return node(field).map(n -> new Fields(n, name(field)));
  }

  /** The objects of a list; none where the field is absent. */
  List<Fields> objects(String field) {
    List<Fields> result = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      result.add(new Fields(element, element(field, result.size())));
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
    List<String> result = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      result.add(text(element, element(field, result.size())));
    }
    return result;
  }

  /** The object itself as compact JSON text. */
  String json() {
    return object.toString();
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
    return node.isMissingNode() ? "empty" : node.toString();
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
